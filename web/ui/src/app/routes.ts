/** Every page of the app, one line each. Loaded when asked for, so the join page stays small. */
import type { Route } from "./router";

export const routes: readonly Route[] = [
  { pattern: "/", access: "anyone", frame: "app", page: () => import("../pages/HomePage") },
  { pattern: "/login", access: "stranger", frame: "plain", page: () => import("../pages/LoginPage") },
  { pattern: "/signup", access: "stranger", frame: "plain", page: () => import("../pages/SignupPage") },
  { pattern: "/verify/:token", access: "anyone", frame: "plain", page: () => import("../pages/VerifyPage") },
  { pattern: "/reset", access: "anyone", frame: "plain", page: () => import("../pages/ResetRequestPage") },
  { pattern: "/reset/:token", access: "anyone", frame: "plain", page: () => import("../pages/ResetPage") },
  { pattern: "/setup/:token", access: "anyone", frame: "plain", page: () => import("../pages/SetupPage") },
  { pattern: "/meetings/new", access: "member", frame: "app", page: () => import("../pages/NewMeetingPage") },
  { pattern: "/meetings/:id", access: "member", frame: "app", page: () => import("../pages/MeetingPage") },
  { pattern: "/account", access: "member", frame: "app", page: () => import("../pages/AccountPage") },
  { pattern: "/admin/hosts", access: "admin", frame: "app", page: () => import("../pages/AdminHostsPage") },
  { pattern: "/admin/live", access: "admin", frame: "app", page: () => import("../admin/LivePage") },
  { pattern: "/wallet/buy", access: "member", frame: "app", page: () => import("../topup/BuyPage") },
  { pattern: "/wallet/pay", access: "member", frame: "plain", page: () => import("../topup/PayPage") },
  { pattern: "/wallet/paid", access: "member", frame: "app", page: () => import("../topup/PaidPage") },
  { pattern: "/wallet/demo/:id", access: "member", frame: "plain", page: () => import("../topup/DemoPage") },
  { pattern: "/admin/payments", access: "admin", frame: "app", page: () => import("../topup/AdminPaymentsPage") },
  { pattern: "/j/:token", access: "anyone", frame: "plain", page: () => import("../pages/JoinPage") },
  { pattern: "/check", access: "anyone", frame: "plain", page: () => import("../devices/CheckPage") },
  { pattern: "/calls", access: "member", frame: "app", page: () => import("../paid/CallsPage") },
  { pattern: "/call/:callId", access: "member", frame: "bare", page: () => import("../paid/PaidCallPage") },
  { pattern: "/video-call/:meetingId", access: "anyone", frame: "bare", page: () => import("../call/CallPage") },
];
