/**
 * Everybody's pictures. They are laid out by `layout.ts` and stay on the page whatever changes, so
 * that no voice is cut; only their places do.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button, ScreenIcon } from "../components";
import type { OwnVoice } from "../devices/own-voice";
import { arrange, type Size } from "./layout";
import type { InCall } from "./panels";
import { SelfTile, SelfView } from "./SelfView";
import { type Heard, Speakers } from "./speaker";
import { taste } from "./stage-memory";
import { ts } from "./stage-words";
import { ScreenTile, screenOf, Tile } from "./Tile";
import { t } from "./words";

const GAP_PX = 8;
const LISTEN_EVERY_MS = 200;
const SELF = "self";
const OWN_SCREEN = "own-screen";

export function Tiles({ inCall, voice }: { inCall: InCall; voice: OwnVoice }) {
  const { call, media } = inCall;
  const [frame, stage] = useSize();
  const [picked, setPicked] = useState<string | undefined>(undefined);
  const remotes = call.remotes.value;
  const many = remotes.length > 1;
  const { speaking } = useSpeakers(inCall, voice, many);
  const shown = !taste.value.selfHidden;
  const screen = remotes.find((remote) => screenOf(remote) !== null);
  const instead = remotes.find((remote) => remote.media.screen);
  const ownScreen = media.screen.value !== null;
  // What somebody shows is why they show it; one's own pick comes second.
  const large =
    screen !== undefined
      ? screenId(screen.peerId)
      : (instead?.peerId ?? (picked !== undefined && many && remotes.some((it) => it.peerId === picked) ? picked : undefined));
  const presented = large !== undefined && (many || screen !== undefined);
  const inGrid = shown && remotes.length > 0 && (many || presented);
  const cameras = [...remotes.map((remote) => remote.peerId), ...(inGrid ? [SELF] : [])];
  const places = useMemo(
    () => arrange({ stage, cameras, large: presented ? large : undefined, gap: GAP_PX }),
    [stage.width, stage.height, cameras.join(), large, presented],
  );
  const onVideo = (video: HTMLVideoElement | null) => {
    voice.framesShown = video === null ? undefined : () => framesOf(video);
  };
  return (
    <>
      <div class="tiles" ref={frame}>
        {remotes.map((remote) => (
          <Tile
            key={remote.peerId}
            inCall={inCall}
            remote={remote}
            at={places.get(remote.peerId)}
            speaking={many && speaking.has(remote.peerId)}
            large={large === remote.peerId}
            onLarge={
              many && screen === undefined && instead === undefined
                ? () => setPicked(picked === remote.peerId ? undefined : remote.peerId)
                : undefined
            }
          />
        ))}
        {screen && <ScreenTile key={screenId(screen.peerId)} remote={screen} at={places.get(screenId(screen.peerId))} />}
        {inGrid && (
          <SelfTile key={SELF} inCall={inCall} at={places.get(SELF)} speaking={many && speaking.has(SELF)} onVideo={onVideo} />
        )}
      </div>
      {shown && !inGrid && <SelfView inCall={inCall} onVideo={onVideo} />}
      {ownScreen && (
        <div class="sharing-note" key={OWN_SCREEN}>
          <span>
            <ScreenIcon size={18} />
            {t("call.youShare")}
          </span>
          <Button onClick={() => media.stopSharing()}>{t("call.stopSharing")}</Button>
        </div>
      )}
      {media.away.value && (
        <div class="away-note">
          <p>{ts("away.you.body")}</p>
          <Button kind="primary" onClick={() => void media.setAway(false)}>
            {ts("away.back")}
          </Button>
        </div>
      )}
    </>
  );
}

const screenId = (peerId: string): string => `${peerId} screen`;

function framesOf(video: HTMLVideoElement): number | undefined {
  return video.paused ? undefined : video.getVideoPlaybackQuality?.().totalVideoFrames;
}

function useSize() {
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, size] as const;
}

const NOBODY: Heard = { speaking: new Set(), speaker: undefined };

/** Who speaks; with one other person nobody needs to be told. */
function useSpeakers({ call }: InCall, voice: OwnVoice, running: boolean): Heard {
  const [heard, setHeard] = useState<Heard>(NOBODY);
  useEffect(() => {
    if (!running) return setHeard(NOBODY);
    const speakers = new Speakers();
    const timer = setInterval(() => {
      const levels = call.line.levels().set(SELF, voice.heard);
      const now = speakers.hear(levels, performance.now());
      setHeard((before) => (same(before, now) ? before : now));
    }, LISTEN_EVERY_MS);
    return () => clearInterval(timer);
  }, [running, call, voice]);
  return heard;
}

const same = (a: Heard, b: Heard): boolean =>
  a.speaker === b.speaker && a.speaking.size === b.speaking.size && [...a.speaking].every((id) => b.speaking.has(id));
