// Generated from web/src/wire. Do not edit: make generate

export const SUBPROTOCOL = "rtc.v1.json";

/** The person is there, or has gone for a coffee; at most one per 30 s. */
export interface Activity {
  /** No input for a while. */
  idle: boolean;
}

/** Somebody who operates the server is about to come in, and gave a reason. Comes before they do, and to whoever joins while it lasts. */
export interface AdminEntering {
  /** What they are called. */
  name: string;
  /** Why, in their words. */
  reason: string;
  /** Which room. */
  roomId: string;
  /** When they are out again at the latest, epoch ms. */
  until: number;
}

/** Ack of `admit-participant` and `deny-participant`. */
export interface AdmissionAck {
  /** How many it concerned. */
  count: number;
}

/** A moderator lets somebody in who waits. */
export interface AdmitParticipant {
  /** Everybody who waits. */
  all?: boolean;
  /** Who; not needed with `all`. */
  peerId?: string;
  /** Which room. */
  roomId: string;
}

/** You are let in; `existing-participants` follows. */
export interface Admitted {
  /** For `RTCPeerConnection`. */
  iceServers: IceServer[];
  /** How long they are good, ms. */
  iceTtlMs: number;
  /** Your address in it. */
  peerId: string;
  /** For `RTCPeerConnection`. */
  policy: IcePolicy;
  /** What to keep to on connections through the relay; absent means `full`. See `relay-budget`. */
  relayLevel?: RelayLevel;
  /** Which room. */
  roomId: string;
}

/** Relayed to one peer of the same room. */
export interface Answer {
  /** The description. */
  answer: AnswerDescription;
  /** Which negotiation it answers. */
  negotiationId: string;
  /** Which room. */
  roomId: string;
  /** To which peer. */
  to: string;
}

/** An RTCSessionDescription of type answer. */
export interface AnswerDescription {
  /** The SDP, at most 32 KiB. */
  sdp: string;
  /** Always `"answer"`. */
  type: AnswerType;
}

/** An answer from a peer. */
export interface AnswerFrom {
  /** The description. */
  answer: AnswerDescription;
  /** From whom. */
  from: string;
  /** Which negotiation it answers. */
  negotiationId: string;
  /** Which room. */
  roomId: string;
}

/** `"answer"`, as in RTCSessionDescription. */
export type AnswerType = "answer";

/** The access token ends soon; send `auth-refresh`. */
export interface AuthExpiring {
  /** Epoch ms. */
  expiresAt: number;
}

/** A fresh access token for the living socket, same user and login. */
export interface AuthRefresh {
  /** The token. */
  token: string;
}

/** Ack of `auth-refresh`. */
export interface AuthRefreshAck {
  /** When the fresh token ends, epoch ms. */
  expiresAt: number;
}

/** How a paid call stands; everything is absolute, nothing is a difference to what was said before. Time counts only when both sides report `call-media` `connected` afterwards: send it every second while media arrives. */
export interface Billing {
  /** Which call. */
  callId: string;
  /** Charged so far, thousandths of a coin. */
  chargedMc: number;
  /** Connected time up to this instant, ms. */
  elapsedMs: number;
  /** When that will be over, epoch ms of the server; only while it runs. */
  endsAt?: number;
  /** Connected time that costs nothing, seconds. */
  freeS: number;
  /** Until when a top-up is waited for, epoch ms of the server. */
  graceUntil?: number;
  /** Without a top-up that is the end. */
  last: boolean;
  /** Where it is. */
  phase: BillingPhase;
  /** Price of a minute, thousandths of a coin. */
  ratePerMinMc: number;
  /** Connected time that the caller's coins last from now on, ms; absent when for ever. */
  remainingMs?: number;
}

/** Where a paid call is. */
export type BillingPhase = "waiting" | "running" | "paused" | "grace" | "over";

/** The host takes the call; one device wins. */
export interface CallAccept {
  /** Which. */
  callId: string;
  /** A call with pictures may be answered with the voice only, at the price of that. */
  media?: MediaKind;
}

/** Ack of `call-accept`, and `call-accepted` to the caller: join this room now. */
export interface CallAccepted {
  /** Which. */
  callId: string;
  /** Its room; `join-room` as into any other. */
  roomId: string;
}

/** The host does not take the call. */
export interface CallDecline {
  /** "Not now" rather than "no". False when absent. */
  busy?: boolean;
  /** Which. */
  callId: string;
}

/** A paid call is over and settled: its receipt is there. */
export interface CallEnded {
  /** Seconds of it that were counted, the free ones among them. */
  billedSeconds: number;
  /** Which. */
  callId: string;
  /** What the caller paid, thousandths of a coin. */
  chargedMc: number;
  /** Connected time, ms. */
  durationMs: number;
  /** What the host earned of it, thousandths of a coin; for the host only. */
  earnedMc?: number;
  /** `hangup`, `balance`, `timeout`, `media_failed`, `restart` or `admin`. */
  reason: string;
}

/** Somebody calls you. */
export interface CallIncoming {
  /** Which call; answer with `call-ringing`, then `call-accept` or `call-decline`. */
  callId: string;
  /** When it stops ringing, epoch ms. */
  expiresAt: number;
  /** With or without pictures. */
  media: MediaKind;
  /** What the caller pays for a minute, thousandths of a coin. */
  ratePerMinMc: number;
  /** Who calls. */
  userId: string;
  /** Their name. */
  userName: string;
}

/** Calls a host: rings on all their devices. Repeating it while the call rings or waits is harmless and gives the same call. */
export interface CallInvite {
  /** Whom; a user id. */
  hostId: string;
  /** With or without pictures. */
  media: MediaKind;
  /** Stand in line if the host is busy: that costs nothing. False when absent. */
  wait?: boolean;
}

