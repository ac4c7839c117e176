/**
 * The app as an app of the device: the service worker behind it, and the browser's offer to
 * install it, kept until somebody asks for it.
 */
import { signal } from "@preact/signals";

/** Chromium's event; other browsers install from their own menus. */
interface InstallOffer extends Event {
  prompt(): Promise<{ outcome: "accepted" | "dismissed" }>;
}

const offer = signal<InstallOffer | null>(null);

/** How this browser can install the app: at once, from the share menu (iOS), or it cannot, or has. */
export function installable(): "now" | "by-hand" | "no" {
  if (offer.value) return "now";
  const standalone = matchMedia("(display-mode: standalone)").matches;
  return !standalone && /iP(hone|ad|od)/.test(navigator.userAgent) ? "by-hand" : "no";
}

/** Shows the browser's own question. An offer serves once. */
export async function install(): Promise<void> {
  const asked = offer.value;
  offer.value = null;
  await asked?.prompt();
}

export function prepareToInstall(): void {
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer.value = event as InstallOffer;
  });
  window.addEventListener("appinstalled", () => (offer.value = null));
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Last of all: the page on a weak line goes first. Without a worker everything works but offline words.
  window.addEventListener("load", () => void navigator.serviceWorker.register("/sw.js").catch(() => undefined));
}
