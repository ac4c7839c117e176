/** A length of time: a number and its unit, side by side, with one label, hint and error. */
import { useId } from "preact/hooks";
import { WarnIcon } from "../components";
import { type Amount, type Unit, UNITS } from "./service-form";
import { ta } from "./words";

export interface AmountFieldProps {
  label: string;
  amount: Amount;
  onChange: (amount: Amount) => void;
  hint?: string;
  error?: string | undefined;
  /** The label is for readers only: what stands around it says the same. */
  bare?: boolean;
}

export function AmountField({ label, amount, onChange, hint, error, bare }: AmountFieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ") || undefined;
  return (
    <div class="field">
      <label for={id} class={bare ? "only-read" : undefined}>
        {label}
      </label>
      <div class="agenda-amount">
        <input
          id={id}
          inputMode="numeric"
          autocomplete="off"
          value={amount.value}
          aria-describedby={described}
          aria-invalid={error ? true : undefined}
          onInput={(event) => onChange({ ...amount, value: event.currentTarget.value })}
        />
        <select aria-label={ta("unit.of", { label })} value={amount.unit} onChange={(event) => onChange({ ...amount, unit: event.currentTarget.value as Unit })}>
          {(Object.keys(UNITS) as Unit[]).map((unit) => (
            <option key={unit} value={unit} selected={unit === amount.unit}>
              {ta(`unit.${unit}`)}
            </option>
          ))}
        </select>
      </div>
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
