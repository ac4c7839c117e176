import { describe, expect, it } from "vitest";
import { ApiError } from "./error";
import { SessionKeeper } from "./session";
import type { GuestSession, Session } from "./types";

const MINUTE = 60_000;

const sessionOf = (token: string, expiresAt: number): Session => ({
  accessToken: token,
  expiresAt,
  user: { userId: "u1", name: "Ada" } as Session["user"],
});

const guestOf = (token: string, expiresAt: number): GuestSession => ({
  accessToken: token,
  expiresAt,
  roomId: "r1",
  meetingId: "m1",
  user: { userId: "g1", name: "Ben", role: "guest" },
});

function keeper(answer: (path: string) => Response | Promise<Response>, kind: "member" | "guest" | null = "member") {
  const world = { now: 0, asked: [] as string[], kind, note: null as "member" | null, waits: [] as number[] };
  const session = new SessionKeeper({
    fetch: async (path) => {
      world.asked.push(String(path));
      await Promise.resolve();
      return answer(String(path));
    },
    now: () => world.now,
    alone: (work) => work(),
    remember: (next) => (world.kind = next ?? world.note),
    remembered: () => world.kind,
    wait: async (ms) => void world.waits.push(ms),
  });
  return { session, world };
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

describe("renewing", () => {
  it("asks once, however many need a token at the same time", async () => {
    const { session, world } = keeper(() => json(sessionOf("T1", 10 * MINUTE)));
    const tokens = await Promise.all([session.token(), session.token(), session.token(), session.renew("dead")]);
    expect(tokens).toEqual(["T1", "T1", "T1", "T1"]);
    expect(world.asked).toEqual(["/api/auth/refresh"]);
    expect(session.identity.value).toMatchObject({ kind: "member", user: { name: "Ada" } });
  });

  it("keeps a token until shortly before its end", async () => {
    let round = 0;
    const { session, world } = keeper(() => json(sessionOf(`T${++round}`, world.now + 10 * MINUTE)));
    expect(await session.token()).toBe("T1");
    world.now = 9 * MINUTE;
    expect(await session.token()).toBe("T1");
    world.now = 9.6 * MINUTE;
    expect(await session.token()).toBe("T2");
  });

  it("gives the newer token to who comes with an older one", async () => {
    const { session, world } = keeper(() => json(sessionOf("T2", 10 * MINUTE)));
    session.becomeMember(sessionOf("T1", 10 * MINUTE));
    expect(await session.renew("T0")).toBe("T1");
    expect(world.asked).toEqual([]);
    expect(await session.renew("T1")).toBe("T2");
  });

  it("asks again after a failure that will pass, and stays logged in meanwhile", async () => {
    let up = false;
    const { session } = keeper(() => (up ? json(sessionOf("T2", 10 * MINUTE)) : json({ code: "unavailable", message: "" }, 503)));
    session.becomeMember(sessionOf("T1", 1));
    await expect(session.token()).rejects.toBeInstanceOf(ApiError);
    expect(session.identity.value.kind).toBe("member");
    up = true;
    expect(await session.token()).toBe("T2");
  });

  it("ends the login when the server says so", async () => {
    const { session, world } = keeper(() => json({ code: "unauthorized", message: "Invalid token" }, 401));
    session.becomeMember(sessionOf("T1", 1));
    expect(await session.token()).toBeNull();
    expect(session.identity.value.kind).toBe("stranger");
    expect(world.kind).toBeNull();
    expect(await session.token()).toBeNull();
    expect(world.asked).toHaveLength(1);
  });

  it("does not bring back a login that was left while the answer was on its way", async () => {
    let arrive = (_response: Response) => {};
    const { session } = keeper(() => new Promise<Response>((resolve) => (arrive = resolve)));
    session.becomeMember(sessionOf("T1", 1));
    const late = session.token();
    await new Promise((resolve) => setTimeout(resolve));
    session.becomeStranger();
    arrive(json(sessionOf("T2", 10 * MINUTE)));
    expect(await late).toBeNull();
    expect(session.identity.value.kind).toBe("stranger");
  });
});

describe("starting", () => {
  it("does not ask for a stranger", async () => {
    const { session, world } = keeper(() => json({}, 401), null);
    await session.restore();
    expect(session.identity.value.kind).toBe("stranger");
    expect(world.asked).toEqual([]);
  });

  it("takes a guest up as a guest", async () => {
    const { session, world } = keeper(() => json(guestOf("G", 10 * MINUTE)), "guest");
    await session.restore();
    expect(world.asked).toEqual(["/api/join/refresh"]);
    expect(session.identity.value).toMatchObject({ kind: "guest", guest: { meetingId: "m1" } });
    expect(await session.token()).toBe("G");
  });

  it("makes a guest who has an account a member again", async () => {
    const { session, world } = keeper(() => json(sessionOf("T", 10 * MINUTE)), "member");
    session.becomeGuest(guestOf("G", 10 * MINUTE));
    expect(world.kind).toBe("guest");
    world.note = "member"; // of the other tab; what is left when the guest is forgotten
    await session.leaveRoom();
    expect(world.asked).toEqual(["/api/auth/refresh"]);
    expect(session.identity.value.kind).toBe("member");
    await session.leaveRoom(); // nothing to leave
    expect(world.asked).toHaveLength(1);
  });

  it("waits for a server that restarts", async () => {
    const { session, world } = keeper(() =>
      world.asked.length < 3 ? Promise.reject(new TypeError("Failed to fetch")) : json(sessionOf("T", 10 * MINUTE)),
    );
    await session.restore();
    expect(session.identity.value.kind).toBe("member");
    expect(world.waits).toEqual([500, 1000]);
  });

  it("gives up in the end, and keeps the memory of the login", async () => {
    const { session, world } = keeper(() => Promise.reject(new TypeError("Failed to fetch")));
    await session.restore();
    expect(session.identity.value.kind).toBe("stranger");
    expect(world.waits).toHaveLength(4);
    expect(world.kind).toBe("member");
  });
});
