/**
 * Calling a host, from their page: the price of a minute and of a usual call, how long one's coins
 * last, and what can be done when the host is busy or away, or when there are too few coins.
 */
import { Card, Notice } from "../components";
import { dayAndTime, lengthInWords } from "../i18n/time";
import { usePurse } from "../money/purse";
import { BuyCoins } from "../paid/BuyCoins";
import { CallKinds, type CallTerms, useTerms } from "../paid/CallButtons";
import { amount, coins, rule, type Tariff, tp } from "../paid/words";
import { costOf, entryOf, secondsFor } from "./cost";
import { type HostDetails, th } from "./words";

/** Calls that people have, minutes. */
const USUAL_MIN = [10, 30];

export function CallCard({ host, own }: { host: HostDetails; own: boolean }) {
  const terms = useTerms(host.userId);
  const either = terms?.video ?? terms?.audio;
  if (terms === null) return null;
  if (!either) {
    return (
      <Card title={th("host.call")}>
        <p class="quiet">{th("host.noCalls", { name: host.name })}</p>
      </Card>
    );
  }
  const there = host.status === "online" || host.status === "busy";
  return (
    <Card title={th("host.call")}>
      <Standing host={host} own={own} />
      {(there || own) && (
        <div class="call-buttons" role="group" aria-label={tp("start.title", { name: host.name })}>
          <CallKinds hostId={host.userId} hostName={host.name} terms={terms} off={own} />
        </div>
      )}
      {!own && <Means terms={terms} there={there} />}
      <Prices terms={terms} />
      <p class="quiet small">{rule(either)}</p>
    </Card>
  );
}

/** How the host stands, and what one can do. */
function Standing({ host, own }: { host: HostDetails; own: boolean }) {
  const { name, status } = host;
  if (own) return <Notice kind="info">{tp("start.self")}</Notice>;
  if (status === "online") return null;
  if (status === "busy") return <Notice kind="warn">{th("host.busy", { name })}</Notice>;
  return (
    <Notice kind="info">
      <p>{th(status === "away" ? "host.away" : "host.offline", { name })}</p>
      {host.lastOnlineAt != null && <p>{th("host.lastSeen", { when: dayAndTime(host.lastOnlineAt, Date.now()) })}</p>}
      <p>
        {th("host.waitHere", { name })} <a href="/hosts?online=true">{th("host.others")}</a>
      </p>
    </Notice>
  );
}

/** What one has, and how far it goes. */
function Means({ terms, there }: { terms: CallTerms; there: boolean }) {
  const purse = usePurse();
  if (purse === null) return null;
  const kinds = [terms.audio, terms.video].filter((it): it is Tariff => it != null);
  const least = Math.min(...kinds.map(entryOf));
  if (purse.available < least) {
    return (
      <div class="money-row">
        <p>{th("host.poor", { have: coins(purse.available), need: coins(least) })}</p>
        <BuyCoins kind={there ? "primary" : "secondary"} />
      </div>
    );
  }
  const lasts = (tariff: Tariff | null | undefined) => {
    const seconds = tariff ? secondsFor(tariff, purse.available) : undefined;
    return seconds == null || seconds < 60 ? undefined : lengthInWords(Math.floor(seconds / 60) * 60);
  };
  const [voice, video] = [lasts(terms.audio), lasts(terms.video)];
  const have = coins(purse.available);
  return (
    <p>
      {voice && video && th("host.lastsBoth", { coins: have, voice, video })}
      {voice && !video && th("host.lastsVoice", { coins: have, time: voice })}
      {!voice && video && th("host.lastsVideo", { coins: have, time: video })}
      {!voice && !video && th("host.have", { coins: have })}
    </p>
  );
}

function Prices({ terms: { audio, video } }: { terms: CallTerms }) {
  const rows = [
    { words: th("list.kindAudio"), tariff: audio },
    { words: th("list.kindVideo"), tariff: video },
  ].filter((row): row is { words: string; tariff: Tariff } => row.tariff != null);
  return (
    <table class="host-prices">
      <caption>{th("host.prices")}</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">{lengthInWords(60)}</th>
          {USUAL_MIN.map((minutes) => (
            <th key={minutes} scope="col">
              {lengthInWords(minutes * 60)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ words, tariff }) => (
          <tr key={words}>
            <th scope="row">{words}</th>
            <td>{amount(tariff.ratePerMinMc)}</td>
            {USUAL_MIN.map((minutes) => (
              <td key={minutes}>{amount(costOf(tariff, minutes * 60))}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
