import type { ComponentChildren } from "preact";

export interface EmptyProps {
  icon?: ComponentChildren;
  title: string;
  children?: ComponentChildren;
}

/** What stands where nothing is yet: says so, and what to do about it. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class="empty">
      {icon}
      <h2>{title}</h2>
      {children}
    </div>
  );
}
