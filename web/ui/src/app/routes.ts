/**
 * Every page of the app, one line each. Loaded when asked for, so the join page stays small. The
 * server reads this table too (`web/src/assets.rs`): whatever is not in it is answered as missing.
 */
import type { Route } from "./router";

export const routes: readonly Route[] = [
  { pattern: "/", access: "anyone", frame: "app", page: () => import("../pages/HomePage") },
  { pattern: "/login", access: "stranger", frame: "plain", page: () => import("../pages/LoginPage") },
  { pattern: "/signup", access: "stranger", frame: "plain", page: () => import("../pages/SignupPage") },
  { pattern: "/verify/:token", access: "anyone", frame: "plain", page: () => import("../pages/VerifyPage") },
  { pattern: "/reset", access: "anyone", frame: "plain", page: () => import("../pages/ResetRequestPage") },
  { pattern: "/reset/:token", access: "anyone", frame: "plain", page: () => import("../pages/ResetPage") },
  { pattern: "/setup/:token", access: "anyone", frame: "plain", page: () => import("../pages/SetupPage") },
  { pattern: "/meetings/new", access: "member", frame: "app", page: () => import("../meetings/NewMeetingPage") },
  { pattern: "/meetings/:id", access: "member", frame: "app", page: () => import("../meetings/MeetingPage") },
  { pattern: "/hosts", access: "member", frame: "app", page: () => import("../hosts/HostsPage") },
  { pattern: "/hosts/:id", access: "member", frame: "app", page: () => import("../hosts/HostPage") },
  { pattern: "/calendar", access: "member", frame: "app", page: () => import("../agenda/CalendarPage") },
  { pattern: "/services", access: "member", frame: "app", page: () => import("../agenda/ServicesPage") },
  { pattern: "/services/:id", access: "member", frame: "app", page: () => import("../agenda/ServicePage") },
  { pattern: "/availability", access: "member", frame: "app", page: () => import("../agenda/AvailabilityPage") },
  { pattern: "/account/host", access: "member", frame: "app", page: () => import("../hosts/ProfilePage") },
  { pattern: "/account", access: "member", frame: "app", page: () => import("../pages/AccountPage") },
  { pattern: "/admin/hosts", access: "admin", frame: "app", page: () => import("../pages/AdminHostsPage") },
  { pattern: "/admin/reviews", access: "admin", frame: "app", page: () => import("../pages/AdminReviewsPage") },
  { pattern: "/admin/live", access: "admin", frame: "app", page: () => import("../admin/LivePage") },
  { pattern: "/admin/mail", access: "admin", frame: "app", page: () => import("../post/MailPage") },
  { pattern: "/reminders/:token", access: "anyone", frame: "plain", page: () => import("../pages/RemindersPage") },
  { pattern: "/wallet/buy", access: "member", frame: "app", page: () => import("../topup/BuyPage") },
  { pattern: "/wallet/pay", access: "member", frame: "plain", page: () => import("../topup/PayPage") },
  { pattern: "/wallet/paid", access: "member", frame: "app", page: () => import("../topup/PaidPage") },
  { pattern: "/wallet/demo/:id", access: "member", frame: "plain", page: () => import("../topup/DemoPage") },
  { pattern: "/admin/payments", access: "admin", frame: "app", page: () => import("../topup/AdminPaymentsPage") },
  { pattern: "/admin/books", access: "admin", frame: "app", page: () => import("../money/BooksPage") },
  { pattern: "/wallet", access: "member", frame: "app", page: () => import("../money/WalletPage") },
  { pattern: "/wallet/calls/:callId", access: "member", frame: "app", page: () => import("../money/ReceiptPage") },
  { pattern: "/earnings", access: "member", frame: "app", page: () => import("../money/EarningsPage") },
  { pattern: "/j/:token", access: "anyone", frame: "plain", page: () => import("../pages/JoinPage") },
  { pattern: "/check", access: "anyone", frame: "plain", page: () => import("../devices/CheckPage") },
  { pattern: "/calls", access: "member", frame: "app", page: () => import("../paid/CallsPage") },
  { pattern: "/call/:callId", access: "member", frame: "bare", page: () => import("../paid/PaidCallPage") },
  { pattern: "/video-call/:meetingId", access: "anyone", frame: "bare", page: () => import("../call/CallPage") },
];
