/**
 * Where the link of a booking's mail leads, for a client with or without an account: what is booked,
 * what was agreed, and to move it or call it off. Opening it changes nothing; the link is of one
 * version, so a move puts the new one in its place.
 */
import "./meetings.css";
import { useEffect, useState } from "preact/hooks";
import { type Meeting, session } from "../api";
import { ApiError } from "../api/error";
import { useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate, type PageProps } from "../app/router";
import { Avatar, Badge, Button, ButtonLink, Card, Loading, MailIcon, Notice } from "../components";
import { AddToCalendar } from "../calendar/AddToCalendar";
import { t } from "../i18n";
import { clockRange, dayName, deviceZone, inWords, lengthInWords, zoneName } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { byLink, type Managed, preview, tokenOf } from "./actions";
import { CancelDialog, QuoteWords } from "./CancelDialog";
import { mayCancel, mayMove, stands, stateOf } from "./kinds";
import { Rules, Settled } from "./MoneyCard";
import { MoveDialog } from "./MoveDialog";
import { RemarkLine } from "./RemarkLine";
import { type Booking, priceWords, tm } from "./words";

type News = "moved" | "cancelled" | null;

export default function ManagePage({ params }: PageProps) {
  const token = params["token"] ?? "";
  const [managed, setManaged] = useState<Managed | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    preview(token).then(
      (answer) => wanted && (setManaged(answer), setError(null)),
      (cause: unknown) => wanted && setError(cause),
    );
    return () => {
      wanted = false;
    };
  }, [token, round]);
  if (error instanceof ApiError && error.status === 410) return <Replaced />;
  if (error instanceof ApiError && error.status === 404) return <Broken />;
  if (error && !managed) return <FailedPage error={error} onRetry={() => setRound(round + 1)} />;
  if (!managed) return <Loading words={t("common.loading")} />;
  return <Booked token={token} managed={managed} onChange={setManaged} />;
}

/** What was just done here, kept over the change of the address. */
let done: News = null;

function Booked({ token, managed, onChange }: { token: string; managed: Managed; onChange: (managed: Managed) => void }) {
  const { meeting, quote } = managed;
  const now = useNow(30_000);
  const [asked, ask] = useState<"move" | "cancel" | null>(null);
  const [news, setNews] = useState<News>(done);
  useEffect(() => {
    done = null;
  }, []);
  const booking = meeting.booking;
  const state = stateOf(meeting, "client");
  const actions = byLink(token);
  const open = mayCancel(meeting);
  const host = meeting.host.name;
  const moved = (next: Meeting) => {
    done = "moved";
    setNews("moved");
    const link = next.booking?.manageLink;
    // Back must not lead to a link that is void.
    if (link) navigate(`/b/${tokenOf(link)}`, { replace: true });
    else onChange({ meeting: next, quote });
  };
  const cancelled = (next: Meeting) => {
    setNews("cancelled");
    onChange({ meeting: next, quote });
  };
  return (
    <div class="stack">
      <PageHead title={tm("manage.title", { host })} />
      <div role="status">
        {news === "moved" && <p class="notice notice-good">{tm("manage.moved")}</p>}
        {news === "cancelled" && <p class="notice notice-good">{tm("manage.cancelled", { host })}</p>}
      </div>
      <Card>
        <div class="next-meeting-who">
          <Avatar name={host} />
          <div>
            <p class="next-meeting-subject">{meeting.subject}</p>
            <p>
              {dayName(meeting.scheduledAt, now)}, {clockRange(meeting.scheduledAt, meeting.durationMinutes)}
            </p>
            <p class="quiet small">
              {t("meeting.zoneOf", { zone: zoneName(deviceZone(), meeting.scheduledAt) })}
              {open && meeting.scheduledAt > now && ` · ${inWords(meeting.scheduledAt, now)}`}
            </p>
          </div>
        </div>
        <dl class="facts">
          <dt>{tm("manage.state")}</dt>
          <dd>
            <Badge kind={state.kind}>{state.words}</Badge>
          </dd>
          <dt>{t("meeting.length")}</dt>
          <dd>{lengthInWords(meeting.durationMinutes * 60)}</dd>
          {booking && <Price booking={booking} host={host} />}
          {meeting.description && (
            <>
              <dt>{t("meeting.note")}</dt>
              <dd class="keep-lines">{meeting.description}</dd>
            </>
          )}
        </dl>
        <RemarkLine meeting={meeting} side="client" />
        {open && <What meeting={meeting} />}
        {stands(meeting) && (
          <AddToCalendar
            appointment={{
              subject: `${meeting.subject} (${host})`,
              description: "",
              startsAt: meeting.scheduledAt,
              minutes: meeting.durationMinutes,
              link: meeting.meetingLink,
            }}
            file={() =>
              fetch("/api/manage/calendar", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ token }),
              })
            }
          />
        )}
      </Card>
      {open && booking && (
        <Card title={tm("manage.change")}>
          {booking.priceMc > 0 && <Rules booking={booking} />}
          {booking.payment === "paid" && (
            <div class="stack-tight">
              <h3>{tm("manage.ifNow")}</h3>
              <QuoteWords quote={quote} side="client" other={host} />
            </div>
          )}
          <div class="form-actions">
            {mayMove(meeting, "client", now, quote.refundBps) && <Button onClick={() => ask("move")}>{tm("move.open")}</Button>}
            <Button kind="danger-quiet" onClick={() => ask("cancel")}>
              {tm("cancel.open")}
            </Button>
          </div>
          {!mayMove(meeting, "client", now, quote.refundBps) && <p class="field-hint">{tm(booking.movesLeft === 0 ? "move.noneLeft" : "move.tooLate")}</p>}
        </Card>
      )}
      {!open && meeting.host.id != null && (
        <div class="centred">
          <ButtonLink href={`/hosts/${encodeURIComponent(meeting.host.id)}`}>{tm("manage.again", { host })}</ButtonLink>
        </div>
      )}
      <MoveDialog meeting={meeting} side="client" open={asked === "move"} now={now} actions={actions} onClose={() => ask(null)} onMoved={moved} />
      <CancelDialog meeting={meeting} side="client" other={host} open={asked === "cancel"} actions={actions} onClose={() => ask(null)} onCancelled={cancelled} />
    </div>
  );
}

