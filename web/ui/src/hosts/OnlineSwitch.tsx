/** The host's own switch in the header of every page: says how it stands, and a press turns it. */
import "./switch.css";
import { errorWords } from "../app/errors";
import { toast } from "../components";
import { switchOnline, useOnline } from "./online";
import { th } from "./words";

export function OnlineSwitch() {
  const on = useOnline();
  if (on === null) return null;
  const turn = () => void switchOnline(!on).catch((cause: unknown) => toast(errorWords(cause)));
  return (
    <button type="button" class="online-switch" role="switch" aria-checked={on} aria-label={th("switch.label")} title={th("switch.label")} onClick={turn}>
      <span class="online-track" aria-hidden="true" />
      <span class="online-word" aria-hidden="true">
        {th(on ? "switch.on" : "switch.off")}
      </span>
    </button>
  );
}
