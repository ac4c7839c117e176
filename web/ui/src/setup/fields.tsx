/** Inputs of setup: each is of one key of the configuration, and says when it cannot be answered here. */
import { useState } from "preact/hooks";
import { Button, EyeIcon, EyeOffIcon, Field, Labelled, Select, Switch } from "../components";
import { answer, type Answers, isSet, keyOf, type Standing, valueOf } from "./draft";
import { labelOf, t } from "./words";

/** What every step works on. */
export interface Form {
  standing: Standing;
  answers: Answers;
  /** Takes other answers. */
  take: (answers: Answers) => void;
  /** What the server said of a key. */
  problem: { name: string; words: string } | null;
}

export const say = (form: Form, name: string, text: string | null): void => form.take(answer(form.standing.keys, form.answers, name, text));

const fixedBy = (form: Form, name: string): string | undefined => keyOf(form.standing.keys, name)?.fixedBy ?? undefined;

const problemOf = (form: Form, name: string): string | undefined => (form.problem?.name === name ? form.problem.words : undefined);

interface TextKeyProps {
  form: Form;
  name: string;
  hint?: string;
  type?: "text" | "email";
  inputMode?: "text" | "numeric" | "url";
  placeholder?: string;
  /** What stands in the input, where it is not the value itself. */
  shown?: string;
  onType?: (text: string) => void;
}

export function TextKey({ form, name, hint, type = "text", inputMode, placeholder, shown, onType }: TextKeyProps) {
  const place = fixedBy(form, name);
  const common = {
    label: labelOf(name),
    hint: place ? t("fixed", { place }) : hint,
    name,
    inputMode,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: false,
    maxLength: 500,
    // Every question can wait, so nothing is called optional.
    required: false,
    placeholder,
    readOnly: place !== undefined,
    error: problemOf(form, name),
    value: shown ?? valueOf(form.standing.keys, form.answers, name),
    onInput: (event: { currentTarget: HTMLInputElement }) => (onType ?? ((text: string) => say(form, name, text)))(event.currentTarget.value),
  } as const;
  return type === "email" ? <Field {...common} type="email" /> : <Field {...common} />;
}

/** A secret: typed, kept or taken out, and never shown as it is. */
interface SecretKeyProps {
  form: Form;
  name: string;
  /** Why it must be typed again. */
  wanted?: string | undefined;
  /** It can be taken out by itself. */
  removable?: boolean;
}

export function SecretKey({ form, name, wanted, removable = true }: SecretKeyProps) {
  const [shown, setShown] = useState(false);
  const { keys } = form.standing;
  const place = fixedBy(form, name);
  const kept = keyOf(keys, name)?.isSet ?? false;
  const removed = kept && !isSet(keys, form.answers, name);
  const words = form.answers[name] ?? "";
  const hint = place ? t("fixed", { place }) : removed ? t("secret.removed") : kept && words === "" ? t("secret.kept") : undefined;
  const input = {
    name,
    // A browser would otherwise offer the admin's own password here.
    autocomplete: "new-password",
    autocapitalize: "off",
    spellcheck: false,
    maxLength: 500,
    placeholder: kept && !removed ? "••••••••" : undefined,
    disabled: place !== undefined || removed,
    value: words,
    onInput: (event: { currentTarget: HTMLInputElement }) => say(form, name, event.currentTarget.value),
  } as const;
  return (
    <div class="setup-secret">
      <Labelled label={labelOf(name)} hint={hint} error={problemOf(form, name) ?? wanted}>
        {(wiring) => (
          <div class="field-with-button">
            {shown ? <input {...wiring} {...input} type="text" /> : <input {...wiring} {...input} type="password" />}
            <Button kind="quiet" iconOnly aria-label={t(shown ? "secret.hide" : "secret.show", { what: labelOf(name) })} onClick={() => setShown(!shown)}>
              {shown ? <EyeOffIcon /> : <EyeIcon />}
            </Button>
          </div>
        )}
      </Labelled>
      {removable && kept && !place && <Switch label={t("secret.remove")} checked={removed} onChange={(out) => say(form, name, out ? null : "")} />}
    </div>
  );
}

interface SwitchKeyProps {
  form: Form;
  name: string;
  label?: string;
  hint?: string;
}

export function SwitchKey({ form, name, label = labelOf(name), hint }: SwitchKeyProps) {
  const place = fixedBy(form, name);
  const words = place ? t("fixed", { place }) : hint;
  return (
    <Switch
      label={label}
      {...(words === undefined ? {} : { hint: words })}
      checked={valueOf(form.standing.keys, form.answers, name) === "true"}
      onChange={(on) => say(form, name, String(on))}
    />
  );
}

interface SelectKeyProps {
  form: Form;
  name: string;
  options: readonly { value: string; label: string }[];
  onChoose?: (value: string) => void;
}

export function SelectKey({ form, name, options, onChoose }: SelectKeyProps) {
  const place = fixedBy(form, name);
  return (
    <Select
      label={labelOf(name)}
      hint={place && t("fixed", { place })}
      name={name}
      options={options}
      disabled={place !== undefined}
      error={problemOf(form, name)}
      value={valueOf(form.standing.keys, form.answers, name)}
      onChange={(event) => (onChoose ?? ((value: string) => say(form, name, value)))(event.currentTarget.value)}
    />
  );
}
