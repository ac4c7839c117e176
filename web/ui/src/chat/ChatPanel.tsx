/** The call's own conversation, beside the stage. */
import type { PanelProps } from "../call/panels";
import { conversationOf } from "./in-call";
import { PrivacySwitches } from "./PrivacySwitches";
import { Thread } from "./Thread";
import { tc } from "./words";

export default function ChatPanel({ call, facts }: PanelProps) {
  const conversation = conversationOf(call, facts.roomId);
  if (conversation === undefined) return null;
  return (
    <div class="chat-panel">
      <Thread conversation={conversation} empty={tc("empty.body")} />
      <details class="chat-privacy">
        <summary>{tc("privacy.title")}</summary>
        <PrivacySwitches />
      </details>
    </div>
  );
}
