import { beforeEach, describe, expect, it } from "vitest";
import { browserOf } from "./browser";
import { faultOf } from "./faults";
import { LocalMedia } from "./local-media";
import { faultOfFailures } from "./loopback";
import { hasPassed, recall, remember } from "./remember";
import { loudness } from "./sound";

class FakeTrack {
  enabled = true;
  stopped = false;
  onended: (() => void) | null = null;
  contentHint = "";
  constructor(
    readonly kind: string,
    readonly id: string,
  ) {}
  settings: Record<string, unknown> = {};
  stop() {
    this.stopped = true;
  }
  getSettings() {
    return this.settings;
  }
}

const refuse = (name: string, message = "") => Object.assign(new Error(message), { name });

/** A machine with devices; `faults` says what the browser throws for which kind. */
function machine(faults: { audio?: string; video?: string } = {}) {
  const asked: MediaStreamConstraints[] = [];
  const tracks: FakeTrack[] = [];
  let changed = () => {};
  const devices = {
    faults,
    list: ["videoinput", "audioinput", "audiooutput"].map((kind) => ({ kind, deviceId: `${kind} 1`, label: kind })),
    async getUserMedia(wish: MediaStreamConstraints) {
      asked.push(wish);
      await Promise.resolve();
      const kinds = (["audio", "video"] as const).filter((kind) => wish[kind]);
      for (const kind of kinds) {
        const fault = faults[kind];
        if (fault) throw refuse(fault);
        const id = (wish[kind] as MediaTrackConstraints).deviceId as { exact: string } | undefined;
        if (id?.exact === "gone") throw refuse("OverconstrainedError");
      }
      const made = kinds.map((kind) => new FakeTrack(kind, `${kind} ${tracks.length}`));
      tracks.push(...made);
      const of = (kind: string) => made.filter((track) => track.kind === kind);
      return { getTracks: () => made, getAudioTracks: () => of("audio"), getVideoTracks: () => of("video") };
    },
    async getDisplayMedia() {
      const track = new FakeTrack("video", "screen");
      tracks.push(track);
      return { getVideoTracks: () => [track] };
    },
    enumerateDevices: () => Promise.resolve(devices.list),
    addEventListener: (_: string, run: () => void) => (changed = run),
    removeEventListener: () => (changed = () => {}),
  };
  const media = new LocalMedia(devices as unknown as MediaDevices);
  return { media, asked, tracks, devices, change: () => changed() };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  localStorage.clear();
  Object.defineProperty(globalThis, "isSecureContext", { value: true, configurable: true });
  Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia() {} }, configurable: true });
});

describe("starting", () => {
  it("asks once for both", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: true });
    expect(t.asked).toHaveLength(1);
    expect(t.media.microphoneOn && t.media.cameraOn).toBe(true);
    expect(t.media.devices.value.cameras).toHaveLength(1);
  });

  it("without a camera still has the microphone, and says which is missing", async () => {
    const t = machine({ video: "NotFoundError" });
    await t.media.start({ audio: true, video: true });
    expect(t.media.microphoneOn).toBe(true);
    expect(t.media.camera.value).toMatchObject({ state: "fault", fault: "missing" });
  });

  it("refused, does not ask twice more; asked again after the permission, works", async () => {
    const t = machine({ audio: "NotAllowedError", video: "NotAllowedError" });
    await t.media.start({ audio: true, video: true });
    expect(t.asked).toHaveLength(1);
    expect(t.media.camera.value.fault).toBe("denied");
    expect(t.media.microphone.value.fault).toBe("denied");
    t.devices.faults.audio = t.devices.faults.video = "";
    await t.media.start({ audio: true, video: true });
    expect(t.media.cameraOn && t.media.microphoneOn).toBe(true);
  });

  it("on an insecure address names that, and asks nobody", async () => {
    Object.defineProperty(globalThis, "isSecureContext", { value: false, configurable: true });
    const t = machine();
    await t.media.start({ audio: true, video: true });
    expect(t.media.camera.value.fault).toBe("insecure");
    expect(t.asked).toHaveLength(0);
  });

  it("takes another camera when the remembered one is gone", async () => {
    remember({ cameraId: "gone" });
    const t = machine();
    await t.media.start({ audio: true, video: true });
    expect(t.media.cameraOn).toBe(true);
  });
});

