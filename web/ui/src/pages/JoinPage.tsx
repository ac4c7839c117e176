/**
 * Where a personal link leads. Showing it changes nothing on the server, since programs that read
 * mails open links; only the button takes the link up, and gives an identity for this one room.
 */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, commandKey, type GuestSession, type JoinPreview, request, session } from "../api";
import { useNow, useSubmit } from "../app/hooks";
import { PageHead, useTitle } from "../app/PageHead";
import { texts } from "../app/Frame";
import { Later } from "../app/Later";
import { navigate, type PageProps } from "../app/router";
import { ArrowIcon, Avatar, Button, ButtonLink, Card, ClockIcon, Field, Loading, LockIcon, Notice } from "../components";
import type { AddToCalendarProps } from "../calendar/AddToCalendar";
import { t } from "../i18n";
import { clockRange, clockTime, countdown, dayAndTime, dayName, deviceZone, inWords, zoneName } from "../i18n/time";
import { FailedPage } from "./ErrorPages";
import { NAME_CHARS_MAX } from "./limits";
import { callAddress, joinStateAt, joinWords } from "../meetings/meeting";
import { isStale } from "./VerifyPage";

const HOUR_MS = 3_600_000;
const loadJoining = () => texts().then((it) => it.Joining);

export default function JoinPage({ params }: PageProps) {
  const token = params["token"] ?? "";
  const { preview, error, reload } = usePreview(token);
  if (error instanceof ApiError && isStale(error.status)) return <Stale over={error.code === "too_late"} />;
  if (error) return <FailedPage error={error} onRetry={reload} />;
  if (!preview) return <Loading words={t("common.loading")} />;
  return <Invitation token={token} preview={preview} />;
}

function usePreview(token: string): { preview: JoinPreview | null; error: unknown; reload: () => void } {
  const [preview, setPreview] = useState<JoinPreview | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    // A POST, so that the token is in no address and no log; it only reads and may be repeated.
    request<JoinPreview>("/api/join/preview", { method: "POST", auth: "none", body: { token }, idempotencyKey: commandKey() }).then(
      (answer) => wanted && (setPreview(answer), setError(null)),
      (cause: unknown) => wanted && setError(cause),
    );
    return () => {
      wanted = false;
    };
  }, [token, round]);
  return { preview, error, reload: () => setRound((before) => before + 1) };
}

function Invitation({ token, preview }: { token: string; preview: JoinPreview }) {
  const now = useNow(1_000);
  const state = joinStateAt(preview.joinable, now);
  const [waited, setWaited] = useState(false);
  useEffect(() => {
    if (state === "too_early") setWaited(true);
  }, [state]);
  useTitle(state === "open" && waited ? t("guest.nowOpenTitle") : preview.subject);
  return (
    <div class="stack">
      <PageHead title={t("guest.titleWith", { host: preview.hostName })} intro={t("guest.intro")} />
      <Card>
        <div class="next-meeting-who">
          <Avatar name={preview.hostName} />
          <div>
            <p class="next-meeting-subject">{preview.subject}</p>
            <p>
              {dayName(preview.scheduledAt, now)}, {clockRange(preview.scheduledAt, preview.durationMinutes)}
            </p>
            <p class="quiet small">
              {t("meeting.zoneOf", { zone: zoneName(deviceZone(), preview.scheduledAt) })}
            </p>
          </div>
        </div>
        <hr />
        {state === "too_early" && <TooEarly preview={preview} now={now} />}
        {(state === "too_late" || state === "over" || state === "unpaid" || state === "maintenance") && (
          <Notice kind="warn">{state === "over" ? t("guest.closed") : joinWords(preview.joinable, now)}</Notice>
        )}
        {/* Stands from the start, so that the change is read out to who waits here. */}
        <div role="status">
          {state === "open" && waited && <p class="notice notice-good">{t("guest.nowOpen")}</p>}
        </div>
        {state === "open" && <NameForm token={token} preview={preview} />}
        {state === "too_early" && (
          <Calendars
            appointment={{
              subject: `${preview.subject} (${preview.hostName})`,
              description: "",
              startsAt: preview.scheduledAt,
              minutes: preview.durationMinutes,
              link: new URL(`/j/${token}`, location.href).href,
            }}
            // A POST, as for looking through the door: the token is in no address.
            file={() =>
              fetch("/api/join/calendar", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ token }),
              })
            }
          />
        )}
      </Card>
      <p class="privacy-line">
        <LockIcon size={16} />
        {t("guest.privacy", { host: preview.hostName })}
      </p>
    </div>
  );
}

/** Its code comes after the page: whoever opens the link in time does not need it. */
function Calendars(props: AddToCalendarProps) {
  const [it, setIt] = useState<{ View: ComponentType<AddToCalendarProps> } | null>(null);
  useEffect(() => {
    void import("../calendar/AddToCalendar").then(({ AddToCalendar }) => setIt({ View: AddToCalendar }), () => {});
  }, []);
  return it && <it.View {...props} />;
}

function TooEarly({ preview, now }: { preview: JoinPreview; now: number }) {
  const left = preview.joinable.opensAt - now;
  const far = left >= 24 * HOUR_MS;
  return (
    <div class="countdown">
      <p class="quiet">
        <ClockIcon size={16} /> {t(far ? "guest.opens" : "guest.opensIn")}
      </p>
      <p class="countdown-left" role="timer" aria-live="off">{far ? inWords(preview.joinable.opensAt, now) : countdown(left)}</p>
      <p class="quiet small">
        {t("guest.opensAt", {
          time: left < 12 * HOUR_MS ? clockTime(preview.joinable.opensAt) : dayAndTime(preview.joinable.opensAt, now),
        })}{" "}
        {!far && t("guest.leaveOpen")}
      </p>
      <ButtonLink href="/check">{t("home.test")}</ButtonLink>
    </div>
  );
}

function NameForm({ token, preview }: { token: string; preview: JoinPreview }) {
  const form = useSubmit(
    async (values) => {
      const answer = await request<GuestSession>("/api/join/redeem", {
        method: "POST",
        auth: "none",
        body: { token, name: values.text("name"), agreedTo: values.optional("agreedTo") },
      });
      session.becomeGuest(answer);
      navigate(callAddress(answer.meetingId));
    },
    {
      fields: ["name"],
      words: (error) => {
        if (error.code === "forbidden") return t("guest.tooManyDevices");
        if (error.status === 403) return error.message; // the door: too early, too late, over
        return isStale(error.status) && !error.body.field ? t("guest.stale") : undefined;
      },
    },
  );
  return (
    <form class="form" onSubmit={form.onSubmit}>
      {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      <Field
        label={t("form.name")}
        hint={t("guest.nameHint", { host: preview.hostName })}
        name="name"
        autocomplete="name"
        maxLength={NAME_CHARS_MAX}
        defaultValue={preview.inviteeName ?? ""}
        error={form.fieldError("name")}
      />
      <div class="stack-tight">
        <Button type="submit" kind="primary" wide busy={form.busy}>
          {t("guest.continue")}
          <ArrowIcon />
        </Button>
        <p class="field-hint centred">{t("guest.continueHint", { host: preview.hostName })}</p>
        {preview.agreeTo && <Later load={loadJoining} />}
      </div>
    </form>
  );
}

function Stale({ over }: { over: boolean }) {
  return (
    <div class="stack message-page">
      <PageHead title={t(over ? "join.over" : "guest.staleTitle")} intro={t(over ? "guest.over" : "guest.stale")} />
    </div>
  );
}
