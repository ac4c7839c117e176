/**
 * One <video> of a call. Plays what it is given, through the chosen speaker; where the browser does
 * not let it sound before a touch, it shows the picture and says so.
 */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** The browser holds some sound back until somebody touches the page. */
export const soundBlocked = signal(false);
/** Counts the touches that allowed it. */
const allowed = signal(0);

export function allowSound(): void {
  soundBlocked.value = false;
  allowed.value += 1;
}

type Player = HTMLVideoElement & { setSinkId?: (id: string) => Promise<void> };

export interface PictureProps {
  label: string;
  picture: MediaStreamTrack | null;
  voice?: MediaStreamTrack | null;
  speakerId?: string;
  mirrored?: boolean;
  onVideo?: (video: HTMLVideoElement | null) => void;
}

export function Picture({ label, picture, voice = null, speakerId = "", mirrored = false, onVideo }: PictureProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const tracks = [voice, picture].filter((track) => track !== null);
    element.srcObject = tracks.length === 0 ? null : new MediaStream(tracks);
    if (tracks.length > 0) void play(element);
  }, [voice, picture]);
  useEffect(() => {
    if (video.current && voice !== null && allowed.value > 0) {
      video.current.muted = false;
      void play(video.current);
    }
  }, [allowed.value]);
  useEffect(() => {
    const element = video.current as Player | null;
    if (voice !== null && speakerId !== "") void element?.setSinkId?.(speakerId).catch(() => {});
  }, [speakerId, voice]);
  useEffect(() => {
    onVideo?.(video.current);
    return () => onVideo?.(null);
  }, []);
  return (
    <video
      ref={video}
      class={mirrored ? "mirrored" : undefined}
      autoPlay
      playsInline
      muted={voice === null}
      aria-label={label}
    />
  );
}

async function play(element: HTMLVideoElement): Promise<void> {
  try {
    await element.play();
  } catch (error) {
    if ((error as Error).name !== "NotAllowedError") return; // replaced by the next picture
    element.muted = true;
    soundBlocked.value = true;
    await element.play().catch(() => {});
  }
}
