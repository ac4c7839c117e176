/**
 * The real stage with painted people instead of connections: to look at every layout without six
 * browsers. Served by `npm run dev` at /lab/stage.html, never part of the build. The address says
 * who is there: `?people=4&screen=1&away=2&silent=3&speaks=1&own=1&dir=rtl`.
 */
import "../src/styles/tokens.css";
import "../src/styles/base.css";
import "../src/styles/components.css";
import "../src/styles/app.css";
import "../src/call/call.css";
import "../src/call/frame.css";
import "../src/call/stage.css";
import { render } from "preact";
import { Toasts } from "../src/components";
import { CallSession } from "../src/call/session";
import { openSocket } from "../src/call/socket";
import { Stage } from "../src/call/Stage";
import { LocalMedia } from "../src/devices/local-media";
import type { RemotePeer } from "../src/rtc/mesh";

const wish = new URLSearchParams(location.search);
const number = (name: string): number => Number(wish.get(name) ?? 0);
document.documentElement.dir = wish.get("dir") ?? "ltr";

const NAMES = ["Brian Otieno", "Ana María Fernández-Casamitjana", "Wanjiku", "Jean-Luc Dupré", "प्रिया शर्मा"];
const COLOURS = ["#3d5a80", "#7a4e6d", "#4f6d47", "#8a5a3b", "#4b5b73", "#5d5d81"];

/** A head and shoulders, moving a little. */
function painted(index: number, screen = false): MediaStreamTrack {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const context = canvas.getContext("2d")!;
  let tick = 0;
  const paint = () => {
    tick += 1;
    context.fillStyle = screen ? "#ffffff" : COLOURS[index % COLOURS.length]!;
    context.fillRect(0, 0, 1280, 720);
    if (screen) {
      context.fillStyle = "#1d2522";
      context.font = "40px sans-serif";
      for (let line = 0; line < 12; line++) context.fillText(`${line + 1}   The quick brown fox jumps over the lazy dog.`, 60, 90 + line * 52);
    } else {
      const x = 640 + Math.sin(tick / 9 + index) * 14;
      context.fillStyle = "#e6c9a8";
      context.beginPath();
      context.arc(x, 310, 120, 0, 7);
      context.fill();
      context.fillStyle = "#22302c";
      context.beginPath();
      context.ellipse(x, 720, 290, 250, 0, 0, 7);
      context.fill();
    }
  };
  paint();
  setInterval(paint, 100);
  return canvas.captureStream(10).getVideoTracks()[0]!;
}

const devices = Object.assign(new EventTarget(), {
  getUserMedia: (want: MediaStreamConstraints) => Promise.resolve(new MediaStream(want.video ? [painted(5)] : [])),
  getDisplayMedia: () => Promise.resolve(new MediaStream([painted(0, true)])),
  enumerateDevices: () => Promise.resolve([]),
});

function person(index: number): RemotePeer {
  const at = index + 1;
  const screen = number("screen") === at;
  const away = number("away") === at;
  const media = { audio: number("silent") !== at, video: number("unseen") !== at && !away, screen, away };
  return {
    peerId: `peer-${at}`,
    info: { peerId: `peer-${at}`, userId: `user-${at}`, userName: NAMES[index]!, guest: true, media, state: "present" },
    away: false,
    media,
    link: number("lost") === at ? "reconnecting" : "connected",
    tracks: { audio: null, video: painted(index), screen: painted(index, true) },
  } as unknown as RemotePeer;
}

const media = new LocalMedia(devices as unknown as MediaDevices);
await media.start({ audio: false, video: true });
const call = new CallSession({ roomId: "lab", socket: openSocket(), media, relayOnly: false });
call.phase.value = { name: "in" };
call.socketState.value = { name: "ready" } as typeof call.socketState.value;
call.startedAt.value = Date.now() - 754_000;
call.remotes.value = Array.from({ length: Math.max(0, number("people") - 1) }, (_, index) => person(index));
call.line.levels = () => new Map([[`peer-${number("speaks")}`, 0.3]]);
if (number("own") === 1) await media.share();

render(
  <>
    <Stage
      call={call}
      media={media}
      facts={{ meetingId: "lab", roomId: "lab", subject: "First conversation", hostName: "Dr Amina Njeri", meeting: undefined }}
    />
    <Toasts />
  </>,
  document.getElementById("app")!,
);
