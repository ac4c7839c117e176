/** Logging out: gone here whatever the server says, and on to the start page. */
import { request, session } from "../api";
import { navigate } from "./router";

export async function leave(): Promise<void> {
  await request("/api/auth/logout", { method: "POST" }).catch(() => undefined);
  session.becomeStranger();
  navigate("/");
}
