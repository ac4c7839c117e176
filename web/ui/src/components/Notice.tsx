import type { ComponentChildren } from "preact";
import { CheckIcon, InfoIcon, WarnIcon } from "./Icon";

export type NoticeKind = "plain" | "info" | "good" | "warn" | "danger";

/** A thing to know, in the flow of the page. `danger` is read out at once, the others in turn. */
export function Notice({ kind = "plain", children }: { kind?: NoticeKind; children: ComponentChildren }) {
  const Icon = kind === "good" ? CheckIcon : kind === "warn" || kind === "danger" ? WarnIcon : InfoIcon;
  return (
    <div class={`notice notice-${kind}`} role={kind === "danger" ? "alert" : "status"}>
      <Icon />
      <div>{children}</div>
    </div>
  );
}
