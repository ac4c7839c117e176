/**
 * What became of a booking, for who just made it: it stands, waits for an answer, or waits for its
 * price, which is paid here. A member is known by the login, a guest by what the tab kept.
 */
import "./booking.css";
import { useCallback, useEffect, useState } from "preact/hooks";
import { type Me, type Meeting, request, session } from "../api";
import { onLive } from "../app/live";
import { PageHead } from "../app/PageHead";
import { type PageProps, place } from "../app/router";
import { ButtonLink, CalendarIcon, Card, CheckIcon, ClockIcon, Empty, Loading, MailIcon, Notice, Spinner } from "../components";
import { t } from "../i18n";
import { clockTime, dayName, lengthInWords } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { type Made, madeOf } from "./draft";
import { Mine } from "./Mine";
import { Pay } from "./Pay";
import { priceOf, tb } from "./words";
import { When } from "./When";
import { zone } from "./zone";

/** How often it is asked where nobody tells: a bill that is being paid, and everything else. */
const PAYING_MS = 1_500;
const ASK_MS = 20_000;

export default function DonePage({ params }: PageProps) {
  const id = params["id"] ?? "";
  const identity = session.identity.value;
  if (identity.kind === "unknown") return <Loading words={t("common.loading")} />;
  return <Known key={identity.kind} id={id} me={identity.kind === "member" ? identity.user : null} />;
}

function Known({ id, me }: { id: string; me: Me | null }) {
  const made = madeOf(id);
  const { meeting, error, reload, set } = useBooking(id, me, made);
  if (me === null && !made?.manageLink) return <Elsewhere />;
  if (error !== null && meeting === null) return <FailedPage error={error} onRetry={reload} />;
  if (meeting === null) return <Loading words={t("common.loading")} />;
  return <Shown meeting={meeting} me={me} made={made} onChange={set} onReload={reload} />;
}

/** A guest in another tab: the mail has the way. */
function Elsewhere() {
  return (
    <div class="stack">
      <PageHead title={tb("elsewhere.title")} />
      <Card>
        <Empty icon={<MailIcon size={36} />} title={tb("elsewhere.mail")}>
          <p>{tb("elsewhere.words")}</p>
          <ButtonLink href={`/login?next=${encodeURIComponent(place.value.path)}`}>{tb("account.login")}</ButtonLink>
        </Empty>
      </Card>
    </div>
  );
}

/** The meeting, asked again when it changes. */
function useBooking(id: string, me: Me | null, made: Made | null) {
  const [meeting, set] = useState<Meeting | null>(null);
  const [error, setError] = useState<unknown>(null);
  const token = made?.manageLink?.split("/").pop();
  const load = useCallback(async () => {
    try {
      if (me !== null) set(await request<Meeting>(`/api/meetings/${encodeURIComponent(id)}`));
      else if (token) set((await request<{ meeting: Meeting }>("/api/manage/preview", { method: "POST", body: { token } })).meeting);
      setError(null);
    } catch (cause) {
      setError(cause);
    }
  }, [id, me?.userId, token]);
  useEffect(() => {
    void load();
    const back = () => document.visibilityState === "visible" && void load();
    document.addEventListener("visibilitychange", back);
    const off = me === null ? undefined : onLive((socket) => [socket.on("meeting-updated", (news) => void (news.meetingId === id && load())), socket.onWelcome(() => void load())]);
    return () => {
      document.removeEventListener("visibilitychange", back);
      off?.();
    };
  }, [load]);
  const waits = meeting !== null && ["requested", "awaiting_payment"].includes(meeting.status);
  const paying = place.value.query.has("paid") && meeting?.status === "awaiting_payment";
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => void load(), paying ? PAYING_MS : ASK_MS);
    return () => clearInterval(timer);
  }, [waits, paying, load]);
  return { meeting, error, reload: () => void load(), set };
}

interface ShownProps {
  meeting: Meeting;
  me: Me | null;
  made: Made | null;
  onChange: (meeting: Meeting) => void;
  onReload: () => void;
}

