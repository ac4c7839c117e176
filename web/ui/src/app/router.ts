/**
 * Which page belongs to an address. No page knows another: it asks for an address by `navigate`
 * or an ordinary `<a href>`, which is caught here when a route of this app answers it.
 */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";

export type Params = Readonly<Record<string, string>>;

/** What every page gets: the named parts of its address. */
export interface PageProps {
  params: Params;
}

export type Page = ComponentType<PageProps>;

export interface Route {
  /** Such as `/meetings/:id`; a part that begins with a colon is a parameter. */
  pattern: string;
  /** The page itself, or a loader of the file that exports it as `default`. */
  page: () => Promise<{ default: Page }>;
  /** Who may see it. A stranger on a `member` page is sent to log in and comes back after it. */
  access: "anyone" | "stranger" | "member" | "admin";
  /** `app` with the header, `plain` with the name only, `bare` without anything around it. */
  frame: "app" | "plain" | "bare";
}

export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

/** Where we are. Changes only through `navigate` and the browser's own back and forward. */
export const place = signal<Place>({ path: "/", query: new URLSearchParams() });

/** The parameters when the path fits the pattern, else null. Parts never span a slash. */
export function matchPattern(pattern: string, path: string): Params | null {
  const wanted = parts(pattern);
  const given = parts(path);
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const got = given[index] ?? "";
    if (!want.startsWith(":")) {
      if (want !== got) return null;
      continue;
    }
    const value = decode(got);
    if (value === null) return null;
    params[want.slice(1)] = value;
  }
  return params;
}

/** The first route that fits wins, so fixed words stand before parameters in the table. */
export function findRoute(routes: readonly Route[], path: string): { route: Route; params: Params } | null {
  for (const route of routes) {
    const params = matchPattern(route.pattern, path);
    if (params) return { route, params };
  }
  return null;
}

const parts = (path: string): string[] => path.split("/").filter((part) => part !== "");

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null; // a broken escape is an unknown address, not an error
  }
}

/** Goes to an address of this app. `replace` leaves no way back, as after a one-time link. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.value = here();
  window.scrollTo(0, 0);
}

/**
 * An address that may follow `?next=`: a path of this app and nothing else, since the part behind
 * the question mark comes from whoever made the link.
 */
export function safeNext(wanted: string | null): string {
  if (!wanted || !/^\/(?![/\\])/.test(wanted)) return "/";
  try {
    const url = new URL(wanted, location.origin);
    return url.origin === location.origin ? url.pathname + url.search : "/";
  } catch {
    return "/";
  }
}

/** Follows back and forward, and catches clicks on links that a route answers. */
export function startRouter(routes: readonly Route[]): () => void {
  place.value = here();
  const onPop = () => {
    place.value = here();
  };
  const onClick = (event: MouseEvent) => {
    const link = ourLink(event);
    if (!link || !findRoute(routes, link.pathname)) return;
    event.preventDefault();
    navigate(link.pathname + link.search + link.hash);
  };
  window.addEventListener("popstate", onPop);
  document.addEventListener("click", onClick);
  return () => {
    window.removeEventListener("popstate", onPop);
    document.removeEventListener("click", onClick);
  };
}

function ourLink(event: MouseEvent): HTMLAnchorElement | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link?.href || link.target || link.hasAttribute("download")) return null;
  if (link.hash !== "" && link.pathname === location.pathname) return null; // within the page
  return link.origin === location.origin ? link : null;
}
