/** After a call by the minute: how long it was and what it cost, as the books have it. */
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { ButtonLink, CheckIcon, Loading } from "../components";
import { MessagePage } from "../call/MessagePage";
import { BlockButton } from "../hosts/Block";
import { Review } from "../hosts/Review";
import { lengthInWords } from "../i18n/time";
import { ReportButton } from "../reports/ReportButton";
import type { PaidFacts } from "./facts";
import { coins, type PaidCall, said, tp } from "./words";

/** The bill is closed within a moment; it is asked for until it is. */
const ASK_MS = 400;
const ASK_TIMES = 25;

export function PaidEnd({ facts }: { facts: PaidFacts }) {
  const [call, setCall] = useState<PaidCall | undefined>(undefined);
  useEffect(() => {
    let gone = false;
    const ask = async (times: number): Promise<void> => {
      const it = await request<PaidCall>(`/api/calls/${facts.callId}`).catch(() => undefined);
      if (gone) return;
      if (it?.settled === true || times <= 0) return setCall(it);
      setTimeout(() => void ask(times - 1), ASK_MS);
    };
    void ask(ASK_TIMES);
    return () => {
      gone = true;
    };
  }, [facts.callId]);
  const why = call?.endedBy ?? "";
  const host = facts.host ? ".host" : "";
  const body = ["hangup", ""].includes(why) ? undefined : said(`end.${why}${why === "balance" ? host : ""}`, "end.title");
  return (
    <MessagePage
      icon={
        <span class="end-mark">
          <CheckIcon size={28} />
        </span>
      }
      title={tp("end.title")}
      body={body}
      more={
        call === undefined ? (
          <Loading words={tp("end.settling")} />
        ) : (
          <>
            <Sums call={call} host={facts.host} />
            <Review call={call} host={facts.host} />
          </>
        )
      }
    >
      {call !== undefined && (
        <ButtonLink kind="primary" href={`/wallet/calls/${facts.callId}`}>
          {tp("end.receipt")}
        </ButtonLink>
      )}
      <ButtonLink href="/calls">{tp("end.calls")}</ButtonLink>
      <ButtonLink href="/">{tp("end.home")}</ButtonLink>
      {call !== undefined && <ReportButton userId={facts.host ? call.userId : call.hostId} name={facts.other} />}
      {call !== undefined && <BlockButton userId={facts.host ? call.userId : call.hostId} name={facts.other} />}
    </MessagePage>
  );
}

export function Sums({ call, host }: { call: PaidCall; host: boolean }) {
  const free = call.freeSeconds > 0 && call.spentMc === 0;
  return (
    <dl class="sums">
      <dt>{tp("end.duration")}</dt>
      <dd>{lengthInWords(call.duration)}</dd>
      <dt>{tp("end.price")}</dt>
      <dd>{tp("perMinute", { coins: coins(call.tariff.ratePerMinMc) })}</dd>
      {call.pausedSeconds > 0 && (
        <>
          <dt>{tp("end.paused")}</dt>
          <dd>{lengthInWords(call.pausedSeconds)}</dd>
        </>
      )}
      {free && (
        <>
          <dt>{tp("end.free")}</dt>
          <dd>{lengthInWords(call.freeSeconds)}</dd>
        </>
      )}
      <dt class="sums-total">{tp("end.cost")}</dt>
      <dd class="sums-total" data-spent-mc={call.spentMc}>
        {coins(call.spentMc)}
      </dd>
      {host && call.earnedMc != null && (
        <>
          <dt class="sums-total">{tp("end.earned")}</dt>
          <dd class="sums-total" data-earned-mc={call.earnedMc}>
            {coins(call.earnedMc)}
          </dd>
        </>
      )}
    </dl>
  );
}
