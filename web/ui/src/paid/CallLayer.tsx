/** What rings, over whatever page stands: the host's incoming call, and the caller's own. */
import "./paid.css";
import { useEffect } from "preact/hooks";
import { Avatar, Button, CameraIcon, Dialog, HangUpIcon, MicIcon, Spinner } from "../components";
import { playRing, playRingback } from "../devices/sound";
import { lengthInWords } from "../i18n/time";
import { BuyCoins } from "./BuyCoins";
import { answer, call, cancel, type CallOver, decline, incoming, type Outgoing, outgoing, startCenter } from "./center";
import { coins, rule, said, tp } from "./words";

const RING_EVERY_MS = 2_500;
const RINGBACK_EVERY_MS = 4_000;

export function CallLayer() {
  useEffect(startCenter, []);
  return (
    <>
      <IncomingCall />
      <OwnCall />
    </>
  );
}

/** Sounds now and again until it is over. */
function useSound(on: boolean, play: () => void, everyMs: number): void {
  useEffect(() => {
    if (!on) return;
    play();
    const timer = setInterval(play, everyMs);
    return () => clearInterval(timer);
  }, [on]);
}

/** The tab says it too, for who looks elsewhere. */
function useTitleNews(words: string | undefined): void {
  useEffect(() => {
    if (words === undefined) return;
    const before = document.title;
    let shown = false;
    const blink = () => {
      shown = !shown;
      document.title = shown ? `☎ ${words}` : before;
    };
    blink();
    const timer = setInterval(blink, 1_000);
    return () => {
      clearInterval(timer);
      document.title = before;
    };
  }, [words]);
}

function IncomingCall() {
  const it = incoming.value;
  const rings = it !== undefined && !it.answering;
  useSound(rings, playRing, RING_EVERY_MS);
  const title = it === undefined ? "" : tp("incoming.title", { name: it.userName });
  useTitleNews(rings ? title : undefined);
  const video = it?.media === "video";
  return (
    <Dialog
      open={it !== undefined}
      title={title}
      dismissible={false}
      onClose={() => {}}
      actions={
        it && (
          <>
            <Button kind="danger" disabled={it.answering} onClick={decline}>
              <HangUpIcon />
              {tp("incoming.decline")}
            </Button>
            <Button kind={video ? "secondary" : "primary"} busy={it.answering} onClick={() => void answer("audio")}>
              <MicIcon />
              {tp("incoming.audio.answer")}
            </Button>
            {video && (
              <Button kind="primary" busy={it.answering} onClick={() => void answer("video")}>
                <CameraIcon />
                {tp("incoming.video.answer")}
              </Button>
            )}
          </>
        )
      }
    >
      {it && (
        // The focus waits here: a key that was meant for the page must neither take the call nor end it.
        <div class="ring" tabIndex={-1} autofocus>
          <span class="ring-face ring-face-live">
            <Avatar name={it.userName} large />
          </span>
          <p class="ring-kind" role="alert">
            {tp(video ? "incoming.video" : "incoming.audio")} · {tp("perMinute", { coins: coins(it.ratePerMinMc) })}
          </p>
        </div>
      )}
    </Dialog>
  );
}

function OwnCall() {
  const it = outgoing.value;
  useSound(it?.stage === "ringing", playRingback, RINGBACK_EVERY_MS);
  const over = it?.over;
  return (
    <Dialog
      open={it !== undefined}
      title={it === undefined ? "" : over ? it.hostName : tp("calling.title", { name: it.hostName })}
      dismissible={over !== undefined}
      onClose={cancel}
      actions={it && (over ? <AfterIt it={it} over={over} /> : <Cancel it={it} />)}
    >
      {it && (
        <div class="ring">
          <span class={over ? "ring-face" : "ring-face ring-face-live"}>
            <Avatar name={it.hostName} large />
          </span>
          <div aria-live="polite">{over ? <WhyOver it={it} over={over} /> : <Standing it={it} />}</div>
          {!over && it.ack && (
            <div class="ring-price">
              <p>
                <strong>{tp("perMinute", { coins: coins(it.ack.ratePerMinMc) })}</strong>
                {it.ack.maxSeconds != null && <> · {tp("calling.lasts", { time: lengthInWords(it.ack.maxSeconds) })}</>}
              </p>
              <p class="quiet">{rule(it.ack)}</p>
            </div>
          )}
        </div>
      )}
    </Dialog>
  );
}

function Standing({ it }: { it: Outgoing }) {
  if (it.stage === "asking")
    return (
      <p class="ring-state">
        <Spinner /> {tp("calling.asking")}
      </p>
    );
  if (it.stage === "queued")
    return (
      <>
        <p class="ring-state">{tp("calling.queued", { place: it.place })}</p>
        <p class="quiet">
          {it.waitMs === undefined
            ? tp("calling.queued.unknown")
            : tp("calling.queued.wait", { time: lengthInWords(it.waitMs / 1000) })}
        </p>
      </>
    );
  return <p class="ring-state">{it.devices > 0 ? tp("calling.reached", { count: it.devices }) : tp("calling.ringing")}</p>;
}

function Cancel({ it }: { it: Outgoing }) {
  return (
    <Button kind="danger" onClick={cancel}>
      <HangUpIcon />
      {tp(it.stage === "queued" ? "calling.leaveLine" : "calling.cancel")}
    </Button>
  );
}

function WhyOver({ it, over }: { it: Outgoing; over: CallOver }) {
  const name = it.hostName;
  switch (over.reason) {
    case "peer_busy":
      return (
        <>
          <p class="ring-state">{tp("over.inCall", { name })}</p>
          <p class="quiet">
            {tp(over.mayWait ? "over.inCall.line" : "over.inCall.full")}{" "}
            {over.mayWait && over.waitMs !== undefined && tp("over.inCall.wait", { time: lengthInWords(over.waitMs / 1000) })}
          </p>
        </>
      );
    case "peer_offline":
    case "not_found":
      return <p class="ring-state">{tp("over.offline", { name })}</p>;
    case "insufficient_balance":
      return <p class="ring-state">{tp("over.poor", { coins: coins(over.shortfallMc ?? 0) })}</p>;
    case "disconnected":
    case "timeout_request":
      return <p class="ring-state">{tp("over.gone")}</p>;
    case "maintenance":
      return <Held />;
    default:
      return <p class="ring-state">{said(`over.${over.reason}`, "over.failed", { name })}</p>;
  }
}

/** The operator's own words stand above the page: also on one that was open before they were written. */
function Held() {
  useEffect(() => void import("../admin/house-notice").then((it) => it.showNotice()).catch(() => {}), []);
  return <p class="ring-state">{tp("over.maintenance")}</p>;
}

const FINAL = ["forbidden", "not_found", "insufficient_balance"];

function AfterIt({ it, over }: { it: Outgoing; over: CallOver }) {
  const again = (wait: boolean) => void call(it.hostId, it.hostName, it.media, wait);
  return (
    <>
      <Button onClick={cancel}>{tp("calling.close")}</Button>
      {over.reason === "peer_busy" && over.mayWait && (
        <Button kind="primary" onClick={() => again(true)}>
          {tp("calling.wait")}
        </Button>
      )}
      {over.reason === "insufficient_balance" && <BuyCoins onPaid={() => again(false)} />}
      {over.reason !== "peer_busy" && !FINAL.includes(over.reason) && (
        <Button kind="primary" onClick={() => again(false)}>
          {tp("calling.again")}
        </Button>
      )}
    </>
  );
}

