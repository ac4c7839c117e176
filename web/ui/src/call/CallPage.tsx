/** The call: device check, lobby, call and end, one after the other, at `/video-call/:meetingId`. */
import "./call.css";
import "./frame.css";
import "./stage.css";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, type JoinState, type Meeting, request, session } from "../api";
import type { Identity } from "../api/session";
import { useTitle } from "../app/PageHead";
import { place, type PageProps } from "../app/router";
import { Button, ButtonLink, Loading } from "../components";
import { clockTime, dayAndTime } from "../i18n/time";
import { LocalMedia } from "../devices/local-media";
import type { PaidFacts } from "../paid/facts";
import { EndPage } from "./EndPage";
import { GreenRoom } from "./GreenRoom";
import { Lobby } from "./Lobby";
import { MessagePage } from "./MessagePage";
import { CallSession } from "./session";
import { browserSurroundings, farewell, openSocket } from "./socket";
import { Stage } from "./Stage";
import { t, tOr } from "./words";

/** What the call needs to know of its meeting. */
export interface MeetingFacts {
  meetingId: string;
  roomId: string;
  subject: string;
  hostName: string | undefined;
  meeting: Meeting | undefined;
  /** A call by the minute, between two people, without a booked meeting. */
  paid?: PaidFacts;
  /** What is shown when a paid call is over; from its own page, so that others need not fetch it. */
  ended?: () => ComponentChildren;
}

export default function CallPage({ params }: PageProps) {
  const identity = session.identity.value;
  const meetingId = params["meetingId"] ?? "";
  // Who is in stays in when the login ends meanwhile: the call itself says so, with words.
  const entered = useRef(false);
  if (identity.kind === "member" || identity.kind === "guest") entered.current = true;
  if (entered.current) return <OfMeeting key={meetingId} meetingId={meetingId} />;
  if (identity.kind === "unknown") return <Loading words={t("page.loading")} />;
  return <LoginFirst />;
}

function LoginFirst() {
  const { path, query } = place.value;
  const here = query.size > 0 ? `${path}?${query}` : path;
  return (
    <MessagePage title={t("page.login.title")} body={t("page.login.body")}>
      <ButtonLink kind="primary" href={`/login?next=${encodeURIComponent(here)}`}>
        {t("page.login")}
      </ButtonLink>
    </MessagePage>
  );
}

function OfMeeting({ meetingId }: { meetingId: string }) {
  const [facts, setFacts] = useState<MeetingFacts | ApiError | undefined>(undefined);
  const load = () => {
    setFacts(undefined);
    factsOf(meetingId, session.identity.peek()).then(setFacts, setFacts);
  };
  useEffect(load, [meetingId]);
  if (facts === undefined) return <Loading words={t("page.loading")} />;
  if (facts instanceof Error) return <CannotOpen code={facts.code ?? "internal"} onRetry={load} />;
  return <Visit facts={facts} onReload={load} />;
}

/** A guest knows the room from the join link and may not be allowed to read the whole meeting. */
async function factsOf(meetingId: string, identity: Identity): Promise<MeetingFacts> {
  try {
    const meeting = await request<Meeting>(`/api/meetings/${encodeURIComponent(meetingId)}`);
    return { meetingId, roomId: meeting.roomId, subject: meeting.subject, hostName: meeting.host?.name, meeting };
  } catch (error) {
    if (identity.kind !== "guest" || identity.guest.meetingId !== meetingId) throw error;
    return { meetingId, roomId: identity.guest.roomId, subject: "", hostName: undefined, meeting: undefined };
  }
}

export function CannotOpen({
  code,
  opensAt,
  onRetry,
}: {
  code: string;
  opensAt?: number | undefined;
  onRetry: () => void;
}) {
  const time = opensAt === undefined ? "" : timeOf(opensAt);
  const final = code === "not_found" || code === "forbidden" || code === "too_late" || code === "room_closed";
  return (
    <MessagePage
      title={tOr(`error.${code}.title`, "error.other.title")}
      body={code === "too_early" && time === "" ? "" : tOr(`error.${code}.body`, "error.other.body", { time })}
    >
      {!final && (
        <Button kind="primary" onClick={onRetry}>
          {t("page.retry")}
        </Button>
      )}
      <ButtonLink kind={final ? "primary" : "secondary"} href="/">
        {t("page.home")}
      </ButtonLink>
    </MessagePage>
  );
}

