/**
 * Logging out: gone here whatever the server says, and on to the start page. Nobody who sits down next
 * is shown what is another's: this browser takes no notifications any more.
 */
import { request, session } from "../api";
import { navigate } from "./router";

export async function leave(): Promise<void> {
  await quiet().catch(() => undefined);
  await request("/api/auth/logout", { method: "POST" }).catch(() => undefined);
  session.becomeStranger();
  navigate("/");
}

async function quiet(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration();
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
}
