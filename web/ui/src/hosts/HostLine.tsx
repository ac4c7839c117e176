/** A host in a list: who, how they stand, what a minute costs. The whole of it leads to their page. */
import { Avatar, Badge, type BadgeKind } from "../components";
import { coins, tp } from "../paid/words";
import { Rating } from "./Stars";
import { type HostCard, languageName, th } from "./words";

const LIVE: Record<HostCard["status"], readonly ["live.online" | "live.busy" | "live.away" | "live.offline", BadgeKind]> = {
  online: ["live.online", "good"],
  busy: ["live.busy", "warn"],
  away: ["live.away", "plain"],
  offline: ["live.offline", "plain"],
};

export function Live({ host }: { host: HostCard }) {
  const [words, kind] = LIVE[host.status];
  return (
    <span class={`live live-${host.status}`}>
      <Badge kind={kind}>{th(words)}</Badge>
    </span>
  );
}

export function HostLine({ host, level = 2 }: { host: HostCard; level?: 2 | 3 }) {
  const about = [...host.languages.map(languageName), ...host.specialties];
  const prices = pricesOf(host);
  const Name = level === 2 ? "h2" : "h3";
  return (
    <li class="host-line" data-host={host.userId} data-status={host.status}>
      <Avatar name={host.name} picture={host.profilePictureUrl} large />
      <div class="host-words">
        <div class="host-top">
          <Name>
            <a href={`/hosts/${encodeURIComponent(host.userId)}`}>{host.name}</a>
          </Name>
          <Live host={host} />
        </div>
        {host.title !== "" && <p>{host.title}</p>}
        {about.length > 0 && <p class="quiet small">{about.join(" · ")}</p>}
        {(prices !== "" || host.ratings > 0) && (
          <p class="host-numbers">
            <Rating centi={host.ratingCenti} count={host.ratings} />
            {prices !== "" && <span class="small">{prices}</span>}
          </p>
        )}
      </div>
    </li>
  );
}

/** "Voice 10 coins a minute · Video 15 coins a minute", or one of them, or nothing. */
export function pricesOf({ audioCostPerMin: audio, videoCostPerMin: video }: HostCard): string {
  const parts = [];
  if (audio != null) parts.push(`${th("list.kindAudio")} ${coins(audio)}`);
  if (video != null) parts.push(`${th("list.kindVideo")} ${coins(video)}`);
  return parts.length === 0 ? "" : tp("perMinute", { coins: parts.join(" · ") });
}
