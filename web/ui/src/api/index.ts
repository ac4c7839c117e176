/**
 * The one place that ties requests to the browser: `request` for REST, `session` for who is here.
 * The call's socket asks `accessToken()` for what it says hello with.
 */
import { named } from "../i18n/erased";
import { createClient, type Request } from "./client";
import { SessionKeeper } from "./session";

/** Where each tab notes that there is a login to take up. Not a secret, and not one itself. */
const MEMBER_KEY = "parlor.member";
const GUEST_KEY = "parlor.guest";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const session = new SessionKeeper({
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  alone: oneTabAtATime,
  remember(kind) {
    // A guest is one in this tab only: another tab may hold an account.
    if (kind === "guest") return sessionStorage.setItem(GUEST_KEY, "1");
    if (kind === "member") localStorage.setItem(MEMBER_KEY, "1");
    else if (sessionStorage.getItem(GUEST_KEY) === null) localStorage.removeItem(MEMBER_KEY);
    sessionStorage.removeItem(GUEST_KEY);
  },
  remembered() {
    if (sessionStorage.getItem(GUEST_KEY) !== null) return "guest";
    return localStorage.getItem(MEMBER_KEY) !== null ? "member" : null;
  },
  wait,
});

export const request: Request = createClient({
  fetch: (input, init) => fetch(input, init),
  tokens: session,
  read: named,
  wait,
  random: () => Math.random(),
});

/** Log in and log out hold for all tabs: the browser tells the others when the note changes. */
export function followOtherTabs(): void {
  window.addEventListener("storage", (event) => {
    if (event.key !== MEMBER_KEY) return;
    const { kind } = session.identity.value;
    if (event.newValue === null && kind === "member") session.becomeStranger();
    if (event.newValue !== null && kind === "stranger") void session.restore();
  });
}

/** Without waiting and without renewing: for the last moment of a page. */
export const presentToken = (): string | null => session.present();
/** A good access token for the socket, renewed when needed; null for a stranger. */
export const accessToken = (): Promise<string | null> => session.token();

/** After the socket was told `token_expired` or closed with 4031: the next one, or null. */
export const renewAccessToken = (refused: string): Promise<string | null> => session.renew(refused);

/** After a word that the login is over: asks for a new token, and who gets none is a stranger at once. */
export async function confirmLogin(): Promise<void> {
  const token = session.present();
  if (token !== null) await session.renew(token).catch(() => null);
}

async function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  if (!("locks" in navigator)) return work();
  return navigator.locks.request("parlor-refresh", work) as Promise<T>;
}

export { ApiError } from "./error";
export { commandKey } from "./key";
export type * from "./types";
