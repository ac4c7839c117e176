/**
 * Where the button of a request's mail leads. The link only names the request: who opens it must be
 * logged in as its host, and nothing is answered before the press of a button.
 */
import "./meetings.css";
import { useCallback, useEffect, useState } from "preact/hooks";
import { type Meeting, request, session } from "../api";
import { ApiError } from "../api/error";
import { useNow } from "../app/hooks";
import { leave } from "../app/leave";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { Badge, Button, ButtonLink, Card, Loading } from "../components";
import { t } from "../i18n";
import { FailedPage } from "../pages/ErrorPages";
import { stateOf } from "./kinds";
import { useMeetingNews } from "./news";
import { BothClocks, RequestCard } from "./RequestCard";
import { tm } from "./words";

export default function RequestPage({ params }: PageProps) {
  const token = params["token"] ?? "";
  const [meeting, setMeeting] = useState<Meeting | null>(null);
  const [error, setError] = useState<unknown>(null);
  const now = useNow(30_000);
  const load = useCallback(() => {
    request<Meeting>("/api/manage/request", { method: "POST", body: { token } }).then(
      (answer) => (setMeeting(answer), setError(null)),
      setError,
    );
  }, [token]);
  useEffect(load, [load]);
  useMeetingNews(load);
  if (error instanceof ApiError && error.status === 403) return <NotYours />;
  if (error instanceof ApiError && error.status === 404) {
    return (
      <div class="stack message-page">
        <PageHead title={tm("link.brokenTitle")} intro={tm("request.broken")} />
        <div>
          <ButtonLink href="/requests">{tm("request.title")}</ButtonLink>
        </div>
      </div>
    );
  }
  if (error && !meeting) return <FailedPage error={error} onRetry={load} />;
  if (!meeting) return <Loading words={t("common.loading")} />;
  if (meeting.status === "requested") {
    return (
      <div class="stack">
        <PageHead title={tm("request.of", { name: meeting.client.name })} />
        <RequestCard meeting={meeting} now={now} onAnswered={setMeeting} />
        <p class="centred">
          <a href="/requests">{tm("request.all")}</a>
        </p>
      </div>
    );
  }
  return <Answered meeting={meeting} now={now} />;
}

/** Somebody answered, or there is nothing to answer any more. */
function Answered({ meeting, now }: { meeting: Meeting; now: number }) {
  const state = stateOf(meeting, "host");
  const name = meeting.client.name;
  const words = ["declined", "cancelled", "expired"].includes(meeting.status) ? (`request.is.${meeting.status}` as "request.is.declined") : "request.is.accepted";
  return (
    <div class="stack">
      <PageHead title={tm("request.of", { name })} action={<Badge kind={state.kind}>{state.words}</Badge>} />
      <Card>
        <p>{tm(words, { name })}</p>
        <p>
          <strong>{meeting.subject}</strong>
          <br />
          <BothClocks meeting={meeting} now={now} />
        </p>
        <div class="form-actions">
          <ButtonLink kind="primary" href={`/meetings/${encodeURIComponent(meeting.meetingId)}`}>
            {t("home.details")}
          </ButtonLink>
          <ButtonLink href="/requests">{tm("request.all")}</ButtonLink>
        </div>
      </Card>
    </div>
  );
}

function NotYours() {
  const identity = session.identity.value;
  const email = identity.kind === "member" ? identity.user.email : "";
  return (
    <div class="stack message-page">
      <PageHead title={tm("request.otherTitle")} intro={tm("request.foreign", { email })} />
      <div>
        <Button onClick={() => void leave()}>{t("account.logout")}</Button>
      </div>
    </div>
  );
}