/** Ack of `call-invite`: it rings, or it stands in line. */
export interface CallInviteAck {
  /** Names the call, from now to its receipt. */
  callId: string;
  /** When it stops ringing, epoch ms; absent while it stands in line. */
  expiresAt?: number;
  /** A call up to this long costs nothing, seconds. */
  freeS: number;
  /** Every further block, seconds. */
  incrementS: number;
  /** The first block that is paid, seconds. */
  initialS: number;
  /** How long the wallet lasts, seconds; absent when for ever. */
  maxSeconds?: number;
  /** The place in line, from 1; absent when it rings. */
  place?: number;
  /** Price of a minute, thousandths of a coin. */
  ratePerMinMc: number;
  /** Where it will be; the door opens when the host accepts. */
  roomId: string;
  /** How long that may take, ms; absent when nobody can say. */
  waitMs?: number;
}

/** The state of the media connection. The call begins when **two** peers report `connected`. */
export interface CallMedia {
  /** Lost packets, percent. */
  lossPct?: number;
  /** It goes through the relay. */
  relayed?: boolean;
  /** Which room. */
  roomId: string;
  /** Round trip, ms. */
  rttMs?: number;
  /** What it does. */
  state: MediaLink;
}

/** You stand in line. */
export interface CallQueued {
  /** Which. */
  callId: string;
  /** From 1. */
  place: number;
  /** How long that may take, ms; absent when nobody can say. */
  waitMs?: number;
}

/** Your call rings. */
export interface CallRings {
  /** Which. */
  callId: string;
  /** Devices of the host that said so; 0 when your turn in line has just come. */
  devices: number;
}

/** Two people are connected: the call began. */
export interface CallStarted {
  /** The call. */
  callId: string;
  /** Which room. */
  roomId: string;
  /** Epoch ms; the base of the shown duration. */
  startedAt: number;
}

/** Quality of the media connections of this peer since its last report; every 2 s to 10 s. The server adds it to the record of the call and tells the others a changed `level`. Numbers beyond what a call can have are cut. */
export interface CallStats {
  /** Sent and received together, kbit/s. */
  bitrateKbps: number;
  /** Bytes received since the last report. */
  bytesReceived?: number;
  /** Bytes sent since the last report. */
  bytesSent?: number;
  /** How often a picture stood still since the last report. */
  freezes?: number;
  /** Jitter, ms. */
  jitterMs: number;
  /** How good it is, 1 (hardly usable) to 4 (good). */
  level?: number;
  /** Lost packets, percent. */
  lossPct: number;
  /** It goes through the relay. */
  relay: boolean;
  /** Which room. */
  roomId: string;
  /** Round trip, ms. */
  rttMs: number;
  /** What carries the packets. */
  transport?: MediaTransport;
}

/** A call that is over, as one of the two sees it. */
export interface CallSummary {
  /** What it cost or earned, in thousandths of a coin. */
  coinsMc: number;
  /** Earned; otherwise it cost so much. */
  earned: boolean;
  /** `aboutId` names an appointment; otherwise a call by the minute, which has a receipt. */
  meeting: boolean;
  /** How long it was, in seconds. */
  seconds: number;
}

/** A call rings no more, or stands in line no more: `call-declined`, `call-cancelled` or `call-missed`. */
export interface CallUnanswered {
  /** Which. */
  callId: string;
  /** Why. */
  reason: UnansweredReason;
}

/** Relayed to one peer of the same room. No answer, not even on success. */
export interface Candidate {
  /** The candidate; null when there are no more. */
  candidate: IceCandidate | null;
  /** Which negotiation it belongs to. */
  negotiationId: string;
  /** Which room. */
  roomId: string;
  /** To which peer. */
  to: string;
}

/** A candidate from a peer. */
export interface CandidateFrom {
  /** The candidate; null when there are no more. */
  candidate: IceCandidate | null;
  /** From whom. */
  from: string;
  /** Which negotiation it belongs to. */
  negotiationId: string;
  /** Which room. */
  roomId: string;
}

/** A file of a message, to be fetched below its conversation by who may read the message. */
export interface ChatFile {
  /** Which. */
  fileId: string;
  /** Of a picture: pixels from top to bottom. */
  height?: number;
  /** Shown, or downloaded only. */
  kind: FileKind;
  /** What its sender called it. */
  name: string;
  /** Bytes. */
  size: number;
  /** Of a picture: pixels from side to side. */
  width?: number;
}

/** A message as everybody in its conversation sees it. */
export interface ChatMessage {
  /** When the server took it, epoch ms. */
  at: number;
  /** What the sender's device called it. */
  clientMsgId: string;
  /** Taken back. */
  deleted?: boolean;
  /** When it was last changed, epoch ms. */
  editedAt?: number;
  /** What came along; nothing when deleted. */
  files?: ChatFile[];
  /** Its number in its conversation. */
  msgSeq: number;
  /** The message that it answers. */
  replyTo?: number;
  /** Who wrote it. */
  senderId: string;
  /** The words; empty when deleted. */
  text: string;
}

/** What the person wants of a conversation has changed on some device. */
export interface ConversationKept {
  /** Put away up to this message; 0 when it is not. What comes after it brings it back. */
  archivedSeq: number;
  /** Which. */
  conversationId: string;
  /** No sound, no toast, no number. */
  muted: boolean;
}

/** Takes an own message back, for a while; moderators take back any. The words are gone for good. */
export interface DeleteMessage {
  /** A UUID, made by the client once per change. */
  clientMsgId: string;
  /** Which conversation. */
  conversationId: string;
  /** Which message. */
  msgSeq: number;
}

/** You are turned away from the lobby. */
export interface Denied {
  /** Words of the host. */
  message?: string;
  /** Which peer of yours. */
  peerId: string;
  /** Why. */
  reason: DeniedReason;
  /** Which room. */
  roomId: string;
}

/** Why somebody was turned away. */
export type DeniedReason = "denied" | "too_late" | "room_closed" | "replaced";

/** A moderator turns somebody away who waits. */
export interface DenyParticipant {
  /** Everybody who waits. */
  all?: boolean;
  /** Words for the person, at most 200 characters. */
  message?: string;
  /** Who; not needed with `all`. */
  peerId?: string;
  /** Which room. */
  roomId: string;
}

/** A device of a person. */
export interface Device {
  /** Random, made by the client once per browser tab or installation, 1 to 64 characters. */
  id: string;
  /** What it is. */
  kind: DeviceKind;
  /** What to call it. */
  name?: string;
}

