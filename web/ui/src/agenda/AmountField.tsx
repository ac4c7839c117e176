/** A length of time: a number and its unit, side by side, with one label, hint and error. */
import { Labelled } from "../components";
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
  return (
    <Labelled label={label} hint={hint} error={error} bare={bare ?? false}>
      {(wiring) => (
        <div class="agenda-amount">
          <input
            {...wiring}
            inputMode="numeric"
            autocomplete="off"
            value={amount.value}
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
      )}
    </Labelled>
  );
}
