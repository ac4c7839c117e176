import { type ComponentChild, render } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Meeting, session } from "../api";
import { place } from "../app/router";
import ManagePage from "./ManagePage";
import MeetingPage from "./MeetingPage";
import MyMeetingsPage from "./MyMeetingsPage";
import RequestPage from "./RequestPage";

type Asked = { path: string; body: unknown };

const HOUR = 3_600_000;
let asked: Asked[];
let answers: Record<string, { status: number; body: unknown }>;
let root: HTMLElement;

beforeEach(() => {
  asked = [];
  answers = {};
  root = document.body.appendChild(document.createElement("div"));
  session.becomeStranger();
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    asked.push({ path, body: JSON.parse(String(init.body ?? "null")) });
    const found = answers[path.split("?")[0] ?? ""] ?? { status: 404, body: { code: "not_found", message: "No." } };
    return new Response(JSON.stringify(found.body), { status: found.status });
  });
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

const show = (it: ComponentChild) => render(it, root);
const shown = (words: string | RegExp) => vi.waitFor(() => expect(root.textContent).toMatch(words));
const button = (words: RegExp) => {
  const found = [...root.querySelectorAll("button")].find((it) => words.test(it.textContent ?? ""));
  if (!found) throw new Error(`no button ${words}`);
  return found;
};

function meeting(more: Partial<Meeting> = {}): Meeting {
  const scheduledAt = Date.now() + 48 * HOUR;
  return {
    meetingId: "m1",
    subject: "Counselling",
    description: "",
    scheduledAt,
    durationMinutes: 50,
    duration: 50,
    status: "confirmed",
    legacyStatus: "scheduled",
    mentorId: "ada",
    host: { id: "ada", name: "Ada" },
    client: { id: "ben", name: "Ben", email: "ben@example.org", timeZone: "Asia/Kolkata" },
    roomId: "r",
    meetingLink: "https://p.example/video-call/m1",
    version: 1,
    lobby: true,
    joinable: { state: "too_early", opensAt: scheduledAt - HOUR / 4, closesAt: scheduledAt + 2 * HOUR },
    createdAt: 0,
    updatedAt: 0,
    callSeconds: 0,
    booking: {
      serviceId: "s",
      priceMc: 20_000,
      payment: "paid",
      movesLeft: 1,
      cancellation: [{ noticeMinutes: 1_440, refundBps: 5_000 }],
      manageLink: "https://p.example/b/secret",
    },
    ...more,
  };
}

const login = (userId: string, role: "host" | "client") => {
  const user = { userId, name: userId, email: `${userId}@example.org`, role, hostStatus: role === "host" ? "approved" : "none", timeZone: "UTC" };
  session.becomeMember({ accessToken: "T", expiresAt: Date.now() + HOUR, user } as Parameters<typeof session.becomeMember>[0]);
};

describe("the page of a mail's link", () => {
  const quote = { by: "client", refundBps: 5_000, refundMc: 10_000, keptMc: 10_000, meetings: 1 };

  it("says what was agreed and what comes back before anything is done", async () => {
    answers["/api/manage/preview"] = { status: 200, body: { meeting: meeting(), quote } };
    show(<ManagePage params={{ token: "secret" }} />);
    await shown("Your booking with Ada");
    expect(root.textContent).toMatch(/Until 24 hours before the start: 50 % back.*Later: nothing back/);
    expect(root.querySelector("[data-refund]")?.textContent).toMatch(/You get back10 coins.*Ada keeps10 coins/);
    expect(asked).toEqual([{ path: "/api/manage/preview", body: { token: "secret" } }]);
  });

  it("calls off with a reason, and shows where the money went", async () => {
    answers["/api/manage/preview"] = { status: 200, body: { meeting: meeting(), quote } };
    const settled = { ...meeting().booking, payment: "settled", refundedMc: 10_000 };
    answers["/api/manage/cancel"] = {
      status: 200,
      body: meeting({ status: "cancelled", remark: { by: "client", text: "Ill." }, booking: settled as Meeting["booking"] & {} }),
    };
    show(<ManagePage params={{ token: "secret" }} />);
    await shown("Your booking with Ada");
    button(/^Call off$/).click();
    await vi.waitFor(() => expect(button(/^Call it off$/).disabled).toBe(false));
    const why = root.querySelector("textarea");
    if (!why) throw new Error("no field for the reason");
    why.value = "Ill.";
    why.dispatchEvent(new Event("input", { bubbles: true }));
    await vi.waitFor(() => expect(why.value).toBe("Ill."));
    button(/^Call it off$/).click();
    await shown("It is called off, and Ada is told.");
    expect(asked.at(-1)).toEqual({ path: "/api/manage/cancel", body: { token: "secret", remark: "Ill." } });
    await shown("10 coins went back to you");
  });

  it.each([
    [410, "This link was replaced"],
    [404, "This link is not complete"],
  ])("%i: %s", async (status, words) => {
    answers["/api/manage/preview"] = { status, body: { code: "not_found", message: "" } };
    show(<ManagePage params={{ token: "old" }} />);
    await shown(words);
    expect(root.querySelector('a[href="/login?next=/meetings"]')).not.toBeNull();
  });
});