function Price({ booking, host }: { booking: Booking; host: string }) {
  return (
    <>
      <dt>{tm("money.price")}</dt>
      <dd>{priceWords(booking.priceMc)}</dd>
      {booking.payment === "settled" && (
        <>
          <dt>{tm("money.state")}</dt>
          <dd>
            <Settled booking={booking} side="client" other={host} />
          </dd>
        </>
      )}
    </>
  );
}

/** What is next for this booking, and how to get in. */
function What({ meeting }: { meeting: Meeting }) {
  const host = meeting.host.name;
  if (meeting.status === "requested") return <Notice kind="info">{tm("manage.asked", { host })}</Notice>;
  if (meeting.status === "awaiting_payment") {
    return (
      <div class="stack-tight">
        <Notice kind="warn">{tm("manage.unpaid")}</Notice>
        <div>
          <ButtonLink kind="primary" href={`/meetings/${encodeURIComponent(meeting.meetingId)}`}>
            {tm("pay.open")}
          </ButtonLink>
        </div>
      </div>
    );
  }
  return (
    <p class="meeting-hint">
      <MailIcon size={16} />
      {tm("manage.join")}
    </p>
  );
}

function Replaced() {
  return (
    <div class="stack message-page">
      <PageHead title={tm("link.replacedTitle")} intro={tm("link.replaced")} />
      <Elsewhere />
    </div>
  );
}

function Broken() {
  return (
    <div class="stack message-page">
      <PageHead title={tm("link.brokenTitle")} intro={tm("link.broken")} />
      <Elsewhere />
    </div>
  );
}

/** Where to go when the link is of no use. */
function Elsewhere() {
  const member = session.identity.value.kind === "member";
  return (
    <Card>
      <p>{tm(member ? "link.member" : "link.stranger")}</p>
      <div class="form-actions">
        <ButtonLink kind="primary" href={member ? "/meetings" : "/login?next=/meetings"}>
          {member ? tm("title") : t("frame.login")}
        </ButtonLink>
      </div>
    </Card>
  );
}
