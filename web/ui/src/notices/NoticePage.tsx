/**
 * Where a notification on the screen of a device leads: that knows only the number of what it is
 * about. It is looked up, marked as read, and its own page shown instead of this one.
 */
import { useEffect, useState } from "preact/hooks";
import { request, session } from "../api";
import { navigate, type PageProps } from "../app/router";
import { Loading } from "../components";
import type { components } from "../generated/rest";
import { t } from "../i18n";
import { FailedPage } from "../pages/ErrorPages";
import { placeOf } from "./words";

type Page = components["schemas"]["NoticeList"];

export default function NoticePage({ params }: PageProps) {
  const seq = Number(params["seq"]);
  const [error, setError] = useState<unknown>(null);
  const look = async () => {
    const identity = session.identity.peek();
    const me = identity.kind === "member" ? identity.user.userId : "";
    const known = Number.isSafeInteger(seq) && seq > 0;
    const found = known ? await request<Page>(`/api/notifications?limit=1&before=${seq + 1}`) : null;
    // One that was swept away, or somebody else's number: there is nothing to show of it.
    const it = found?.notifications.find(({ ntfSeq }) => ntfSeq === seq);
    if (it && !it.read) void request("/api/notifications/read", { method: "POST", body: { seqs: [seq] } }).catch(() => undefined);
    navigate(it ? placeOf(it, me) : "/", { replace: true });
  };
  const load = () => {
    setError(null);
    look().catch(setError);
  };
  useEffect(load, [seq]);
  return error ? <FailedPage error={error} onRetry={load} /> : <Loading words={t("common.loading")} />;
}
