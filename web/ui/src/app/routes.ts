/** Every page of the app, one line each. Loaded when asked for, so the join page stays small. */
import type { Route } from "./router";

export const routes: readonly Route[] = [
  { pattern: "/", access: "anyone", frame: "app", page: () => import("../pages/HomePage") },
  { pattern: "/j/:token", access: "anyone", frame: "plain", page: () => import("../pages/JoinPage") },
  { pattern: "/check", access: "anyone", frame: "plain", page: () => import("../devices/CheckPage") },
  { pattern: "/video-call/:meetingId", access: "anyone", frame: "bare", page: () => import("../call/CallPage") },
];
