import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { Spinner } from "./Spinner";

export type ButtonKind = "primary" | "secondary" | "quiet" | "danger" | "danger-quiet";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: ButtonKind;
  /** A form's own button is `submit`; every other one is `button`, so that none submits by accident. */
  type?: "button" | "submit";
  /** Under way: shows a spinner, says so, and takes no second press. */
  busy?: boolean;
  wide?: boolean;
  disabled?: boolean;
  /** Only a picture is shown: then `aria-label` names it. */
  iconOnly?: boolean;
  children?: ComponentChildren;
}

export function Button({ kind = "secondary", type = "button", busy, wide, iconOnly, disabled, children, ...rest }: ButtonProps) {
  const { class: more, ...attributes } = rest;
  return (
    <button
      {...attributes}
      type={type}
      class={buttonClass(kind, { wide, iconOnly, more })}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy && <Spinner />}
      {!(busy && iconOnly) && children}
    </button>
  );
}

export interface ButtonLinkProps {
  href: string;
  kind?: ButtonKind;
  wide?: boolean;
  children: ComponentChildren;
  "aria-describedby"?: string;
}

/** Looks like a button, but goes somewhere: a link stays a link. */
export function ButtonLink({ kind = "secondary", wide, children, ...rest }: ButtonLinkProps) {
  return (
    <a {...rest} class={buttonClass(kind, { wide })}>
      {children}
    </a>
  );
}

function buttonClass(kind: ButtonKind, extra: { wide?: boolean | undefined; iconOnly?: boolean | undefined; more?: unknown }): string {
  const names = ["button", `button-${kind}`];
  if (extra.wide) names.push("button-wide");
  if (extra.iconOnly) names.push("button-icon");
  if (typeof extra.more === "string") names.push(extra.more);
  return names.join(" ");
}
