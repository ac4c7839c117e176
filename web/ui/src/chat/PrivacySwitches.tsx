/** What others see of one's writing and reading. */
import { useEffect } from "preact/hooks";
import { errorWords } from "../app/errors";
import { Switch, toast } from "../components";
import type { Privacy } from "./conversation";
import { knowPrivacy, privacy, setPrivacy } from "./privacy";
import { tc } from "./words";

export function PrivacySwitches() {
  useEffect(() => void knowPrivacy(), []);
  const turn = (change: Partial<Privacy>) => setPrivacy({ ...privacy.value, ...change }).catch((cause: unknown) => toast(errorWords(cause)));
  return (
    <>
      <Switch label={tc("privacy.typing")} checked={privacy.value.typing} onChange={(typing) => void turn({ typing })} />
      <Switch
        label={tc("privacy.read")}
        hint={tc("privacy.read.hint")}
        checked={privacy.value.read}
        onChange={(read) => void turn({ read })}
      />
    </>
  );
}
