/**
 * Our own picture, mute, and mirrored because that is how people know themselves; the others see it
 * the right way round. With one other person it floats in a corner: dragged by pointer or moved by
 * arrow keys, and the corner is remembered. With more it is a tile among the others.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, CameraOffIcon, CrossIcon, CupIcon, FlipIcon, MicOffIcon } from "../components";
import { type Corner, cornerByKey, nearestCorner } from "./corner";
import type { Rect } from "./layout";
import type { InCall } from "./panels";
import { Picture } from "./Picture";
import { changeTaste, taste } from "./stage-memory";
import { ts } from "./stage-words";
import { Frame } from "./Tile";
import { t } from "./words";

interface SelfProps {
  inCall: InCall;
  onVideo: (video: HTMLVideoElement | null) => void;
}

export function SelfTile({ inCall, at, speaking, onVideo }: SelfProps & { at: Rect | undefined; speaking: boolean }) {
  return (
    <Frame at={at} classes={["tile-self", speaking ? "tile-speaking" : ""]}>
      <Inside inCall={inCall} onVideo={onVideo} />
    </Frame>
  );
}

export function SelfView({ inCall, onVideo }: SelfProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { dragging, handlers } = useDrag(frame);
  const { corner } = taste.value;
  const moved = (event: KeyboardEvent) => {
    if (event.target !== frame.current) return;
    const to = cornerByKey(corner, event.key, isRtl());
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    changeTaste({ corner: to });
  };
  return (
    <div
      ref={frame}
      class={`self-view self-view-${corner}${dragging ? " self-view-dragged" : ""}`}
      tabIndex={0}
      role="group"
      aria-label={ts("self.move")}
      onKeyDown={moved}
      {...handlers}
    >
      <Inside inCall={inCall} onVideo={onVideo} />
    </div>
  );
}

function Inside({ inCall: { media }, onVideo }: SelfProps) {
  const track = media.videoTrack.value;
  const away = media.away.value;
  return (
    <>
      {track !== null && (
        <Picture label={t("call.selfView")} picture={track} mirrored={media.facing.value !== "environment"} onVideo={onVideo} />
      )}
      {track === null && (
        <div class="self-view-empty">
          {away ? <CupIcon size={24} /> : <CameraOffIcon size={24} />}
          {away && <p>{ts("away.you")}</p>}
        </div>
      )}
      <span class="tile-tools">
        {media.canFlip && track !== null && (
          <Button kind="quiet" iconOnly aria-label={ts("flip")} title={ts("flip")} onClick={() => void media.flip()}>
            <FlipIcon size={18} />
          </Button>
        )}
        <Button
          kind="quiet"
          iconOnly
          aria-label={ts("self.hide")}
          title={ts("self.hide")}
          onClick={() => changeTaste({ selfHidden: true })}
        >
          <CrossIcon size={18} />
        </Button>
      </span>
      <span class="tile-name">
        {media.microphone.value.state !== "on" && (
          <>
            <MicOffIcon size={16} />
            <span class="only-read">{t("call.muted")}</span>
          </>
        )}
        <span class="tile-name-text">{t("call.you")}</span>
      </span>
    </>
  );
}

const isRtl = (): boolean => document.documentElement.dir === "rtl";
/** A press that moves less is a press. */
const DRAG_MIN_PX = 6;

function useDrag(frame: { current: HTMLElement | null }) {
  const [dragging, setDragging] = useState(false);
  const grip = useRef<{ id: number; x: number; y: number; at: number; vx: number; vy: number; fromX: number; fromY: number } | undefined>(
    undefined,
  );
  const shift = (x: number, y: number) => frame.current?.style.setProperty("translate", x === 0 && y === 0 ? "" : `${x}px ${y}px`);
  useEffect(() => () => shift(0, 0), []);
  const drop = (corner: Corner | undefined) => {
    grip.current = undefined;
    setDragging(false);
    shift(0, 0);
    if (corner !== undefined) changeTaste({ corner });
  };
  const handlers = {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0 || (event.target as Element).closest("button")) return;
      const { clientX: x, clientY: y, timeStamp: at, pointerId: id } = event;
      grip.current = { id, x, y, at, vx: 0, vy: 0, fromX: x, fromY: y };
    },
    onPointerMove(event: PointerEvent) {
      const held = grip.current;
      if (held === undefined || event.pointerId !== held.id) return;
      const { clientX: x, clientY: y, timeStamp: at } = event;
      if (!dragging && Math.hypot(x - held.fromX, y - held.fromY) < DRAG_MIN_PX) return;
      if (!dragging) {
        frame.current?.setPointerCapture(held.id);
        setDragging(true);
      }
      const ms = Math.max(1, at - held.at);
      Object.assign(held, { x, y, at, vx: (x - held.x) / ms, vy: (y - held.y) / ms });
      shift(x - held.fromX, y - held.fromY);
    },
    onPointerUp() {
      const held = grip.current;
      const element = frame.current;
      const stage = element?.parentElement;
      if (held === undefined || !dragging || !element || !stage) return drop(undefined);
      const box = element.getBoundingClientRect();
      const around = stage.getBoundingClientRect();
      const centre = { x: box.x + box.width / 2 - around.x, y: box.y + box.height / 2 - around.y };
      drop(nearestCorner(centre, { x: held.vx, y: held.vy }, around, isRtl()));
    },
    onPointerCancel: () => drop(undefined),
  };
  return { dragging, handlers };
}
