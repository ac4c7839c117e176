/** A host's notes: saved while they type, and never over what another page wrote. */
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { session } from "../api";
import { NotesCard } from "./NotesCard";

let root: HTMLElement;
let stored: { text: string; version: number; updatedAt: number | null };
const nothing = { text: "", version: 0, updatedAt: null };

beforeEach(() => {
  root = document.body.appendChild(document.createElement("div"));
  session.becomeStranger();
  stored = { text: "Likes tea.", version: 3, updatedAt: 1 };
  vi.stubGlobal("fetch", async (_: string, init: RequestInit = {}) => {
    if (init.method !== "PUT") return new Response(JSON.stringify({ client: stored, meeting: nothing }));
    const sent = JSON.parse(String(init.body)) as { text: string; version: number };
    if (sent.version !== stored.version) return new Response(JSON.stringify({ code: "conflict", message: "Changed." }), { status: 409 });
    stored = { text: sent.text, version: stored.version + 1, updatedAt: 2 };
    return new Response(JSON.stringify(stored));
  });
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

async function opened(): Promise<HTMLTextAreaElement> {
  render(<NotesCard path="/api/meetings/m1" name="Ben" />, root);
  return vi.waitFor(() => {
    const area = root.querySelector("textarea");
    if (!area) throw new Error("not there yet");
    return area;
  });
}

async function write(area: HTMLTextAreaElement, text: string): Promise<void> {
  await act(() => {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await act(() => void area.dispatchEvent(new Event("blur")));
}

it("saves what is typed when the field is left", async () => {
  const area = await opened();
  expect(area.value).toBe("Likes tea.");
  await write(area, "Likes tea, no milk.");
  await vi.waitFor(() => expect(stored).toMatchObject({ text: "Likes tea, no milk.", version: 4 }));
  await vi.waitFor(() => expect(root.textContent).toContain("Saved"));
});

it("shows what another page wrote, and lets one choose", async () => {
  const area = await opened();
  stored = { text: "Prefers coffee.", version: 7, updatedAt: 5 };
  await write(area, "Mine.");
  await vi.waitFor(() => expect(root.textContent).toContain("Prefers coffee."));
  expect(stored.text).toBe("Prefers coffee.");
  const mine = [...root.querySelectorAll("button")].find((it) => it.textContent?.includes("Keep mine"));
  await act(() => mine?.click());
  await vi.waitFor(() => expect(stored).toMatchObject({ text: "Mine.", version: 8 }));
});
