/** Where a code of an authenticator app is typed; phones offer the digits, and a recovery code fits too. */
import { Field } from "../components";
import { CODE_CHARS_MAX, ts } from "./words";

export function CodeField({ only, error }: { /** Six digits only. */ only?: boolean; error: string | undefined }) {
  return (
    <Field
      label={ts(only ? "code" : "either")}
      hint={only ? ts("code.hint") : undefined}
      name="code"
      autocomplete="one-time-code"
      inputMode={only ? "numeric" : "text"}
      autocapitalize="characters"
      spellcheck={false}
      maxLength={CODE_CHARS_MAX}
      error={error}
    />
  );
}
