/** The call's own conversation, beside the stage. */
import type { PanelProps } from "../call/panels";
import { Switch } from "../components";
import { conversationOf } from "./in-call";
import { privacy } from "./privacy";
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
        <Switch
          label={tc("privacy.typing")}
          checked={privacy.value.typing}
          onChange={(on) => void (privacy.value = { ...privacy.value, typing: on })}
        />
        <Switch
          label={tc("privacy.read")}
          checked={privacy.value.read}
          onChange={(on) => void (privacy.value = { ...privacy.value, read: on })}
        />
      </details>
    </div>
  );
}
