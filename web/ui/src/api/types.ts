/**
 * What the REST interface sends and takes: generated from the server's OpenAPI document, with the
 * few words that the document knows only as strings made into choices.
 */
import type { components } from "../generated/rest";

type Schemas = components["schemas"];
type Narrow<Wide, Choices> = Omit<Wide, keyof Choices> & Choices;

export type Role = "client" | "host" | "admin";
export type HostStatus = "none" | "pending" | "approved" | "rejected" | "suspended";
export type JoinState = "open" | "too_early" | "too_late" | "unpaid" | "over" | "maintenance";

export type Me = Narrow<Schemas["Me"], { role: Role; hostStatus: HostStatus }>;
/** A fresh login: the access token stays in memory, its refresh token in a cookie. */
export type Session = Narrow<Schemas["SessionBody"], { user: Me }>;
export type Login = Schemas["Device"];
export type Joinable = Narrow<Schemas["JoinableBody"], { state: JoinState }>;
export type Meeting = Narrow<Schemas["MeetingBody"], { joinable: Joinable }>;
/** A host's own notes, about the client and about the meeting. */
export type Notes = Schemas["NotesBody"];
export type Note = Schemas["NoteBody"];
export type NewMeeting = Schemas["NewMeetingBody"];
export type JoinPreview = Narrow<Schemas["DoorBody"], { joinable: Joinable }>;
/** What a join link gives: an identity for one room. */
export type GuestSession = Narrow<Schemas["GuestBody"], { user: Narrow<Schemas["GuestUser"], { role: "guest" }> }>;
export type ErrorBody = Schemas["ErrorBody"];
