/**
 * One line in the header: that nobody else can see or hear this, and which way it goes; or, when a
 * line is weak, whose. It opens the details.
 */
import "./link.css";
import { LockIcon, WarnIcon } from "../components";
import type { CallSession } from "./session";
import { tl } from "./link-words";
import { QualityBars } from "./QualityBars";

interface ConnectionBadgeProps {
  call: CallSession;
  onOpen: () => void;
}

/** `Your connection is weak`; undefined when nobody's is. */
export function weakWords(call: CallSession): string | undefined {
  const weak = call.quality.weak.value;
  if (weak.whose === "nobody") return undefined;
  if (weak.whose === "mine") return tl("weak.mine");
  const name = call.remotes.value.find(({ peerId }) => peerId === weak.peerId)?.info.userName;
  return name === undefined ? undefined : tl(`weak.${weak.whose}`, { name });
}

export function ConnectionBadge({ call, onOpen }: ConnectionBadgeProps) {
  const first = [...call.stats.value.values()][0];
  if (first === undefined) return null;
  const weak = weakWords(call);
  const spoken = call.quality.weak.value;
  const theirs = "peerId" in spoken ? call.remotes.value.find(({ peerId }) => peerId === spoken.peerId) : undefined;
  const relayed = [...call.stats.value.values()].some((stats) => stats.relayed);
  const words = weak ?? `${tl("badge")}, ${tl(relayed ? "badge.relayed" : "badge.direct")}`;
  return (
    <button
      type="button"
      class={weak === undefined ? "link-badge" : "link-badge link-badge-weak"}
      onClick={onOpen}
      title={tl("badge.open")}
      aria-label={`${words}. ${tl("badge.open")}`}
    >
      {weak === undefined ? <LockIcon size={16} /> : <WarnIcon size={16} />}
      <span class="link-badge-words">
        {weak ?? (
          <>
            <span class="link-badge-wide">{tl("badge")} · </span>
            {tl(relayed ? "badge.relayed" : "badge.direct")}
          </>
        )}
      </span>
      {theirs === undefined ? (
        <QualityBars level={call.quality.own.value} />
      ) : (
        <QualityBars level={call.quality.peers.value.get(theirs.peerId)?.bars} name={theirs.info.userName} />
      )}
    </button>
  );
}