const HALF_DAY_MS = 12 * 60 * 60 * 1000;

/** The time alone while it cannot be mistaken, else with its day. */
export function timeOf(at: number): string {
  const now = Date.now();
  return Math.abs(at - now) < HALF_DAY_MS ? clockTime(at) : dayAndTime(at, now);
}

/** Doors that will not open by waiting: nobody needs to look into a camera for them. */
const shutFor: Partial<Record<JoinState, string>> = { too_late: "too_late", unpaid: "unpaid", over: "room_closed" };

interface Stay {
  media: LocalMedia;
  call: CallSession | undefined;
}

/** One visit: the devices first, then the stay in the room; "Rejoin" begins another one. */
export function Visit({ facts, onReload }: { facts: MeetingFacts; onReload: () => void }) {
  const [stay, setStay] = useState<Stay>(() => ({ media: new LocalMedia(), call: undefined }));
  useTitle(facts.subject || t("page.loading"));
  const current = useRef(stay);
  current.current = stay;
  const relayOnly = useMemo(() => place.peek().query.get("relay") === "1", []);
  useEffect(() => {
    const vanish = () => {
      const { call } = current.current;
      // The socket may be gone before its last frame is; this request outlives the page.
      if (call && call.phase.peek().name !== "ended") farewell(facts.roomId, call.gathering.session.peek());
      call?.vanish();
    };
    const back = (event: PageTransitionEvent) => event.persisted && location.reload();
    window.addEventListener("pagehide", vanish);
    window.addEventListener("pageshow", back);
    return () => {
      window.removeEventListener("pagehide", vanish);
      window.removeEventListener("pageshow", back);
      void current.current.call?.leave();
      current.current.media.close();
    };
  }, []);

  const enter = (media: LocalMedia) => {
    const call = new CallSession({
      roomId: facts.roomId,
      socket: openSocket(),
      media,
      relayOnly,
      metered: facts.paid !== undefined,
      surroundings: browserSurroundings,
    });
    setStay({ media, call });
    call.start();
  };
  const rejoin = () => {
    const media = new LocalMedia();
    const { cameraOn, microphoneOn } = media.choice.value;
    void media.start({ audio: microphoneOn, video: cameraOn }).then(() => enter(media));
  };

  // Who calls or takes a call has said so a moment ago: no check of devices in between.
  const { paid } = facts;
  useEffect(() => {
    if (paid === undefined) return;
    const { media } = current.current;
    const video = paid.kind === "video" && media.choice.value.cameraOn;
    void media.start({ audio: true, video }).then(() => enter(media));
  }, []);

  const { media, call } = stay;
  const shut = call === undefined ? shutFor[facts.meeting?.joinable.state ?? "open"] : undefined;
  if (shut !== undefined) return <CannotOpen code={shut} onRetry={onReload} />;
  if (call === undefined && paid !== undefined) return <Loading words={t("page.loading")} />;
  if (call === undefined) return <GreenRoom facts={facts} media={media} onJoin={() => enter(media)} />;
  const phase = call.phase.value;
  switch (phase.name) {
    case "connecting":
    case "in":
      return <Stage call={call} media={media} facts={facts} />;
    case "waiting":
    case "denied":
      return <Lobby call={call} media={media} facts={facts} phase={phase} />;
    case "refused":
      return <CannotOpen code={phase.code} opensAt={phase.opensAt} onRetry={onReload} />;
    case "ended":
      if (facts.ended !== undefined && phase.why !== "replaced") return <>{facts.ended()}</>;
      return <EndPage phase={phase} call={call} meetingId={facts.meetingId} onRejoin={rejoin} />;
  }
}