/** What a device is. */
export type DeviceKind = "web" | "ios" | "android" | "cli";

/** Changes an own message, for a while. */
export interface EditMessage {
  /** A UUID, made by the client once per change. */
  clientMsgId: string;
  /** Which conversation. */
  conversationId: string;
  /** Which message. */
  msgSeq: number;
  /** The new words. */
  text: string;
}

/** Nothing to say. */
export interface Empty {
}

/** A moderator ends the meeting for everybody. */
export interface EndRoom {
  /** Makes a repeated command harmless; a UUID. */
  clientMsgId: string;
  /** Which room. */
  roomId: string;
}

/** Why a room or call ended. */
export type EndedReason = "host" | "meeting" | "window" | "hangup" | "balance" | "lost" | "unmet" | "house";

/** Codes of the `error` frame. */
export type ErrorCode = "bad_request" | "unknown_type" | "payload_too_large" | "unauthorized" | "token_expired" | "forbidden" | "not_found" | "conflict" | "rate_limited" | "unavailable" | "internal" | "not_in_room" | "not_admitted" | "room_full" | "room_closed" | "too_early" | "too_late" | "peer_gone" | "unpaid" | "maintenance" | "unsupported_version" | "peer_offline" | "peer_busy" | "insufficient_balance" | "already_answered" | "call_ended";

/** Payload of the `error` frame. */
export interface ErrorData {
  /** `too_late`: when the room closed, epoch ms. */
  closesAt?: number;
  /** For programs. */
  code: ErrorCode;
  /** Which field is wrong. */
  field?: string;
  /** `peer_busy`: there is a place in line. */
  mayWait?: boolean;
  /** For people; never repeats input. */
  message: string;
  /** `too_early`: when the room opens, epoch ms. */
  opensAt?: number;
  /** Not before this, ms. */
  retryAfterMs?: number;
  /** The same frame may succeed later. */
  retryable: boolean;
  /** `insufficient_balance`: what is missing, thousandths of a coin. */
  shortfallMc?: number;
  /** `peer_busy`: how long the wait may take, ms; absent when nobody can say. */
  waitMs?: number;
}

/** To who enters: everybody who is there. **The receiver offers** to every participant that it has no media connection with. */
export interface ExistingParticipants {
  /** When the call began, epoch ms. */
  callStartedAt?: number;
  /** Since when your own hand is up, epoch ms. */
  handRaisedAt?: number;
  /** The door is locked: everybody new waits in the lobby. */
  locked?: boolean;
  /** The others. */
  participants: Participant[];
  /** What is being recorded, or asked for. */
  recording?: RecordingNow;
  /** Which room. */
  roomId: string;
  /** Your address in it. */
  selfPeerId: string;
}

/** What a page does with a file. */
export type FileKind = "picture" | "file";

/** A hand went up or down; also told to its owner, whose hand a moderator may have lowered. */
export interface HandOf {
  /** Whose. */
  peerId: string;
  /** Since when it is up, epoch ms; the order of the queue. Absent when it is down. */
  raisedAt?: number;
  /** Which room. */
  roomId: string;
}

/** How liveness is kept. */
export interface Heartbeat {
  /** The server sends `ping` after this long without a frame from the client, ms. */
  intervalMs: number;
  /** The server closes with 4008 after this long without a frame from the client, ms. */
  timeoutMs: number;
}

/** The first frame of every socket, within 5 s. */
export interface Hello {
  /** Build of the client, for the log. */
  clientVersion?: string;
  /** The device that speaks. */
  device: Device;
  /** The session to go on with. */
  resume?: Resume;
  /** An access token. */
  token: string;
}

/** A host in the directory, whole: whatever was known of the same host before is replaced by it. `host-online`: can be called from now on, or is busy; `host-offline`: cannot be called any more; `host-updated`: anything else. Not kept for who is away: watch and fetch again after a `welcome`. */
export interface HostCard {
  /** Price of a minute with voices only, thousandths of a coin; absent when it is not offered. */
  audioCostPerMin?: number;
  /** Language tags. */
  languages: string[];
  /** When the host was last there, epoch ms; absent while there, and before the first time. */
  lastOnlineAt?: number;
  /** Is in the directory; false only in an event, when a host has left it. */
  listed: boolean;
  /** The name. */
  name: string;
  /** Where the picture is, 512 pixels square; with `-small` before the dot, 128 pixels. */
  profilePictureUrl?: string;
  /** Mean of the stars in hundredths, 100 to 500; absent before the first review. */
  ratingCenti?: number;
  /** How many reviews. */
  ratings: number;
  /** What the host is good at. */
  specialties: string[];
  /** How the host stands, as far as the receiver may know. */
  status: HostLive;
  /** One line below it. */
  title: string;
  /** How many calls were completed. */
  totalCalls: number;
  /** Who. */
  userId: string;
  /** Price of a minute with pictures. */
  videoCostPerMin?: number;
}

/** How a host stands. */
export type HostLive = "online" | "busy" | "away" | "offline";

/** An RTCIceCandidateInit, at most 2 KiB. */
export interface IceCandidate {
  /** The candidate line. */
  candidate: string;
  /** Its index; the browsers' own spelling. */
  sdpMLineIndex?: number;
  /** Which media section. */
  sdpMid?: string;
  /** The ICE generation. */
  usernameFragment?: string;
}

/** `iceTransportPolicy` of the browser. */
export type IcePolicy = "all" | "relay";

/** An entry for `RTCPeerConnection`'s `iceServers`. */
export interface IceServer {
  /** Its password (relay only). */
  credential?: string;
  /** `stun:`, `turn:` or `turns:` URLs. */
  urls: string[];
  /** Time-limited user name (relay only). */
  username?: string;
}

/** Asks for fresh relay credentials; before `iceTtlMs` is over and before an ICE restart. */
export interface IceServers {
  /** Which room. */
  roomId: string;
}

/** Ack of `ice-servers`. */
export interface IceServersAck {
  /** For `RTCPeerConnection.setConfiguration`. */
  iceServers: IceServer[];
  /** For `RTCPeerConnection`. */
  policy: IcePolicy;
  /** How long they are good, ms. */
  ttlMs: number;
}

