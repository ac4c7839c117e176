/**
 * The call in a small window above everything else. Where documents can have one it brings the
 * controls along; elsewhere it is the other person's picture with what the browser puts on it.
 */
import { signal } from "@preact/signals";
import { render } from "preact";
import { toast } from "../components";
import type { InCall } from "./panels";
import { PipView } from "./PipView";
import { ts } from "./stage-words";

interface DocumentPip {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
  window: Window | null;
}

/** A small window stands open. */
export const pipOpen = signal(false);

const documentPip = (): DocumentPip | undefined =>
  (globalThis as { documentPictureInPicture?: DocumentPip }).documentPictureInPicture;

export const canPip = (): boolean => documentPip() !== undefined || document.pictureInPictureEnabled === true;

export async function togglePip(inCall: InCall): Promise<void> {
  if (pipOpen.peek()) return closePip();
  try {
    const pip = documentPip();
    if (pip === undefined) await openVideo();
    else await openDocument(pip, inCall);
  } catch {
    toast(ts("pip.failed"));
  }
}

export function closePip(): void {
  documentPip()?.window?.close();
  if (document.pictureInPictureElement) void document.exitPictureInPicture().catch(() => {});
  pipOpen.value = false;
}

async function openDocument(pip: DocumentPip, inCall: InCall): Promise<void> {
  const small = await pip.requestWindow({ width: 380, height: 280 });
  const { document: page } = small;
  page.title = ts("pip.title");
  page.documentElement.lang = document.documentElement.lang;
  page.documentElement.dir = document.documentElement.dir;
  // The same files: the content security policy allows no style that is not one.
  for (const sheet of document.querySelectorAll('link[rel="stylesheet"], style')) page.head.append(sheet.cloneNode(true));
  const root = page.createElement("div");
  root.className = "pip";
  page.body.append(root);
  render(<PipView inCall={inCall} />, root);
  pipOpen.value = true;
  small.addEventListener("pagehide", () => {
    render(null, root);
    pipOpen.value = false;
  });
}

async function openVideo(): Promise<void> {
  const videos = [...document.querySelectorAll<HTMLVideoElement>(".tiles .tile:not(.tile-self) video")];
  const video = videos.find((one) => one.videoWidth > 0);
  if (video === undefined) throw new Error("no picture");
  await video.requestPictureInPicture();
  pipOpen.value = true;
  video.addEventListener("leavepictureinpicture", () => void (pipOpen.value = false), { once: true });
}
