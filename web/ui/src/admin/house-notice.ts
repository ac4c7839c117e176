/**
 * Keeps what the operator tells everybody true on pages that stay open. The document that the server
 * sends has it already, so this comes late and nobody waits for it.
 */
import { effect } from "@preact/signals";
import { request } from "../api";
import { place } from "../app/router";
import type { components } from "../generated/rest";

const AGAIN_MS = 60_000;
const CLASS = "house-notice";

let asked = 0;

/** Asks, and shows or takes away. */
export async function showNotice(): Promise<void> {
  asked = Date.now();
  const it = await request<components["schemas"]["MaintenanceBody"]>("/api/notice", { auth: "none" }).catch(() => null);
  const app = document.getElementById("app");
  if (it === null || app === null) return;
  const shown = document.querySelector(`body > .${CLASS}`);
  if (!it.message) {
    shown?.remove();
    return;
  }
  const line = shown ?? document.createElement("p");
  if (line.textContent !== it.message) line.textContent = it.message;
  if (shown) return;
  line.className = CLASS;
  line.setAttribute("role", "status");
  line.setAttribute("dir", "auto");
  app.before(line);
}

/** Asks again when somebody goes to another page or comes back to this one, at most once a minute. */
export function followNotice(): () => void {
  asked = Date.now(); // the document just said it
  const look = () => {
    if (document.visibilityState === "visible" && Date.now() - asked >= AGAIN_MS) void showNotice();
  };
  document.addEventListener("visibilitychange", look);
  const timer = setInterval(look, AGAIN_MS);
  const end = effect(() => {
    void place.value;
    look();
  });
  return () => {
    document.removeEventListener("visibilitychange", look);
    clearInterval(timer);
    end();
  };
}