describe("the page of a request's mail", () => {
  const wish = () => meeting({ status: "requested", description: "For two?" });

  it("answers only at a press, with a word", async () => {
    login("ada", "host");
    answers["/api/manage/request"] = { status: 200, body: wish() };
    answers["/api/bookings/m1/answer"] = { status: 200, body: meeting() };
    show(<RequestPage params={{ token: "seal" }} />);
    await shown("Request of Ben");
    expect(root.textContent).toMatch(/For two\?/);
    expect(root.textContent).toMatch(/For Ben: .*Kolkata/);
    expect(asked).toHaveLength(1);
    button(/^Decline/).click();
    await shown("Ben is told and gets everything back");
    button(/^Decline$/).click();
    await shown("You said yes to Ben."); // what the server made of it, not what was pressed
    expect(asked.find((it) => it.path === "/api/bookings/m1/answer")?.body).toEqual({ accept: false, remark: "" });
  });

  it("tells another account that it is not theirs", async () => {
    login("zoe", "client");
    answers["/api/manage/request"] = { status: 403, body: { code: "forbidden", message: "" } };
    show(<RequestPage params={{ token: "seal" }} />);
    await shown("This request is for another account");
    expect(root.textContent).toMatch("zoe@example.org");
  });
});

describe("the page of one meeting", () => {
  it("leads to where a gateway is when there are too few coins", async () => {
    login("ben", "client");
    const due = { ...meeting().booking, payment: "due", priceMc: 20_000 } as Meeting["booking"] & {};
    answers["/api/meetings/m1"] = { status: 200, body: meeting({ status: "awaiting_payment", booking: due }) };
    answers["/api/wallet"] = { status: 200, body: { available: 3_000, owed: 0 } };
    show(<MeetingPage params={{ id: "m1" }} />);
    await shown("Your wallet has 3 coins.");
    expect(root.querySelector('a[href="/book/done/m1"]')?.textContent).toBe("Pay");
    expect(root.textContent).not.toMatch("from the wallet");
  });

  it("shows a host the places of a group, and calls all of it off", async () => {
    login("ada", "host");
    const group = { ...meeting().booking, group: { seats: 8, taken: 3 } } as Meeting["booking"] & {};
    answers["/api/meetings/m1"] = { status: 200, body: meeting({ booking: group }) };
    answers["/api/bookings/m1/quote"] = { status: 200, body: { by: "host", refundBps: 10_000, refundMc: 20_000, keptMc: 0, meetings: 1 } };
    show(<MeetingPage params={{ id: "m1" }} />);
    await shown("3 of 8 places taken");
    expect(root.textContent).toMatch(/For Ben: .*Kolkata/);
    button(/^Call off$/).click();
    await shown("Only the place of Ben");
    const whole = [...root.querySelectorAll("label")].find((it) => /The whole session, 3 places/.test(it.textContent ?? ""));
    whole?.querySelector("input")?.click();
    await shown("Every client is told by mail and gets everything back");
    button(/^Call 3 off$/).click();
    await vi.waitFor(() => expect(asked.map((it) => it.path)).toContain("/api/meetings/m1?session=true"));
  });
});

describe("moving a series", () => {
  it("asks how far it reaches, and says which times cannot be had", async () => {
    login("ada", "host");
    const at = Date.now() + 48 * HOUR;
    const of = { ...meeting().booking, seriesId: "m1" } as Meeting["booking"] & {};
    const first = meeting({ scheduledAt: at, booking: of });
    const second = meeting({ meetingId: "m2", scheduledAt: at + 168 * HOUR, booking: of });
    answers["/api/meetings/m1"] = { status: 200, body: first };
    answers["/api/meetings"] = { status: 200, body: { meetings: [first, second] } };
    answers["/api/hosts/ada/slots"] = { status: 200, body: { slots: [at, at + HOUR], timeZone: "UTC" } };
    answers["/api/bookings/m1/move"] = { status: 409, body: { code: "series_taken", message: "", taken: [at + 169 * HOUR] } };
    show(<MeetingPage params={{ id: "m1" }} />);
    await shown("Series of 2 meetings");
    button(/^Move$/).click();
    await shown("all that follow, by the same amount");
    const all = [...root.querySelectorAll("label")].find((it) => /all that follow, by the same amount/.test(it.textContent ?? ""));
    all?.querySelector("input")?.click();
    await vi.waitFor(() => expect(root.querySelector(`[data-at="${at + HOUR}"]`)).not.toBeNull());
    root.querySelector<HTMLButtonElement>(`[data-at="${at + HOUR}"]`)?.click();
    await vi.waitFor(() => expect(button(/^Move it$/).disabled).toBe(false));
    button(/^Move it$/).click();
    await shown("This time cannot be had, and nothing was moved");
    expect(asked.find((it) => it.path === "/api/bookings/m1/move")?.body).toEqual({ startsAt: at + HOUR, following: true });
  });
});

describe("my meetings", () => {
  it("has the next one first, and what waits and what was behind its own heading", async () => {
    login("ben", "client");
    place.value = { path: "/meetings", query: new URLSearchParams() };
    const later = Date.now() + 90 * HOUR;
    answers["/api/meetings"] = {
      status: 200,
      body: {
        meetings: [
          meeting(),
          meeting({ meetingId: "m2", subject: "Bill", status: "awaiting_payment", scheduledAt: later }),
          meeting({ meetingId: "m3", subject: "Wish", status: "requested", scheduledAt: later + HOUR }),
        ],
      },
    };
    show(<MyMeetingsPage />);
    await shown("Next meeting");
    expect(root.textContent).toMatch(/Not paid yet.*Bill/);
    expect(root.textContent).not.toMatch("Wish");
    place.value = { path: "/meetings", query: new URLSearchParams("show=waiting") };
    await shown(/Waiting for the host.*Wish/);
  });
});
