/** What somebody ticks before they sign up or book; nothing where there is nothing to agree to. */
import { useId } from "preact/hooks";
import { WarnIcon } from "../components";
import "./texts.css";
import { house } from "./house";
import { Linked } from "./Linked";
import { t, which } from "./words";

export function Agree({ error }: { error: string | undefined }) {
  const id = useId();
  const it = house();
  if (!it) return null;
  return (
    <div class="field">
      <div class="agree">
        <input id={id} type="checkbox" name="agreedTo" value={it.version} required aria-invalid={error ? true : undefined} aria-describedby={error && `${id}-error`} />
        <label for={id}>
          <Linked words={t(`agree.${which(it.kinds)}`)} />
        </label>
      </div>
      {error && (
        <p class="field-error" id={`${id}-error`}>
          <WarnIcon size={16} />
          <span>{error}</span>
        </p>
      )}
    </div>
  );
}
