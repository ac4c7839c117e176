/** The first letters of a name. Decoration: the name itself always stands next to it. */
export function Avatar({ name, large }: { name: string; large?: boolean }) {
  return (
    <span class={large ? "avatar avatar-large" : "avatar"} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1] ?? "") : "";
  return ([...first][0] ?? "?").toUpperCase() + ([...last][0] ?? "").toUpperCase();
}
