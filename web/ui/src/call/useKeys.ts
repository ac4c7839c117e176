/** Listens for the shortcuts of the call, those that hooked in included, and for F6. */
import { useEffect, useRef } from "preact/hooks";
import { type InCall, panels, togglePanel, tools } from "./panels";
import { actionOf, Talk } from "./shortcuts";

export interface KeyHandlers {
  share: () => void;
}

export function useKeys(inCall: InCall, handlers: KeyHandlers): void {
  const latest = useRef({ inCall, handlers });
  latest.current = { inCall, handlers };
  const { media } = inCall;
  useEffect(() => {
    const talk = new Talk((on) => media.talk(on));
    const off = () => !media.choice.peek().shortcuts || document.querySelector("dialog[open]") !== null;
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "F6") return nextRegion(event);
      const action = off() ? undefined : actionOf(event);
      if (action === undefined) return;
      if (action.kind === "talk") {
        event.preventDefault(); // the page must not scroll
        talk.press(media.microphone.peek().state === "off" && media.microphone.peek().track !== null);
      } else if (run(action.letter, latest.current.inCall, latest.current.handlers)) event.preventDefault();
    };
    const released = (event: KeyboardEvent) => event.key === " " && talk.release();
    const lost = () => talk.release();
    document.addEventListener("keydown", pressed);
    document.addEventListener("keyup", released);
    window.addEventListener("blur", lost);
    return () => {
      talk.release();
      document.removeEventListener("keydown", pressed);
      document.removeEventListener("keyup", released);
      window.removeEventListener("blur", lost);
    };
  }, [media]);
}

function run(letter: string, inCall: InCall, { share }: KeyHandlers): boolean {
  const { media } = inCall;
  if (letter === "m") void media.setMicrophone(!media.microphoneOn);
  else if (letter === "v") void media.setCamera(!media.cameraOn);
  else if (letter === "s" && media.canShare) share();
  else {
    const tool = tools.find(({ shortcut }) => shortcut?.key === letter);
    const panel = panels.find(({ shortcut }) => shortcut?.key === letter);
    if (tool?.shortcut) tool.shortcut.run(inCall);
    else if (panel && (panel.offered?.(inCall) ?? true)) togglePanel(panel.id);
    else return false;
  }
  return true;
}

const REGIONS = ".call-header, .knocks, .stage, .panel, .toolbar";
const FOCUSABLE = "button:not(:disabled), a[href], input, select, textarea, [tabindex]";

/** From one part of the page to the next, as F6 does in programs. */
function nextRegion(event: KeyboardEvent): void {
  const regions = [...document.querySelectorAll<HTMLElement>(REGIONS)].filter((region) => region.querySelector(FOCUSABLE));
  if (regions.length === 0) return;
  event.preventDefault();
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + (event.shiftKey ? -1 : 1) + regions.length) % regions.length];
  next?.querySelector<HTMLElement>(FOCUSABLE)?.focus();
}
