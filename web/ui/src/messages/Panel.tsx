/** A conversation in a small panel over another page. The rest of the page stays in reach beside it. */
import "./messages.css";
import { useEffect, useRef } from "preact/hooks";
import { ConversationWindow } from "./ConversationWindow";
import { useInbox } from "./inbox";
import { usePresence } from "./presence";
import { tm } from "./words";

export interface PanelProps {
  /** Which conversation. */
  id: string;
  name: string;
  about: string | undefined;
  /** The page that shows the same with more room. */
  full: string;
  onClose: () => void;
}

export default function Panel({ id, name, about, full, onClose }: PanelProps) {
  const frame = useRef<HTMLElement>(null);
  useInbox();
  usePresence();
  useEffect(() => {
    // One goes on with writing, as soon as there is where.
    const seen = new MutationObserver(() => {
      const area = frame.current?.querySelector("textarea");
      if (area == null) return;
      seen.disconnect();
      area.focus();
    });
    frame.current?.focus();
    if (frame.current !== null) seen.observe(frame.current, { childList: true, subtree: true });
    return () => seen.disconnect();
  }, []);
  return (
    <aside
      ref={frame}
      class="chat-float"
      tabIndex={-1}
      aria-label={tm("launch.panel", { name })}
      onKeyDown={(event) => {
        // A dialog that was opened from here closes itself, and only itself.
        if (event.key === "Escape" && !event.defaultPrevented && !(event.target as Element).closest("dialog")) onClose();
      }}
    >
      <ConversationWindow key={id} id={id} about={about} over={{ full, onClose }} />
    </aside>
  );
}