type Stage = "booked" | "requested" | "pay" | "over";

const stageOf = ({ status }: Meeting): Stage => {
  if (status === "confirmed" || status === "in_progress") return "booked";
  if (status === "requested") return "requested";
  return status === "awaiting_payment" ? "pay" : "over";
};

function Shown({ meeting, me, made, onChange, onReload }: ShownProps) {
  const stage = stageOf(meeting);
  const paying = stage === "pay" && place.value.query.has("paid");
  const starts = made?.starts ?? [];
  return (
    <div class="stack book-page">
      <Head stage={stage} meeting={meeting} />
      <Card class="book-card">
        <p class="book-subject">{meeting.subject}</p>
        <When at={meeting.scheduledAt} minutes={meeting.durationMinutes} hostZone={made?.hostZone ?? null} hostName={meeting.host.name} />
        <p class="quiet">
          {tb("done.with", { name: meeting.host.name })} · {lengthInWords(meeting.durationMinutes * 60)}
          {(meeting.booking?.priceMc ?? 0) > 0 && stage !== "pay" && stage !== "over" && meeting.booking && ` · ${priceOf(meeting.booking)}`}
        </p>
        {starts.length > 1 && <Further starts={starts.filter((at) => at !== meeting.scheduledAt)} />}
        {stage === "booked" && <Mine meeting={meeting} me={me} manageLink={made?.manageLink ?? meeting.booking?.manageLink ?? null} />}
        {paying && (
          <div class="book-waiting" role="status">
            <Spinner />
            <p>{tb("pay.coming")}</p>
          </div>
        )}
        {stage === "pay" && !paying && <Pay meeting={meeting} onPaid={onChange} onReload={onReload} />}
        {stage === "over" && (
          <>
            <Notice kind="warn">{tb(meeting.status === "expired" ? "over.expired" : "over.ended")}</Notice>
            {meeting.booking && (
              <div class="form-actions">
                <ButtonLink kind="primary" href={`/book/${encodeURIComponent(meeting.mentorId)}/${encodeURIComponent(meeting.booking.serviceId)}`}>
                  {tb("over.again")}
                </ButtonLink>
              </div>
            )}
          </>
        )}
      </Card>
      {(stage === "booked" || stage === "requested") && <Next stage={stage} meeting={meeting} guest={me === null} />}
    </div>
  );
}

function Head({ stage, meeting }: { stage: Stage; meeting: Meeting }) {
  const Icon = stage === "booked" ? CheckIcon : stage === "over" ? CalendarIcon : ClockIcon;
  return (
    <div class={`book-done book-done-${stage}`}>
      <span class="book-done-mark" aria-hidden="true">
        <Icon size={28} />
      </span>
      <PageHead title={tb(`done.${stage}`)} intro={tb(`done.${stage}Words`, { name: meeting.host.name })} />
    </div>
  );
}

function Further({ starts }: { starts: readonly number[] }) {
  return (
    <div>
      <h2 class="book-small-title">{tb("done.further")}</h2>
      <ul role="list" class="book-dates">
        {starts.map((at) => (
          <li key={at}>
            <CheckIcon size={16} />
            <span>
              {dayName(at, Date.now(), zone.value)}, {clockTime(at, zone.value)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What happens without anybody doing anything. */
function Next({ stage, meeting, guest }: { stage: "booked" | "requested"; meeting: Meeting; guest: boolean }) {
  const opens = lengthInWords((meeting.scheduledAt - meeting.joinable.opensAt) / 1000);
  const lines =
    stage === "booked"
      ? [tb(guest ? "next.mailGuest" : "next.mail"), tb("next.remind"), tb("next.join", { length: opens })]
      : [tb("next.answer", { name: meeting.host.name }), tb(meeting.booking?.priceMc ? "next.payThen" : "next.mailThen")];
  return (
    <Card title={tb("next.title")}>
      <ol class="book-next">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
    </Card>
  );
}