/** Ack of `join-room`. Who waits gets no `iceServers` before admission. */
export interface JoinAck {
  /** For `RTCPeerConnection`. */
  iceServers: IceServer[];
  /** How long they are good, ms. */
  iceTtlMs: number;
  /** You may ask for a recording. */
  mayRecord?: boolean;
  /** You admit, remove and end. */
  moderator: boolean;
  /** Your address in this room. */
  peerId: string;
  /** For `RTCPeerConnection`. */
  policy: IcePolicy;
  /** How long a lost peer keeps its seat, ms. */
  rejoinGraceMs: number;
  /** What to keep to on connections through the relay; absent means `full`. See `relay-budget`. */
  relayLevel?: RelayLevel;
  /** In, or before the door. */
  status: JoinStatus;
}

/** Enters a room, or begins to wait for admission. Answered by an ack and then `existing-participants` (joined) or `waiting`. Repeating it from the same session is harmless. */
export interface JoinRoom {
  /** What the person will send. */
  media: Media;
  /** The peer id that this person had in this room, when it comes back with a fresh session (after `resumed:false`). If the seat is still kept, the answer carries the same id: media connections then stay as they are. A different id means: drop them and start again. */
  peerId?: string;
  /** Which room. */
  roomId: string;
}

/** Whether somebody is in the call. */
export type JoinStatus = "joined" | "waiting";

/** Leaves the room or its lobby. Leaving is not ending: one may come back while the room is open. */
export interface LeaveRoom {
  /** Which room. */
  roomId: string;
}

/** Why a peer is gone. */
export type LeftReason = "left" | "timeout" | "removed" | "ended" | "replaced";

/** Limits that the client must keep. */
export interface Limits {
  /** Largest ICE candidate, bytes. */
  candidateBytes: number;
  /** Frames at once. */
  frameBurst: number;
  /** Frames per second, sustained. */
  framesPerSecond: number;
  /** Largest message, bytes. */
  messageBytes: number;
  /** Largest SDP, bytes. */
  sdpBytes: number;
}

/** A moderator locks or unlocks the door. While it is locked everybody new waits in the lobby, whatever their link says. */
export interface LockRoom {
  /** Locks (true) or unlocks. */
  locked: boolean;
  /** Which room. */
  roomId: string;
}

/** The coins are about to be used up; once at each mark, again after a top-up. */
export interface LowBalance {
  /** Which call. */
  callId: string;
  /** The mark: 300, 120, 60, 30 or 10 seconds. */
  markS: number;
  /** What is left, ms. */
  remainingMs: number;
}

/** Messages arrived on this device. Only ever moves forward. */
export interface MarkDelivered {
  /** Which conversation. */
  conversationId: string;
  /** Up to this message. */
  upToSeq: number;
}

/** The person has read. Only ever moves forward. */
export interface MarkRead {
  /** Which conversation. */
  conversationId: string;
  /** Others are not told. */
  private?: boolean;
  /** Up to this message. */
  upToSeq: number;
}

/** Messages arrived at somebody, or were read by somebody. */
export interface MarkedUpTo {
  /** Where. */
  conversationId: string;
  /** Up to this message. */
  upToSeq: number;
  /** Whom it is about. */
  userId: string;
}

/** Which of a person's media are on. */
export interface Media {
  /** The microphone is sending. */
  audio: boolean;
  /** The camera is sending. */
  video: boolean;
}

/** A kind of media of another person. */
export type MediaKind = "audio" | "video";

/** What the media connection of this peer does. */
export type MediaLink = "connected" | "failed" | "restarting";

/** Microphone or camera switched. */
export interface MediaState {
  /** The microphone is sending. */
  audio: boolean;
  /** The person is away for a moment ("be right back"); false when absent. */
  away?: boolean;
  /** Which room. */
  roomId: string;
  /** The camera is sending. */
  video: boolean;
}

/** A peer switched its microphone or camera. */
export interface MediaStateOf {
  /** The microphone is sending. */
  audio: boolean;
  /** The person is away for a moment. */
  away?: boolean;
  /** Who. */
  peerId: string;
  /** Which room. */
  roomId: string;
  /** The camera is sending. */
  video: boolean;
}

/** What carries the packets of a media connection. */
export type MediaTransport = "udp" | "tcp" | "tls";

/** A meeting of yours was created, moved, cancelled, started or ended. */
export interface MeetingUpdated {
  /** What happened: `created`, `accepted`, `declined`, `paid`, `rescheduled`, `cancelled`, `started`, `ended` or `updated`. */
  change: string;
  /** Which one. */
  meetingId: string;
  /** When it starts, epoch ms. */
  startsAt: number;
  /** Its status now. */
  status: string;
}

/** Somebody said something; also to the sender's own devices. */
export interface MessageSaid {
  /** Where. */
  conversationId: string;
  /** What. */
  message: ChatMessage;
  /** The sender's name. */
  senderName: string;
}

/** A message was changed or taken back: this is how it is now. */
export interface MessageUpdated {
  /** Where. */
  conversationId: string;
  /** The message as it is now. */
  message: ChatMessage;
}

/** What a device missed of the list. */
export interface MissedNotices {
  /** It missed more than that, or what it has is not of this list: ask for the list anew. */
  anew: boolean;
  /** The last number of the list. */
  lastSeq: number;
  /** Those after the number that it has, the earliest first, without holes; at most 50. */
  notices: Notice[];
  /** What was read meanwhile, and how many are unread. */
  read: NoticesRead;
}

/** A moderator asks somebody to switch off a microphone or camera. It never switches on. */
export interface MuteRequest {
  /** What. */
  kind: MediaKind;
  /** Which room. */
  roomId: string;
  /** Whom. */
  to: string;
}

/** A moderator asks you to switch off. */
export interface MuteRequested {
  /** Who asks. */
  by: string;
  /** What. */
  kind: MediaKind;
  /** Which room. */
  roomId: string;
}

/** Why a session could not be resumed. */
export type NotResumed = "expired" | "epoch" | "gap" | "unknown";

