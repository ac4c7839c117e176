import { describe, expect, it, vi } from "vitest";
import { createClient, type RequestOptions } from "./client";
import { ApiError } from "./error";

type Answer = { status: number; body?: unknown } | "no network";

/** A server that gives these answers in turn, and remembers what it was asked. */
function against(answers: Answer[], tokens: { first?: string | null; renewed?: string | null } = {}) {
  const asked: { path: string; init: RequestInit }[] = [];
  const waits: number[] = [];
  const renew = vi.fn(async () => tokens.renewed ?? null);
  const request = createClient({
    fetch: async (path, init) => {
      asked.push({ path: String(path), init: init ?? {} });
      const answer = answers[asked.length - 1] ?? { status: 599 };
      if (answer === "no network") throw new TypeError("Failed to fetch");
      const body = answer.body === undefined ? null : JSON.stringify(answer.body);
      return new Response(body, { status: answer.status });
    },
    tokens: { token: async () => tokens.first ?? null, renew },
    wait: async (ms) => void waits.push(ms),
    random: () => 0,
  });
  const header = (index: number, name: string) => new Headers(asked[index]?.init.headers).get(name);
  return { request, asked, waits, renew, header };
}

const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
  const cause = await promise.then(() => null, (error: unknown) => error);
  expect(cause).toBeInstanceOf(ApiError);
  return cause as ApiError;
};

describe("a request", () => {
  it("sends the token and JSON, and gives what came back", async () => {
    const server = against([{ status: 201, body: { id: 7 } }], { first: "T" });
    const made = await server.request("/api/things", { method: "POST", body: { a: 1 }, idempotencyKey: "k" });
    expect(made).toEqual({ id: 7 });
    expect(server.header(0, "authorization")).toBe("Bearer T");
    expect(server.header(0, "idempotency-key")).toBe("k");
    expect(server.header(0, "content-type")).toBe("application/json");
    expect(server.asked[0]?.init.body).toBe('{"a":1}');
  });

  it("takes an answer without a body", async () => {
    expect(await against([{ status: 204 }]).request("/x", { method: "DELETE" })).toBeUndefined();
    expect(await against([{ status: 202 }]).request("/x", { method: "POST" })).toBeUndefined();
  });

  it("sends no token where none belongs", async () => {
    const server = against([{ status: 200, body: {} }], { first: "T" });
    await server.request("/api/auth/login", { method: "POST", auth: "none" });
    expect(server.header(0, "authorization")).toBeNull();
  });

  it("fails with the server's code, words and field", async () => {
    const body = { code: "bad_request", message: "Too short.", field: "name" };
    const error = await failure(against([{ status: 400, body }]).request("/x", { method: "POST" }));
    expect([error.status, error.code, error.message, error.body.field]).toEqual([400, "bad_request", "Too short.", "name"]);
  });

  it("makes sense of a failure that is not ours", async () => {
    const request = createClient({
      fetch: async () => new Response("<h1>Bad gateway</h1>", { status: 403 }),
      tokens: { token: async () => null, renew: async () => null },
      wait: async () => undefined,
      random: () => 0,
    });
    expect((await failure(request("/x"))).code).toBe("forbidden");
  });
});

describe("a refused token", () => {
  it("is renewed once and the request sent again", async () => {
    const server = against([{ status: 401 }, { status: 200, body: 1 }], { first: "old", renewed: "new" });
    expect(await server.request("/x", { method: "POST" })).toBe(1);
    expect(server.renew).toHaveBeenCalledExactlyOnceWith("old");
    expect(server.header(1, "authorization")).toBe("Bearer new");
  });

  it("ends in the refusal when there is no newer one, or that is refused too", async () => {
    const over = against([{ status: 401 }], { first: "old", renewed: null });
    expect((await failure(over.request("/x"))).status).toBe(401);
    const again = against([{ status: 401 }, { status: 401 }], { first: "old", renewed: "new" });
    expect((await failure(again.request("/x"))).status).toBe(401);
    expect(again.asked).toHaveLength(2);
  });

  it("is not renewed for a stranger", async () => {
    const server = against([{ status: 401 }]);
    await failure(server.request("/x"));
    expect(server.renew).not.toHaveBeenCalled();
  });
});

describe("repeating", () => {
  const cases: [string, RequestOptions, Answer, number][] = [
    ["a GET without network", {}, "no network", 3],
    ["a GET of a busy server", {}, { status: 503 }, 3],
    ["a POST with a key", { method: "POST", idempotencyKey: "k" }, "no network", 3],
    ["a POST without a key", { method: "POST" }, "no network", 1],
    ["a DELETE", { method: "DELETE" }, { status: 503 }, 1],
    ["a GET that is wrong", {}, { status: 400 }, 1],
    ["a GET that broke the server", {}, { status: 500 }, 1],
  ];
  it.each(cases)("%s", async (_name, options, answer, times) => {
    const server = against([answer, answer, answer, answer]);
    await failure(server.request("/x", options));
    expect(server.asked).toHaveLength(times);
  });

  it("waits longer each time, and as long as the server asks", async () => {
    const patient = against(["no network", "no network", "no network"]);
    await failure(patient.request("/x"));
    expect(patient.waits).toEqual([200, 400]);
    const told = against([{ status: 429, body: { code: "rate_limited", message: "", retryAfterMs: 1500 } }, { status: 200, body: 1 }]);
    expect(await told.request("/x")).toBe(1);
    expect(told.waits).toEqual([1500]);
  });

  it("does not sit out a long ban", async () => {
    const server = against([{ status: 429, body: { code: "rate_limited", message: "", retryAfterMs: 60_000 } }]);
    expect((await failure(server.request("/x"))).body.retryAfterMs).toBe(60_000);
    expect(server.asked).toHaveLength(1);
  });

  it("stops when the asker is gone", async () => {
    const gone = new AbortController();
    const request = createClient({
      fetch: (_path, init) =>
        new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")))),
      tokens: { token: async () => null, renew: async () => null },
      wait: async () => undefined,
      random: () => 0,
    });
    const answer = request("/x", { signal: gone.signal });
    await Promise.resolve();
    await Promise.resolve();
    gone.abort();
    await expect(answer).rejects.toBeInstanceOf(DOMException);
  });
});
