import { render } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { session } from "../api";
import { place } from "../app/router";
import JoinPage from "./JoinPage";
import LoginPage from "./LoginPage";
import NewMeetingPage from "../meetings/NewMeetingPage";

type Asked = { path: string; method: string; body: unknown; key: string | null };
type Answer = { status: number; body: unknown };

let asked: Asked[];
let answers: Record<string, Answer | (() => Promise<Answer>)>;
let root: HTMLElement;

beforeEach(() => {
  asked = [];
  answers = {};
  root = document.body.appendChild(document.createElement("div"));
  session.becomeStranger();
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    const key = new Headers(init.headers).get("idempotency-key");
    asked.push({ path, method: init.method ?? "GET", body: JSON.parse(String(init.body ?? "null")), key });
    const found = answers[path] ?? { status: 404, body: { code: "not_found", message: "No." } };
    const { status, body } = typeof found === "function" ? await found() : found;
    return new Response(JSON.stringify(body), { status });
  });
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

const me = { userId: "u1", name: "Ada", email: "a@b.c", role: "host", hostStatus: "approved", timeZone: "UTC" };
const member = { accessToken: "T", expiresAt: Date.now() + 600_000, user: me };

function type(name: string, value: string): void {
  const input = root.querySelector<HTMLInputElement>(`[name=${name}]`);
  if (!input) throw new Error(`no input ${name}`);
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

const press = () => root.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
const shown = (words: string | RegExp) => vi.waitFor(() => expect(root.textContent).toMatch(words));

describe("log in", () => {
  it("says that a password is wrong, and takes the right one", async () => {
    answers["/api/auth/login"] = { status: 401, body: { code: "unauthorized", message: "Invalid" } };
    render(<LoginPage />, root);
    type("email", " a@b.c ");
    type("password", " secret ");
    press();
    await shown("E-mail address or password is not right");
    expect(asked[0]?.body).toMatchObject({ email: "a@b.c", password: " secret " });
    answers["/api/auth/login"] = { status: 200, body: member };
    press();
    await vi.waitFor(() => expect(session.identity.value).toMatchObject({ kind: "member", user: { name: "Ada" } }));
  });
});

describe("the join page", () => {
  const preview = (opensIn: number) => ({
    status: 200,
    body: {
      subject: "Reading",
      hostName: "Ada",
      inviteeName: "Ben",
      scheduledAt: Date.now() + opensIn,
      durationMinutes: 50,
      joinable: { state: opensIn > 0 ? "too_early" : "open", opensAt: Date.now() + opensIn, closesAt: Date.now() + 9e6 },
    },
  });

  it("takes nothing up before the press", async () => {
    answers["/api/join/preview"] = preview(-1000);
    answers["/api/join/redeem"] = {
      status: 200,
      body: { accessToken: "G", expiresAt: Date.now() + 6e5, roomId: "r", meetingId: "m1", user: { userId: "g", name: "Ben", role: "guest" } },
    };
    render(<JoinPage params={{ token: "secret" }} />, root);
    await shown("Your meeting with Ada");
    expect(asked.map((each) => each.path)).toEqual(["/api/join/preview"]);
    expect(session.identity.value.kind).toBe("stranger");
    press();
    await vi.waitFor(() => expect(session.identity.value.kind).toBe("guest"));
    expect(asked[1]).toMatchObject({ path: "/api/join/redeem", body: { token: "secret", name: "Ben" } });
    expect(place.value.path).toBe("/video-call/m1");
  });

  it("counts down while it is too early, without a form", async () => {
    answers["/api/join/preview"] = preview(3_600_000);
    render(<JoinPage params={{ token: "secret" }} />, root);
    await shown(/The room opens in\s*(1:00:00|59:5\d)/);
    expect(root.querySelector("form")).toBeNull();
  });

  it("has words for a link that is over", async () => {
    render(<JoinPage params={{ token: "old" }} />, root);
    await shown("This link does not work any more");
  });
});

describe("a new meeting", () => {
  it("is the same command when it is sent again, and shows the personal link", async () => {
    session.becomeMember(member as Parameters<typeof session.becomeMember>[0]);
    answers["/api/meetings/create"] = { status: 500, body: { code: "internal", message: "" } };
    render(<NewMeetingPage />, root);
    type("clientEmail", "ben@example.org");
    type("subject", "Reading");
    type("date", "2099-01-05");
    type("time", "10:00");
    await new Promise((resolve) => setTimeout(resolve));
    press();
    await shown("Something went wrong on the server");
    answers["/api/meetings/create"] = {
      status: 201,
      body: { meetingId: "m", subject: "Reading", client: { name: "Ben" }, meetingLinks: ["https://p.example/j/x"], scheduledAt: 0, durationMinutes: 50 },
    };
    press();
    await shown("Your meeting is arranged");
    const [first, second] = asked;
    expect(first?.key).toBeTruthy();
    expect(second?.key).toBe(first?.key);
    expect(second?.body).toMatchObject({ clientEmail: "ben@example.org", subject: "Reading", lobby: true });
    expect(root.querySelector<HTMLInputElement>(".copy-line input")?.value).toBe("https://p.example/j/x");
  });

  it("does not send a time that has passed", async () => {
    session.becomeMember(member as Parameters<typeof session.becomeMember>[0]);
    render(<NewMeetingPage />, root);
    type("clientEmail", "ben@example.org");
    type("subject", "Reading");
    type("date", "2020-01-05");
    await new Promise((resolve) => setTimeout(resolve));
    press();
    await shown("This time has passed");
    expect(root.querySelector("[name=date]")?.getAttribute("aria-invalid")).toBe("true");
    expect(asked).toEqual([]);
  });
});