/** One notification. */
export interface Notice {
  /** Which meeting, call, report or person; none for a payment. */
  aboutId?: string;
  /** When, epoch ms. */
  at: number;
  /** What it is about. */
  kind: NoticeKind;
  /** Whom or what it names. */
  name: string;
  /** Its number in the person's list, from 1 and without holes. */
  ntfSeq: number;
  /** Of a free time: of which service of this person. */
  serviceId?: string;
  /** When what was moved starts now, or a free time does; epoch ms. */
  startsAt?: number;
  /** Of a call that is over. */
  summary?: CallSummary;
}

/** What a notification is about. */
export type NoticeKind = "booking-request" | "booking-confirmed" | "booking-declined" | "booking-cancelled" | "booking-moved" | "session-reminder" | "message" | "review" | "report" | "payment" | "missed-call" | "vacancy" | "call-summary" | "data-ready";

/** Some were read, on this device or another one. */
export interface NoticesRead {
  /** And these. */
  seqs: number[];
  /** How many of the list are unread now. */
  unread: number;
  /** All up to this number. */
  upToSeq: number;
}

/** There is one more. */
export interface Notified {
  /** It. */
  notice: Notice;
  /** It goes into the list and makes no sound: in quiet hours, or as its reader chose. */
  silent?: boolean;
  /** How many of the list are unread now. */
  unread: number;
}

/** About one call. */
export interface OfCall {
  /** Which. */
  callId: string;
}

/** Relayed to one peer of the same room. */
export interface Offer {
  /** It restarts ICE. */
  iceRestart?: boolean;
  /** Names this negotiation; 1 to 64 characters. */
  negotiationId: string;
  /** The description. */
  offer: OfferDescription;
  /** Which room. */
  roomId: string;
  /** To which peer. */
  to: string;
}

/** An RTCSessionDescription of type offer. */
export interface OfferDescription {
  /** The SDP, at most 32 KiB. */
  sdp: string;
  /** Always `"offer"`. */
  type: OfferType;
}

/** An offer from a peer. */
export interface OfferFrom {
  /** From whom. */
  from: string;
  /** It restarts ICE. */
  iceRestart?: boolean;
  /** Names this negotiation. */
  negotiationId: string;
  /** The description. */
  offer: OfferDescription;
  /** Which room. */
  roomId: string;
}

/** `"offer"`, as in RTCSessionDescription. */
export type OfferType = "offer";

/** A peer, seen from one other peer. */
export interface Participant {
  /** Came by a join link. */
  guest: boolean;
  /** Since when its hand is up, epoch ms. */
  handRaisedAt?: number;
  /** When it entered (or began to wait), epoch ms. */
  joinedAt: number;
  /** What it sends. */
  media: PeerMedia;
  /** Admits, removes and ends. */
  moderator: boolean;
  /** Address of this peer in the room; stable over reconnects and restarts of the server. */
  peerId: string;
  /** Whether the **receiver of this frame** is the polite side towards this peer. */
  polite: boolean;
  /** How good its line is, 1 (hardly usable) to 4 (good), as it said last. */
  quality?: number;
  /** Whether it is connected. */
  state: PeerState;
  /** The person. */
  userId: string;
  /** The name to show. */
  userName: string;
  /** The role to show. */
  userRole: Role;
}

/** One device of one person in a room. */
export interface Peer {
  /** Came by a join link. */
  guest: boolean;
  /** Since when its hand is up, epoch ms. */
  handRaisedAt?: number;
  /** When it entered (or began to wait), epoch ms. */
  joinedAt: number;
  /** What it sends. */
  media: PeerMedia;
  /** Admits, removes and ends. */
  moderator: boolean;
  /** Address of this peer in the room; stable over reconnects and restarts of the server. */
  peerId: string;
  /** How good its line is, 1 (hardly usable) to 4 (good), as it said last. */
  quality?: number;
  /** Whether it is connected. */
  state: PeerState;
  /** The person. */
  userId: string;
  /** The name to show. */
  userName: string;
  /** The role to show. */
  userRole: Role;
}

/** A peer of a room: its connection to the server is lost (`user-reconnecting`; keep the media) or back (`user-resumed`). */
export interface PeerInRoom {
  /** Who. */
  peerId: string;
  /** Which room. */
  roomId: string;
}

/** Media of a person in a room, as others see it. */
export interface PeerMedia {
  /** The microphone is sending. */
  audio: boolean;
  /** The person is away for a moment. */
  away?: boolean;
  /** A screen is being shared. */
  screen: boolean;
  /** The camera is sending. */
  video: boolean;
}

/** How good a peer's line is; when it changed, and now and then. */
export interface PeerQuality {
  /** 1 (hardly usable) to 4 (good). */
  level: number;
  /** Whose. */
  peerId: string;
  /** Which room. */
  roomId: string;
}

/** Whether a peer's connection to the server is alive. */
export type PeerState = "connected" | "reconnecting";

/** Ack of `watch-presence`: how those are there now that are watched. */
export interface PresenceAck {
  /** Them. */
  presence: PresenceOf[];
}

/** How people are there now: at most one such frame a second for a device. */
export interface PresenceChanged {
  /** Those who changed. */
  changes: PresenceOf[];
}

/** How one person is there. */
export interface PresenceOf {
  /** When somebody who is not there was last there, epoch ms; absent when it is not known or not shown. */
  lastSeen?: number;
  /** How. */
  status: PresenceStatus;
  /** Who. */
  userId: string;
}

/** How somebody is there. */
export type PresenceStatus = "busy" | "online" | "away" | "offline";

/** Raises or lowers a hand. Hands queue up by `raisedAt`; raising a hand that is up changes nothing. */
export interface RaiseHand {
  /** Somebody else's hand: a moderator may lower it, nobody may raise it. One's own when absent. */
  peerId?: string;
  /** Up (true) or down. */
  raised: boolean;
  /** Which room. */
  roomId: string;
}

/** A short sign to everybody. Six at once, then two a second. */
export interface React {
  /** Which sign. */
  reaction: Reaction;
  /** Which room. */
  roomId: string;
}

