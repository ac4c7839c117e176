/** What a guest agrees to by going in: said above the button, and told to the server with the name. */
import "./texts.css";
import { house } from "./house";
import { Linked } from "./Linked";
import { t, which } from "./words";

export function Joining() {
  const it = house();
  return (
    it && (
      <p class="field-hint centred joining">
        <Linked words={t(`join.${which(it.kinds)}`)} />
        <input type="hidden" name="agreedTo" value={it.version} />
      </p>
    )
  );
}
