/** The call's own conversation, beside the stage. */
import { useState } from "preact/hooks";
import { session } from "../api";
import type { PanelProps } from "../call/panels";
import type { ChatMessage } from "../generated/protocol";
import { offered } from "../reports/offered";
import { LazyReport } from "../reports/ReportButton";
import { conversationOf } from "./in-call";
import { PrivacySwitches } from "./PrivacySwitches";
import { Thread } from "./Thread";
import { tc } from "./words";

export default function ChatPanel({ call, facts }: PanelProps) {
  const conversation = conversationOf(call, facts.roomId);
  const [reported, setReported] = useState<ChatMessage | null>(null);
  if (conversation === undefined) return null;
  const member = session.identity.value.kind === "member";
  return (
    <div class="chat-panel">
      <Thread conversation={conversation} empty={tc("empty.body")} onReport={member ? setReported : undefined} />
      <details class="chat-privacy">
        <summary>{tc("privacy.title")}</summary>
        <PrivacySwitches />
      </details>
      {reported !== null && (
        <LazyReport
          userId={reported.senderId}
          name={conversation.members.value.get(reported.senderId)?.userName ?? ""}
          conversationId={facts.roomId}
          messages={offered(conversation.messages.value, reported.senderId, reported.msgSeq)}
          chosen={reported.msgSeq}
          onClose={() => setReported(null)}
        />
      )}
    </div>
  );
}