/** A short sign to everybody. */
export type Reaction = "thumbs-up" | "clap" | "heart" | "laugh" | "surprise" | "party";

/** A peer reacts. */
export interface ReactionOf {
  /** Who. */
  peerId: string;
  /** How. */
  reaction: Reaction;
  /** Which room. */
  roomId: string;
}

/** Ack of `mark-read`. */
export interface ReadAck {
  /** Where the own marker stands. */
  readSeq: number;
}

/** Asks for a recording, answers such a question, or stops it. The browser of who asked records; it may do so only while the state of the `recording` event is `running`. */
export interface Recording {
  /** Which room. */
  roomId: string;
  /** What. */
  step: RecordingStep;
}

/** Where the recording stands; the whole of it, the latest wins. */
export interface RecordingChanged {
  /** Why it is over. */
  over?: RecordingOver;
  /** Who ended it. */
  overBy?: string;
  /** What is being recorded or asked for; absent when nothing is. */
  recording?: RecordingNow;
  /** Which room. */
  roomId: string;
}

/** A recording by the browser of one peer. */
export interface RecordingNow {
  /** Who records. */
  by: string;
  /** The peers inside that have not agreed yet. If yours is among them, you are asked. */
  missing: string[];
  /** When everybody had agreed for the first time, epoch ms. */
  startedAt?: number;
  /** Where it stands. */
  state: RecordingState;
}

/** Why a recording is over. */
export type RecordingOver = "stopped" | "refused" | "withdrawn" | "left";

/** Where a recording stands. */
export type RecordingState = "asking" | "running" | "paused";

/** What a person says about a recording. */
export type RecordingStep = "ask" | "agree" | "refuse" | "stop";

/** The relay's monthly budget reached 80 % or 100 %, or a new month began. */
export interface RelayBudget {
  /** What to keep to from now on. */
  level: RelayLevel;
  /** Which room. */
  roomId: string;
}

/** What to keep to on connections that go through the relay. Direct ones need not care. */
export type RelayLevel = "full" | "saver" | "audio";

/** A moderator removes somebody from the call. */
export interface RemoveParticipant {
  /** For good: the person may not come back. Otherwise they knock, and may be admitted again. */
  ban?: boolean;
  /** Words for the person, at most 200 characters. */
  message?: string;
  /** Whom. */
  peerId: string;
  /** Which room. */
  roomId: string;
}

/** You are out of the room. */
export interface Removed {
  /** Words of the host. */
  message?: string;
  /** Why. */
  reason: RemovedReason;
  /** Which room. */
  roomId: string;
}

/** Why you are out. */
export type RemovedReason = "removed" | "banned" | "replaced" | "revoked" | "timeout";

/** Proof of a session that this device had. */
export interface Resume {
  /** The highest `seq` processed; 0 when none. */
  lastSeq: number;
  /** From the last `welcome`; every welcome brings a new one. */
  resumeToken: string;
  /** From the last `welcome`. */
  sessionId: string;
}

/** A client said how a call with you was. */
export interface ReviewReceived {
  /** What the client is called in public. */
  author: string;
  /** After which call. */
  callId: string;
  /** 1 to 5. */
  stars: number;
}

/** What a person is to this server. */
export type Role = "guest" | "client" | "host" | "admin";

/** The meeting is over for everybody. */
export interface RoomEnded {
  /** How long the call was, ms; absent when none was. */
  durationMs?: number;
  /** Why. */
  reason: EndedReason;
  /** Which room. */
  roomId: string;
}

/** The door was locked or unlocked. */
export interface RoomLocked {
  /** Everybody new waits in the lobby. */
  locked: boolean;
  /** Which room. */
  roomId: string;
}

/** The state of a room as one peer sees it. */
export interface RoomSnapshot {
  /** When the call began, epoch ms. */
  callStartedAt?: number;
  /** Since when your own hand is up, epoch ms. */
  handRaisedAt?: number;
  /** The door is locked: everybody new waits in the lobby. */
  locked?: boolean;
  /** The others in the call; empty for who waits. */
  participants: Participant[];
  /** What is being recorded, or asked for. */
  recording?: RecordingNow;
  /** Which room. */
  roomId: string;
  /** The asking peer. */
  selfPeerId: string;
  /** In, or before the door. */
  status: JoinStatus;
  /** Who waits; moderators only. */
  waiting: Peer[];
}

/** Begins or ends to share a screen; one sharer per room. */
export interface ScreenShare {
  /** Begins (true) or ends. */
  active: boolean;
  /** Which room. */
  roomId: string;
  /** The track that carries it. */
  trackId?: string;
}

/** A peer began or ended to share its screen. */
export interface ScreenShareOf {
  /** Began (true) or ended. */
  active: boolean;
  /** Who. */
  peerId: string;
  /** Which room. */
  roomId: string;
  /** The track that carries it. */
  trackId?: string;
}

/** Says something in a conversation. Answered when it is on the disk; repeating it with the same `clientMsgId` answers the same and says nothing twice. */
export interface SendMessage {
  /** A UUID, made by the client once per message. */
  clientMsgId: string;
  /** Which conversation: a room's id for those admitted to it, `lobby-<room>_<user>` for who waits and the moderators, `<user>_<user>` (smaller first) for two people. */
  conversationId: string;
  /** Files that were uploaded to this conversation before (`fileId`), at most 10; each goes into one message, once. */
  files?: string[];
  /** The message that it answers. */
  replyTo?: number;
  /** The words, at most 4,000 characters; spaces around them go. May be empty beside files. */
  text: string;
}

/** The server stops; close 1012 follows. */
export interface ServerDraining {
  /** `restart`. */
  reason: string;
  /** Come back after this plus a random 0..5 s, ms. */
  retryAfterMs: number;
}

/** The login is over; close 4511 follows. */
export interface SessionRevoked {
  /** `logout`, `password` or `admin`. */
  reason: string;
}

/** Ack of `offer` and `answer`. */
export interface SignalAck {
  /** The receiver is reconnecting; the frame waits for it. */
  queued: boolean;
}

/** The free times of a host whom you looked at are others now: ask again. */
export interface SlotsChanged {
  /** When they changed, epoch ms. */
  at: number;
  /** Whose. */
  hostId: string;
}

