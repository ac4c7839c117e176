/** After the call: how long it was, and the ways on. */
import { session } from "../api";
import { Button, ButtonLink, CheckIcon, InfoIcon, Notice } from "../components";
import { MessagePage } from "./MessagePage";
import { Rating } from "./Rating";
import { tr } from "./room-words";
import type { CallSession, Phase } from "./session";
import { type CallWords, duration, t } from "./words";

type Ended = Extract<Phase, { name: "ended" }>;

interface EndProps {
  phase: Ended;
  call: CallSession;
  meetingId: string;
  onRejoin: () => void;
}

export function EndPage({ phase, call, meetingId, onRejoin }: EndProps) {
  const { title, body, again } = wordsFor(phase);
  const level = call.gathering.usualLevel();
  const said = call.gathering.farewell.value;
  // Whoever was in a call may say how it was; who was sent away or shut out has nothing to say yet.
  const talked = call.startedAt.value !== undefined && phase.why !== "replaced" && phase.why !== "too-many-devices";
  const expected = phase.why === "left" || phase.why === "host" || phase.why === "empty" || phase.why === "window";
  const member = session.identity.value.kind === "member";
  const host = member && call.moderator.value && !again;
  return (
    <MessagePage
      icon={
        <span class={expected ? "end-mark" : "end-mark end-mark-info"}>
          {expected ? <CheckIcon size={28} /> : <InfoIcon size={28} />}
        </span>
      }
      title={title}
      body={body}
      more={
        <>
          {said && phase.why === "removed" && <Notice kind="info">{tr("end.hostSays", { message: said })}</Notice>}
          {talked && level !== undefined && (
            <p class="quiet">{tr("rate.quality", { words: tr(`rate.quality.${level}`) })}</p>
          )}
          {talked && <Rating path={`/api/meetings/${encodeURIComponent(meetingId)}/rating`} />}
        </>
      }
    >
      {again && (
        <Button kind="primary" onClick={again.reload ? () => location.reload() : onRejoin}>
          {t(again.words)}
        </Button>
      )}
      {!member && !again && <p class="quiet">{t("end.close")}</p>}
      {host && (
        <ButtonLink kind="secondary" href="/meetings/new">
          {tr("end.bookAgain")}
        </ButtonLink>
      )}
      {member && (
        <ButtonLink kind={again ? "secondary" : "primary"} href="/">
          {t("page.home")}
        </ButtonLink>
      )}
    </MessagePage>
  );
}

interface EndWords {
  title: string;
  body: string;
  again?: { words: CallWords; reload?: boolean };
}

function wordsFor({ why, durationMs }: Ended): EndWords {
  const line =
    durationMs === undefined || durationMs === 0 ? t("end.noCall") : t("end.line", { duration: duration(durationMs) });
  const rejoin = { words: "end.rejoin" } as const;
  switch (why) {
    case "left":
      return {
        title: t("end.left"),
        body: durationMs === undefined ? t("end.left.short") : t("end.left.body", { duration: duration(durationMs) }),
        again: rejoin,
      };
    case "host":
      return { title: t("end.completed"), body: line };
    case "empty":
    case "window":
    case "meeting":
      return { title: t("end.completed"), body: `${line} ${t(`end.${why}`)}` };
    // A call by the minute has an end page of its own, with what it cost.
    case "hangup":
    case "balance":
    case "lost":
    case "unmet":
    case "house":
      return { title: t("end.completed"), body: line };
    case "removed":
      return { title: t("end.removed"), body: t("end.removed.body") };
    case "replaced":
      return { title: t("end.replaced"), body: t("end.replaced.body"), again: { words: "end.here" } };
    case "signed-out":
      return {
        title: t("end.signed-out"),
        body: t("end.signed-out.body"),
        again: { words: "end.reload", reload: true },
      };
    case "too-many-devices":
      return { title: t("end.too-many"), body: t("end.too-many.body"), again: rejoin };
    case "protocol":
      return { title: t("end.protocol"), body: t("end.protocol.body"), again: { words: "end.reload", reload: true } };
  }
}
