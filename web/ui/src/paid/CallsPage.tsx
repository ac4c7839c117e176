/** One's calls by the minute, the latest first, renewed while one looks. */
import "./paid.css";
import { useEffect, useState } from "preact/hooks";
import { request, session } from "../api";
import { useFetched, useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Avatar, Badge, type BadgeKind, Button, ButtonLink, Empty, Loading, PeopleIcon } from "../components";
import { PersonMenu } from "../hosts/Block";
import { dayAndTime, lengthInWords } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { callNews } from "./center";
import { coins, type PaidCall, tp } from "./words";

const PAGE = 20;
const BADGES: Record<string, BadgeKind> = { live: "info", completed: "good", missed: "warn" };

export default function CallsPage() {
  const { data, error, reload } = useFetched<{ calls: PaidCall[] }>(`/api/calls?limit=${PAGE}`);
  const [earlier, setEarlier] = useState<PaidCall[]>([]);
  const now = useNow(30_000);
  const news = callNews.value;
  useEffect(() => {
    // What was told a moment ago is written a moment later.
    const timer = setTimeout(() => void reload(), 300);
    return () => clearTimeout(timer);
  }, [news, reload]);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={tp("calls.title")} />;
  const known = new Set(data.calls.map((call) => call.callId));
  const calls = [...data.calls, ...earlier.filter((call) => !known.has(call.callId))];
  const last = calls.at(-1);
  const more = async () => {
    const page = await request<{ calls: PaidCall[] }>(`/api/calls?limit=${PAGE}&before=${last?.createdAt ?? 0}`);
    setEarlier([...earlier, ...page.calls]);
  };
  return (
    <div class="stack-wide">
      <PageHead title={tp("calls.title")} />
      {calls.length === 0 ? (
        <Empty icon={<PeopleIcon size={28} />} title={tp("calls.none")} />
      ) : (
        <ul role="list" class="call-list">
          {calls.map((call) => (
            <Row key={call.callId} call={call} now={now} />
          ))}
        </ul>
      )}
      {calls.length >= PAGE && calls.length % PAGE === 0 && <Button onClick={() => void more()}>{tp("calls.more")}</Button>}
    </div>
  );
}

function Row({ call, now }: { call: PaidCall; now: number }) {
  const identity = session.identity.value;
  const host = identity.kind === "member" && identity.user.userId === call.hostId;
  const name = host ? call.userName : call.hostName;
  const sum = host ? call.earnedMc : call.spentMc;
  return (
    <li class="call-row" data-call={call.callId}>
      <Avatar name={name} />
      <div class="call-row-words">
        <strong>{tp(host ? "calls.in" : "calls.out", { name })}</strong>
        <span class="quiet">
          {tp(call.callType === "audio" ? "incoming.audio" : "incoming.video")} · {dayAndTime(call.createdAt, now)}
          {call.duration > 0 && <> · {lengthInWords(call.duration)}</>}
        </span>
      </div>
      <span class="call-row-end">
        <Badge kind={BADGES[call.status] ?? "plain"}>{tp(`calls.status.${call.status as "live"}`)}</Badge>
        <PersonMenu userId={host ? call.userId : call.hostId} name={name} />
      </span>
      <span class="call-row-sum">
        {call.settled && sum != null && call.status === "completed" && (
          <a href={`/wallet/calls/${call.callId}`}>{coins(sum)}</a>
        )}
        {!call.settled && <ButtonLink href={`/call/${call.callId}`}>{tp("calls.rejoin")}</ButtonLink>}
      </span>
    </li>
  );
}