/** Asks for the present state instead of missed events. */
export interface Sync {
  /** The last notification that this device has; the answer has those after it. */
  lastNotificationSeq?: number;
  /** Rooms that the client believes it is in; at most 8. */
  rooms?: string[];
}

/** Ack of `sync`. */
export interface SyncAck {
  /** What came after the notification that was named, if one was. */
  notifications?: MissedNotices;
  /** The rooms among those asked for in which this session is. */
  rooms: RoomSnapshot[];
}

/** The person writes, or stopped. At most one per 3 s; more are dropped without a word. */
export interface Typing {
  /** Which conversation. */
  conversationId: string;
  /** Writes. */
  isTyping: boolean;
}

/** Why a call rings no more. */
export type UnansweredReason = "declined" | "busy" | "cancelled" | "timeout" | "answered_elsewhere" | "caller_lost" | "host_gone" | "balance" | "failed" | "restart";

/** The own read marker moved on some device: badges are good up to here. */
export interface Unread {
  /** Where. */
  conversationId: string;
  /** The own marker. */
  readSeq: number;
}

/** What is unread in a conversation with somebody. */
export interface UnreadIn {
  /** Which. */
  conversationId: string;
  /** The last message. */
  lastMsgSeq: number;
  /** It is not to be counted. */
  muted: boolean;
  /** The own read marker. */
  readSeq: number;
  /** So many messages of the other; not counted beyond 100. */
  unread: number;
}

/** Somebody entered and will offer. */
export interface UserJoined {
  /** Who. */
  peer: Peer;
  /** Whether the **receiver** is the polite side towards this peer. */
  polite: boolean;
  /** Which room. */
  roomId: string;
}

/** Somebody is gone; drop the media connection. */
export interface UserLeft {
  /** Who. */
  peerId: string;
  /** Why. */
  reason: LeftReason;
  /** Which room. */
  roomId: string;
  /** The person. */
  userId: string;
}

/** Somebody writes, or stopped. */
export interface UserTyping {
  /** Where. */
  conversationId: string;
  /** Forget it after this, ms. */
  expiresInMs: number;
  /** Writes. */
  isTyping: boolean;
  /** Who. */
  userId: string;
  /** The name. */
  userName: string;
}

/** You wait for a moderator. */
export interface Waiting {
  /** A moderator is in the room. */
  hostPresent: boolean;
  /** Place in the queue, from 1. */
  position: number;
  /** Which room. */
  roomId: string;
}

/** To moderators: everybody who waits. The whole list; the latest wins. */
export interface WaitingRoom {
  /** Which room. */
  roomId: string;
  /** In the order of arrival. */
  waiting: Peer[];
}

/** Your wallet holds something else now. */
export interface WalletChanged {
  /** What can be spent, in thousandths of a coin. */
  available: number;
  /** Number of the entry after which it does; an event with a smaller one is older news. */
  entry: number;
}

/** Watch these people and nobody else. Only those with whom there is a conversation are watched. */
export interface WatchPresence {
  /** At most 200; none to watch nobody. */
  userIds: string[];
}

/** The answer to `hello`. */
export interface Welcome {
  /** Names this run of the server. */
  epoch: string;
  /** When the access token ends, epoch ms. */
  expiresAt: number;
  /** Optional parts of the protocol that this server has. */
  features: string[];
  /** How liveness is kept. */
  heartbeat: Heartbeat;
  /** What to keep to. */
  limits: Limits;
  /** Why not resumed; absent when there was nothing to resume. */
  reason?: NotResumed;
  /** How many old events follow. */
  replay: number;
  /** The secret for the next resume. The one before it is good until something is said here. */
  resumeToken: string;
  /** How long a lost session is kept, ms. */
  resumeWindowMs: number;
  /** Whether the old session goes on. When false, join rooms again (with the old `peerId`). */
  resumed: boolean;
  /** What the token says you are. */
  role: Role;
  /** The highest `seq` given out so far. */
  seq: number;
  /** Epoch ms. */
  serverTime: number;
  /** Names the session; not a secret. */
  sessionId: string;
  /** Conversations with other people in which something is unread, at most 100. */
  unread: UnreadIn[];
  /** How many notifications are unread; 0 for guests. */
  unreadNotifications?: number;
  /** Who the token says you are. */
  userId: string;
  /** The name that others see. */
  userName: string;
}

/** Ack of `send-message`, `edit-message` and `delete-message`: it is on the disk. */
export interface WrittenAck {
  /** When the server took it, epoch ms. */
  at: number;
  /** It was carried out before; this time nothing happened. */
  duplicate: boolean;
  /** The message's number in its conversation, from 1 and without holes; also its name there. */
  msgSeq: number;
}

/** Payload and ack of every command; `never` when it is never answered. */
export interface Commands {
  "hello": { data: Hello; reply: Welcome };
  "auth-refresh": { data: AuthRefresh; reply: AuthRefreshAck };
  "pong": { data: Empty; reply: never };
  "ping": { data: Empty; reply: Empty };
  "sync": { data: Sync; reply: SyncAck };
  "activity": { data: Activity; reply: never };
  "join-room": { data: JoinRoom; reply: JoinAck };
  "leave-room": { data: LeaveRoom; reply: Empty };
  "offer": { data: Offer; reply: SignalAck };
  "answer": { data: Answer; reply: SignalAck };
  "ice-candidate": { data: Candidate; reply: never };
  "ice-servers": { data: IceServers; reply: IceServersAck };
  "media-state": { data: MediaState; reply: Empty };
  "raise-hand": { data: RaiseHand; reply: Empty };
  "reaction": { data: React; reply: Empty };
  "lock-room": { data: LockRoom; reply: Empty };
  "recording": { data: Recording; reply: Empty };
  "screen-share": { data: ScreenShare; reply: Empty };
  "mute-request": { data: MuteRequest; reply: Empty };
  "admit-participant": { data: AdmitParticipant; reply: AdmissionAck };
  "deny-participant": { data: DenyParticipant; reply: AdmissionAck };
  "remove-participant": { data: RemoveParticipant; reply: Empty };
  "end-room": { data: EndRoom; reply: Empty };
  "send-message": { data: SendMessage; reply: WrittenAck };
  "edit-message": { data: EditMessage; reply: WrittenAck };
  "delete-message": { data: DeleteMessage; reply: WrittenAck };
  "typing": { data: Typing; reply: never };
  "mark-read": { data: MarkRead; reply: ReadAck };
  "mark-delivered": { data: MarkDelivered; reply: never };
  "call-invite": { data: CallInvite; reply: CallInviteAck };
  "call-ringing": { data: OfCall; reply: never };
  "call-accept": { data: CallAccept; reply: CallAccepted };
  "call-decline": { data: CallDecline; reply: Empty };
  "call-cancel": { data: OfCall; reply: Empty };
  "watch-hosts": { data: Empty; reply: Empty };
  "unwatch-hosts": { data: Empty; reply: Empty };
  "watch-presence": { data: WatchPresence; reply: PresenceAck };
  "call-media": { data: CallMedia; reply: never };
  "call-stats": { data: CallStats; reply: never };
}

