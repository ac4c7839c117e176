import type { ComponentChildren } from "preact";

export type BadgeKind = "plain" | "info" | "good" | "warn" | "danger";

export function Badge({ kind = "plain", children }: { kind?: BadgeKind; children: ComponentChildren }) {
  return <span class={kind === "plain" ? "badge" : `badge badge-${kind}`}>{children}</span>;
}