describe("switching", () => {
  it("mutes the microphone but keeps it, and lets the camera go", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: true });
    await t.media.setMicrophone(false);
    await t.media.setCamera(false);
    const [audio, video] = t.tracks;
    expect(audio).toMatchObject({ enabled: false, stopped: false });
    expect(video?.stopped).toBe(true);
    expect(t.media.videoTrack.value).toBeNull();
    expect(recall()).toMatchObject({ microphoneOn: false, cameraOn: false });
    await t.media.setCamera(true);
    expect(t.media.cameraOn).toBe(true);
  });

  it("to another microphone does not change mute", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: true });
    await t.media.setMicrophone(false);
    await t.media.choose("microphone", "other");
    expect(t.media.microphone.value.state).toBe("off");
    expect(t.media.audioTrack.value?.enabled).toBe(false);
    expect(t.tracks[0]?.stopped).toBe(true);
  });

  it("off again before the camera came leaves it off", async () => {
    const t = machine();
    const on = t.media.setCamera(true);
    await t.media.setCamera(false);
    await on;
    expect(t.media.camera.value.state).toBe("off");
    expect(t.tracks.every((track) => track.stopped)).toBe(true);
  });
});

describe("devices that come and go", () => {
  it("one pulled out is replaced by another", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: true });
    const first = t.media.audioTrack.value as unknown as FakeTrack;
    first.onended?.();
    await settle();
    expect(t.media.microphoneOn).toBe(true);
    expect(t.media.audioTrack.value).not.toBe(first);
  });

  it("one plugged in where none was is taken", async () => {
    const t = machine({ video: "NotFoundError" });
    await t.media.start({ audio: true, video: true });
    t.devices.faults.video = "";
    t.change();
    await settle();
    expect(t.media.cameraOn).toBe(true);
  });

  it("plugged in again, a muted one comes back muted", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: false });
    await t.media.setMicrophone(false);
    t.devices.faults.audio = "NotFoundError";
    (t.media.audioTrack.value as unknown as FakeTrack).onended?.();
    await settle();
    expect(t.media.microphone.value.fault).toBe("missing");
    t.devices.faults.audio = "";
    t.change();
    await settle();
    expect(t.media.microphone.value.state).toBe("off");
    expect(t.media.audioTrack.value?.enabled).toBe(false);
  });

  it("says which one took over", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: false });
    (t.media.audioTrack.value as unknown as FakeTrack).onended?.();
    await settle();
    expect(t.media.replaced.value).toMatchObject({ kind: "audio" });
  });

  it("goes back to the headset that was chosen", async () => {
    remember({ microphoneId: "headset" });
    const t = machine();
    await t.media.start({ audio: true, video: false });
    (t.media.audioTrack.value as unknown as FakeTrack).settings = { deviceId: "built in" };
    const before = t.asked.length;
    t.devices.list.push({ kind: "audioinput", deviceId: "headset", label: "Headset" });
    t.change();
    await settle();
    expect(t.asked.slice(before)).toMatchObject([{ audio: { deviceId: { exact: "headset" } } }]);
  });

  it("taken away by the browser's settings, is named as refused and not asked for in a loop", async () => {
    const t = machine();
    await t.media.start({ audio: false, video: true });
    t.devices.faults.video = "NotAllowedError";
    (t.media.camera.value.track as unknown as FakeTrack).onended?.();
    await settle();
    expect(t.media.camera.value).toMatchObject({ state: "fault", fault: "denied" });
    expect(t.asked).toHaveLength(2);
  });
});

describe("a phone", () => {
  it("lets one camera go before it takes the other", async () => {
    const t = machine();
    await t.media.start({ audio: false, video: true });
    const front = t.media.camera.value.track as unknown as FakeTrack;
    t.media.facing.value = "user";
    t.devices.list.push({ kind: "videoinput", deviceId: "back", label: "Back" });
    await t.media.refreshDevices();
    expect(t.media.canFlip).toBe(true);
    const flipped = t.media.flip();
    expect(front.stopped).toBe(true);
    await flipped;
    expect(t.asked.at(-1)).toMatchObject({ video: { facingMode: "environment" } });
    expect(t.media.cameraOn).toBe(true);
  });
});

