/** Recovery codes, the one time that they are shown: to be saved, copied or written down. */
import { useEffect, useRef } from "preact/hooks";
import { session } from "../api";
import { Button, toast } from "../components";
import { t } from "../i18n";
import { ts } from "./words";

export function Recovery({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const title = useRef<HTMLHeadingElement>(null);
  // What stood here before is gone: a reader hears what came in its place.
  useEffect(() => title.current?.focus(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(codes.join("\n"));
      toast(ts("codes.copied"));
    } catch {
      toast(t("copy.byHand"));
    }
  };
  return (
    <div class="stack">
      <h3 ref={title} tabIndex={-1}>
        {ts("codes.title")}
      </h3>
      <p>{ts("codes.intro")}</p>
      <ul role="list" class="second-factor-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="form-actions">
        <Button onClick={() => save(codes)}>{ts("codes.save")}</Button>
        <Button onClick={() => void copy()}>{ts("codes.copy")}</Button>
        <Button kind="primary" onClick={onKept}>
          {ts("codes.kept")}
        </Button>
      </div>
    </div>
  );
}

function save(codes: string[]): void {
  const identity = session.identity.value;
  const email = identity.kind === "member" ? identity.user.email : "";
  const words = ts("codes.file", { email, server: location.host });
  const file = new Blob([`${words}\n\n${codes.join("\n")}\n`], { type: "text/plain;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `recovery-codes-${location.hostname}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
