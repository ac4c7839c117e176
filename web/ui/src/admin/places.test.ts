import { describe, expect, it } from "vitest";
import { routes } from "../app/routes";
import { findRoute } from "../app/router";
import { lineOf, PLACES } from "./places";

describe("the operator's navigation", () => {
  const hrefs = PLACES.flatMap(({ places }) => places.map(({ href }) => href as string));

  it("leads to pages that are there, once each, for admins only", () => {
    expect(hrefs.map((href) => findRoute(routes, href)?.route.access)).toEqual(hrefs.map(() => "admin"));
    expect(new Set(hrefs).size).toBe(hrefs.length);
  });

  it("leaves out no page of the operator", () => {
    const pages = routes.filter(({ access }) => access === "admin").map(({ pattern }) => pattern);
    expect(pages.filter((pattern) => lineOf(pattern) === undefined)).toEqual([]);
  });

  it("marks the page itself, and what lies below it", () => {
    const marked = ["/admin", "/admin/reports", "/admin/hosts/one", "/admin/else"].map((path) => lineOf(path)?.href);
    expect(marked).toEqual(["/admin", "/admin/reports", "/admin/hosts", undefined]);
  });
});
