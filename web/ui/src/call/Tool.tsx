/**
 * One control of the toolbar. The name of a button stays; whether it is on is its pressed state and
 * its icon. Inside the overflow menu the same control is a row with its whole name.
 */
import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";

export interface ToolProps {
  label: string;
  /** What stands below the icon when the name is too long for it; part of the name. */
  short?: string;
  tip: string;
  pressed?: boolean;
  off?: boolean;
  active?: boolean;
  danger?: boolean;
  /** It opens something, which stands open. */
  expanded?: boolean;
  /** New things behind it. */
  badge?: number;
  keys?: string;
  onClick: () => void;
  children: ComponentChildren;
}

/** True inside the overflow menu. */
export const InMenu = createContext(false);

const BADGE_MAX = 99;

export function Tool({
  label,
  short,
  tip,
  pressed,
  off,
  active,
  danger,
  expanded,
  badge = 0,
  keys,
  onClick,
  children,
}: ToolProps) {
  const row = useContext(InMenu);
  const classes = [
    "tool",
    row ? "tool-row" : "",
    off ? "tool-off" : "",
    active ? "tool-active" : "",
    danger ? "tool-end" : "",
  ];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      title={tip}
      aria-label={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-keyshortcuts={keys}
      onClick={onClick}
    >
      <span class="tool-icon">
        {children}
        {badge > 0 && (
          <span class="tool-badge" aria-hidden="true">
            {badge > BADGE_MAX ? `${BADGE_MAX}+` : badge}
          </span>
        )}
      </span>
      <span class="tool-label" aria-hidden="true">
        {row ? label : (short ?? label)}
      </span>
      {row && keys !== undefined && (
        <kbd class="tool-key" aria-hidden="true">
          {keys}
        </kbd>
      )}
    </button>
  );
}
