/** What others see of one's writing and reading. */
import { Switch } from "../components";
import { privacy } from "./privacy";
import { tc } from "./words";

export function PrivacySwitches() {
  return (
    <>
      <Switch
        label={tc("privacy.typing")}
        checked={privacy.value.typing}
        onChange={(on) => void (privacy.value = { ...privacy.value, typing: on })}
      />
      <Switch
        label={tc("privacy.read")}
        checked={privacy.value.read}
        onChange={(on) => void (privacy.value = { ...privacy.value, read: on })}
      />
    </>
  );
}
