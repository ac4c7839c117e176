/** What the REST interface sends and takes. Times are epoch milliseconds, ids are strings. */
export type Role = "client" | "host" | "admin";
export type HostStatus = "none" | "pending" | "approved" | "rejected" | "suspended";

export interface Me {
  userId: string;
  name: string;
  email: string;
  role: Role;
  hostStatus: HostStatus;
  language: string;
  timeZone: string;
  phone?: string | null;
  gender?: string | null;
  createdAt: number;
  emailVerified: boolean;
}

/** A fresh login: the access token stays in memory, its refresh token in a cookie. */
export interface Session {
  accessToken: string;
  expiresAt: number;
  user: Me;
}

export interface Login {
  loginId: string;
  deviceName: string;
  createdAt: number;
  lastSeenAt: number;
  current: boolean;
}

export type JoinState = "open" | "too_early" | "too_late" | "unpaid" | "over";

export interface Joinable {
  state: JoinState;
  opensAt: number;
  closesAt: number;
}

export type MeetingStatus = string;

export interface Meeting {
  meetingId: string;
  subject: string;
  description?: string | null;
  scheduledAt: number;
  durationMinutes: number;
  status: MeetingStatus;
  mentorId: string;
  learnerId?: string | null;
  host: { id: string; name: string };
  client: { id?: string | null; name: string; email?: string | null };
  roomId: string;
  meetingLink: string;
  /** Only for the host: the personal link of the person invited. */
  meetingLinks?: string[] | string | null;
  version: number;
  joinable: Joinable;
  createdAt: number;
  updatedAt: number;
  callSeconds?: number | null;
}

export interface NewMeeting {
  subject: string;
  description?: string;
  scheduledAt: number;
  durationMinutes: number;
  clientEmail: string;
  clientName?: string;
  lobby?: boolean;
}

export interface JoinPreview {
  subject: string;
  hostName: string;
  inviteeName?: string | null;
  scheduledAt: number;
  durationMinutes: number;
  joinable: Joinable;
}

/** What a join link gives: an identity for one room. */
export interface GuestSession {
  accessToken: string;
  expiresAt: number;
  roomId: string;
  meetingId: string;
  user: { userId: string; name: string; role: "guest" };
}
