import { useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Button } from "./Button";
import { CheckIcon, CopyIcon } from "./Icon";
import { toast } from "./Toast";

/** A line of text to take along, with a button that copies it. */
export function CopyLine({ value, label }: { value: string; label: string }) {
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
      toast(t("copy.done"));
    } catch {
      input.current?.select(); // no permission, or no https: the keyboard still can
      toast(t("copy.byHand"));
    }
  };
  return (
    <div class="copy-line">
      <input ref={input} readOnly value={value} aria-label={label} onFocus={(event) => event.currentTarget.select()} />
      <Button onClick={copy}>
        {copied ? <CheckIcon /> : <CopyIcon />}
        {t(copied ? "copy.copied" : "copy.copy")}
      </Button>
    </div>
  );
}
