import type { ComponentChildren, InputHTMLAttributes, SelectHTMLAttributes, TextareaHTMLAttributes } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "../i18n";
import { Button } from "./Button";
import { EyeIcon, EyeOffIcon, WarnIcon } from "./Icon";

interface FrameProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  optional?: boolean;
}

/** What the input needs so that label, hint and error are read out with it. */
interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

interface LabelledProps extends FrameProps {
  /** The label is for readers only: what stands around it says the same. */
  bare?: boolean;
  children: (wiring: Wiring) => ComponentChildren;
}

/** Label above, hint and error below, joined to whatever control `children` makes. */
export function Labelled({ label, hint, error, optional, bare, children }: LabelledProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id} class={bare ? "only-read" : undefined}>
        {label} {optional && <span class="field-optional">{t("form.optional")}</span>}
      </label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error ? true : undefined })}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          <WarnIcon size={16} />
          <span>{error}</span>
        </p>
      )}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export type FieldProps = FrameProps & InputHTMLAttributes<HTMLInputElement>;
export type PasswordFieldProps = FrameProps & Pick<InputHTMLAttributes<HTMLInputElement>, "name" | "autocomplete" | "minLength" | "maxLength">;

export function Field({ label, hint, error, optional, ...input }: FieldProps) {
  return (
    <Labelled label={label} hint={hint} error={error} optional={optional ?? false}>
      {(wiring) => <input required={!optional} {...input} {...wiring} />}
    </Labelled>
  );
}

/** A password with a button to look at it: people mistype what they cannot see. */
export function PasswordField({ label, hint, error, ...input }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(wiring) => (
        <div class="field-with-button">
          {shown ? (
            <input required {...input} {...wiring} type="text" autocapitalize="off" spellcheck={false} />
          ) : (
            <input required {...input} {...wiring} type="password" />
          )}
          <Button
            kind="quiet"
            iconOnly
            aria-label={t(shown ? "form.hidePassword" : "form.showPassword")}
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOffIcon /> : <EyeIcon />}
          </Button>
        </div>
      )}
    </Labelled>
  );
}

export type SelectProps = FrameProps &
  SelectHTMLAttributes<HTMLSelectElement> & { options: readonly { value: string; label: string }[] };

export function Select({ label, hint, error, optional, options, ...select }: SelectProps) {
  const chosen = select.value ?? select.defaultValue;
  const { defaultValue: _unused, ...rest } = select;
  return (
    <Labelled label={label} hint={hint} error={error} optional={optional ?? false}>
      {(wiring) => (
        <select {...rest} {...wiring}>
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === chosen}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

export type TextAreaProps = FrameProps & TextareaHTMLAttributes<HTMLTextAreaElement>;

export function TextArea({ label, hint, error, optional, ...area }: TextAreaProps) {
  return (
    <Labelled label={label} hint={hint} error={error} optional={optional ?? false}>
      {(wiring) => <textarea required={!optional} {...area} {...wiring} />}
    </Labelled>
  );
}

export interface SwitchProps {
  label: string;
  hint?: string;
  name?: string;
  checked?: boolean;
  defaultChecked?: boolean;
  onChange?: (on: boolean) => void;
}

/** On or off, at once or with its form. */
export function Switch({ label, hint, onChange, ...input }: SwitchProps) {
  const id = useId();
  return (
    <label class="switch" for={id}>
      <span class="switch-label">{label}</span>
      <input
        {...input}
        id={id}
        type="checkbox"
        role="switch"
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange?.(event.currentTarget.checked)}
      />
      {hint && (
        <span class="switch-hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </label>
  );
}