/** Payload of every frame from the server except `ack`. */
export interface Events {
  "welcome": Welcome;
  "error": ErrorData;
  "ping": Empty;
  "auth-expiring": AuthExpiring;
  "session-revoked": SessionRevoked;
  "server-draining": ServerDraining;
  "waiting": Waiting;
  "waiting-room": WaitingRoom;
  "admitted": Admitted;
  "denied": Denied;
  "existing-participants": ExistingParticipants;
  "user-joined": UserJoined;
  "user-left": UserLeft;
  "user-reconnecting": PeerInRoom;
  "user-resumed": PeerInRoom;
  "offer": OfferFrom;
  "answer": AnswerFrom;
  "ice-candidate": CandidateFrom;
  "media-state": MediaStateOf;
  "hand": HandOf;
  "reaction": ReactionOf;
  "peer-quality": PeerQuality;
  "room-locked": RoomLocked;
  "recording": RecordingChanged;
  "screen-share": ScreenShareOf;
  "mute-requested": MuteRequested;
  "removed": Removed;
  "room-ended": RoomEnded;
  "message": MessageSaid;
  "message-updated": MessageUpdated;
  "message-delivered": MarkedUpTo;
  "message-read": MarkedUpTo;
  "unread": Unread;
  "conversation-kept": ConversationKept;
  "user-typing": UserTyping;
  "call-started": CallStarted;
  "relay-budget": RelayBudget;
  "admin-entering": AdminEntering;
  "call-incoming": CallIncoming;
  "call-ringing": CallRings;
  "call-queued": CallQueued;
  "call-accepted": CallAccepted;
  "call-declined": CallUnanswered;
  "call-cancelled": CallUnanswered;
  "call-missed": CallUnanswered;
  "billing": Billing;
  "billing-tick": Billing;
  "low-balance": LowBalance;
  "call-ended": CallEnded;
  "host-online": HostCard;
  "host-offline": HostCard;
  "host-updated": HostCard;
  "review-received": ReviewReceived;
  "meeting-updated": MeetingUpdated;
  "slots-changed": SlotsChanged;
  "notification": Notified;
  "notifications-read": NoticesRead;
  "presence": PresenceChanged;
  "wallet-changed": WalletChanged;
}

export type CommandName = keyof Commands;
export type EventName = keyof Events;

/** A frame to the server. */
export type ClientFrame = {
  [K in CommandName]: { type: K; id?: string; ack?: number; ts?: number; data: Commands[K]["data"] };
}[CommandName];

/** A frame from the server that is not an `ack`. */
export type EventFrame = {
  [K in EventName]: { type: K; id?: string; seq?: number; ts: number; data: Events[K] };
}[EventName];

/** The answer to a command with an `id`. */
export interface AckFrame {
  type: "ack";
  id: string;
  ts: number;
  data: Commands[CommandName]["reply"];
}

export type ServerFrame = EventFrame | AckFrame;

/** Events that carry a `seq` and are replayed after a resume. */
export const RELIABLE: ReadonlySet<string> = new Set([
  "waiting",
  "waiting-room",
  "admitted",
  "denied",
  "existing-participants",
  "user-joined",
  "user-left",
  "user-reconnecting",
  "user-resumed",
  "offer",
  "answer",
  "ice-candidate",
  "media-state",
  "hand",
  "room-locked",
  "recording",
  "screen-share",
  "mute-requested",
  "removed",
  "room-ended",
  "message",
  "message-updated",
  "message-delivered",
  "message-read",
  "unread",
  "conversation-kept",
  "call-started",
  "relay-budget",
  "admin-entering",
  "call-incoming",
  "call-ringing",
  "call-queued",
  "call-accepted",
  "call-declined",
  "call-cancelled",
  "call-missed",
  "billing",
  "low-balance",
  "call-ended",
  "review-received",
  "meeting-updated",
  "notification",
  "notifications-read",
  "wallet-changed",
]);

/** Close codes and what to do after them. */
export const CLOSES: Readonly<Record<number, { word: string; then: "stop" | "reconnect" | "refresh" | "login" }>> = {
  1000: { word: "normal", then: "stop" },
  1002: { word: "protocol error", then: "reconnect" },
  1003: { word: "text frames only", then: "reconnect" },
  1007: { word: "not UTF-8", then: "reconnect" },
  1009: { word: "message too big", then: "reconnect" },
  1011: { word: "internal error", then: "reconnect" },
  1012: { word: "service restart", then: "reconnect" },
  1013: { word: "try again later", then: "reconnect" },
  4008: { word: "timeout", then: "reconnect" },
  4029: { word: "rate limited", then: "reconnect" },
  4030: { word: "slow consumer", then: "reconnect" },
  4031: { word: "token expired", then: "refresh" },
  4500: { word: "bad request", then: "stop" },
  4501: { word: "unauthenticated", then: "login" },
  4503: { word: "forbidden", then: "stop" },
  4509: { word: "replaced", then: "stop" },
  4510: { word: "too many devices", then: "stop" },
  4511: { word: "session revoked", then: "login" },
};
