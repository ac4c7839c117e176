/** The committed document through the eyes of the page: nothing is lost, nothing leads nowhere. */
import { expect, test } from "vitest";
import document from "../../../openapi.json";
import { byTag, fieldsOf, kindOf, matching, namesIn, type OpenApi, operations, resolved } from "./openapi";

const api = document as unknown as OpenApi;
const all = operations(api);

test("every operation is there once, under a tag", () => {
  const roads = Object.entries(api.paths).flatMap(([path, methods]) => Object.keys(methods).map((it) => `${it.toUpperCase()} ${path}`));
  expect(all.map(({ method, path }) => `${method} ${path}`)).toEqual(roads);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(byTag(all).flatMap(([, group]) => group).length).toBe(all.length);
});

test("what is searched for is found by all of its words, and nothing else", () => {
  const found = (words: string) => matching(all, words).map(({ method, path }) => `${method} ${path}`);
  expect(found("  POST redeem ")).toEqual(["POST /api/join/redeem"]);
  expect(found("nonsense")).toEqual([]);
  expect(found("").length).toBe(all.length);
});

test("kinds are said in a line", () => {
  expect(kindOf({ type: ["string", "null"] })).toBe("string or null");
  expect(kindOf({ type: "integer", format: "int64" })).toBe("integer (int64)");
  expect(kindOf({ type: "array", items: { $ref: "#/components/schemas/Me" } })).toBe("Me[]");
  expect(kindOf({ enum: ["a", "b"] })).toBe('"a" | "b"');
  expect(kindOf({ oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Me" }] })).toBe("null or Me");
});

test("every shape that is named can be looked into", () => {
  const named = all.flatMap(({ body, answers }) => [body, ...answers]).flatMap((it) => (it?.schema ? namesIn(it.schema) : []));
  const seen = new Set<string>();
  for (const queue = [...named]; queue.length > 0; ) {
    const name = queue.pop()!;
    if (seen.has(name)) continue;
    seen.add(name);
    const schema = api.components.schemas[name];
    expect(schema, name).toBeDefined();
    queue.push(...fieldsOf(schema!, api).flatMap(({ shapes }) => shapes));
  }
  expect(seen.size).toBeGreaterThan(50);
});

test("what is put together from several shapes has the fields of all", () => {
  const joined = { allOf: [{ $ref: "#/components/schemas/RoomBody" }, { properties: { more: { type: "string" } }, required: ["more"] }] };
  const names = fieldsOf(joined, api).map(({ name }) => name);
  expect(names).toContain("roomId");
  expect(names).toContain("more");
  expect(resolved({ $ref: "#/components/schemas/RoomBody" }, api).properties).toHaveProperty("roomId");
});

test("a refusal that operations share is looked up, with its words", () => {
  const login = all.find(({ path }) => path === "/api/auth/login")!;
  const large = login.answers.find(({ name }) => name === "413")!;
  expect(large.words).toContain("larger");
  expect(large.schema?.$ref).toContain("ErrorBody");
});