describe("push to talk", () => {
  it("is heard and muted again, and nothing of it is remembered", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: false });
    await t.media.setMicrophone(false);
    t.media.talk(true);
    expect(t.media.microphoneOn).toBe(true);
    expect(recall().microphoneOn).toBe(false);
    t.media.talk(false);
    expect(t.media.microphone.value.state).toBe("off");
  });
});

describe("away for a moment", () => {
  it("is silent and unseen, and comes back as before", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: true });
    await t.media.setMicrophone(false);
    await t.media.setAway(true);
    expect([t.media.away.value, t.media.cameraOn, t.media.microphoneOn]).toEqual([true, false, false]);
    expect(recall()).toMatchObject({ cameraOn: true, microphoneOn: false });
    await t.media.setAway(false);
    expect([t.media.away.value, t.media.cameraOn, t.media.microphoneOn]).toEqual([false, true, false]);
  });
  it("is over when one switches something on", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: true });
    await t.media.setAway(true);
    await t.media.setMicrophone(true);
    expect([t.media.away.value, t.media.cameraOn, t.media.microphoneOn]).toEqual([false, false, true]);
  });
});

describe("the screen", () => {
  it("goes out beside the camera until it is stopped, by us or by the browser", async () => {
    const t = machine();
    await t.media.start({ audio: true, video: true });
    const camera = t.media.videoTrack.value;
    expect(await t.media.share()).toBe(true);
    expect(t.media.screen.value).toMatchObject({ id: "screen", contentHint: "detail" });
    expect(t.media.videoTrack.value).toBe(camera);
    (t.media.screen.value as unknown as FakeTrack).onended?.();
    expect(t.media.screen.value).toBeNull();
    expect(t.media.videoTrack.value).toBe(camera);
  });
});

it("closed lets everything go, even what comes late", async () => {
  const t = machine();
  const starting = t.media.start({ audio: true, video: true });
  t.media.close();
  await starting;
  expect(t.tracks.every((track) => track.stopped)).toBe(true);
  expect(t.media.camera.value.state).toBe("off");
});

it.each([
  ["NotAllowedError", "", "denied"],
  ["NotAllowedError", "Permission denied by system", "denied-by-system"],
  ["NotFoundError", "", "missing"],
  ["NotReadableError", "", "busy"],
  ["AbortError", "", "busy"],
  ["TypeError", "", "failed"],
])("%s %s is %s", (name, message, fault) => {
  expect(faultOf(refuse(name, message))).toBe(fault);
});

it.each([
  [
    [
      { errorCode: 701, url: "turn:a" },
      { errorCode: 401, url: "turn:b" },
    ],
    false,
    "refused",
  ],
  [[{ errorCode: 486, url: "turn:a" }], false, "full"],
  [[{ errorCode: 701, url: "turn:a" }], false, "unreachable"],
  [[], false, "unreachable"],
  [[{ errorCode: 701, url: "turn:a" }], true, "blocked"],
])("names the relay's failure %#", (failures, answered, reason) => {
  expect(faultOfFailures(failures, answered).reason).toBe(reason);
});

it.each([
  ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36", "chrome"],
  [
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
    "chrome-android",
  ],
  ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "edge"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox"],
  ["Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15", "safari"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
    "safari-ios",
  ],
])("knows %s", (agent, browser) => {
  expect(browserOf(agent)).toBe(browser);
});

it("remembers, forgets after two weeks, and survives rubbish in the storage", () => {
  remember({ passedAt: 1_000, cameraId: "c" });
  expect(recall()).toMatchObject({ passedAt: 1_000, cameraId: "c", shortcuts: true });
  expect(hasPassed(recall(), 1_000 + 13 * 86_400_000)).toBe(true);
  expect(hasPassed(recall(), 1_000 + 15 * 86_400_000)).toBe(false);
  localStorage.setItem("parlor.devices", "{rubbish");
  expect(recall()).toMatchObject({ cameraId: "", cameraOn: true });
});

it("hears silence as nothing and a shout as all", () => {
  expect(loudness(new Float32Array(64))).toBe(0);
  expect(loudness(new Float32Array(64).fill(0.9))).toBe(1);
  expect(loudness(new Float32Array(64).fill(0.03))).toBeCloseTo(0.59, 1);
});
