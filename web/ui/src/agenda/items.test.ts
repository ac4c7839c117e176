import { describe, expect, it } from "vitest";
import type { Meeting } from "../api";
import { itemsOf } from "./items";

const meeting = (status: string, part: Partial<Meeting> = {}): Meeting =>
  ({ meetingId: status, status, scheduledAt: 1_000, durationMinutes: 50, subject: "Talk", host: { id: "me", name: "Ada" }, client: { name: "Brian" }, ...part }) as Meeting;
const shown = (meetings: Meeting[], now = 0) => itemsOf({ meetings, off: [], held: [] }, "me", now);

describe("what a calendar shows", () => {
  it("is what takes time, by its state", () => {
    const all = ["requested", "awaiting_payment", "confirmed", "in_progress", "completed", "no_show_client", "cancelled", "declined", "expired"];
    expect(shown(all.map((it) => meeting(it))).map((it) => it.kind)).toEqual(["request", "unpaid", "meeting", "meeting", "past", "past"]);
  });
  it("can be moved by its host until it begins", () => {
    expect(shown([meeting("confirmed")])[0]).toMatchObject({ movable: true, who: "Brian", to: 1_000 + 50 * 60_000 });
    expect(shown([meeting("confirmed")], 1_000)[0]?.movable).toBe(false);
    expect(shown([meeting("in_progress")])[0]?.movable).toBe(false);
    expect(shown([meeting("confirmed", { host: { id: "other", name: "Eve" } })])[0]).toMatchObject({ movable: false, who: "Eve" });
  });
  it("has a group's session once", () => {
    const seat = (id: string) => meeting("confirmed", { meetingId: id, roomId: "room", booking: { group: { seats: 8, taken: 2 } } as Meeting["booking"] });
    const [one, ...others] = shown([seat("a"), seat("b")]);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ kind: "meeting", who: "2 of 8 places", movable: false });
    expect(one?.group).toHaveLength(2);
  });
  it("has holds until they end", () => {
    const held = [{ startsAt: 5, from: 0, to: 10, expiresAt: 100 }];
    const kinds = (now: number) => itemsOf({ meetings: [], off: [], held }, "me", now).map((it) => it.kind);
    expect([kinds(99), kinds(100)]).toEqual([["hold"], []]);
  });
});
