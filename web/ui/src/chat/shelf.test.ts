import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/error";
import type { ChatFile } from "../generated/protocol";
import { settle } from "../socket/fakes";
import { boxOf } from "./file-box";
import { lineOf, sizeWords } from "./file-words";
import { FILES_MAX, Shelf } from "./shelf";

const file = (name: string, size = 10): File => ({ name, size, type: "text/plain" }) as File;
const given = (name: string): ChatFile => ({ fileId: `id-${name}`, name, size: 10, kind: "file" });

/** A server that answers when it is told to. */
function shelf(drafts: ChatFile[] = []) {
  const asked: { file: File; progress: (part: number) => void; signal: AbortSignal; answer: (it: ChatFile) => void; refuse: (why: unknown) => void }[] = [];
  const kept: string[][] = [];
  const forget = vi.fn();
  const it = new Shelf(
    {
      bytesMax: () => 100,
      upload: (file, progress, signal) =>
        new Promise((answer, refuse) => {
          asked.push({ file, progress, signal, answer, refuse });
          signal.addEventListener("abort", () => refuse(new DOMException("", "AbortError")));
        }),
      forget,
      keep: (files) => kept.push(files.map((it) => it.name)),
      preview: () => undefined,
    },
    drafts,
  );
  const states = () => it.items.value.map(({ name, state }) => `${name} ${state}`);
  return { it, asked, kept, forget, states };
}

describe("files for the next message", () => {
  it("go to the server two at once, in their order, and are taken when they are there", async () => {
    const { it: shelved, asked, states } = shelf();
    shelved.add([file("a"), file("b"), file("c")]);
    expect(states()).toEqual(["a loading", "b loading", "c waiting"]);
    asked[0]?.progress(0.5);
    expect(shelved.items.value[0]?.progress).toBe(0.5);
    asked[0]?.answer(given("a"));
    await settle();
    expect(states()).toEqual(["a ready", "b loading", "c loading"]);
    expect(shelved.busy.value).toBe(true);
    asked[1]?.answer(given("b"));
    asked[2]?.answer(given("c"));
    await settle();
    expect(shelved.busy.value).toBe(false);
    expect(shelved.take().map((it) => it.fileId)).toEqual(["id-a", "id-b", "id-c"]);
    expect(shelved.items.value).toEqual([]);
  });

  it("are refused here when they are too large or too many, and nothing of them is sent", () => {
    const { it: shelved, asked, states } = shelf();
    shelved.add([file("huge", 101)]);
    expect(states()).toEqual(["huge failed"]);
    expect(shelved.items.value[0]?.trouble).toMatchObject({ code: "payload_too_large", again: false });
    expect(asked).toHaveLength(0);
    shelved.add(Array.from({ length: FILES_MAX }, (_, n) => file(String(n))));
    expect(shelved.items.value).toHaveLength(FILES_MAX);
    expect(shelved.tooMany.value).toBe(true);
  });

  it("are stopped, tried again, and taken back", async () => {
    const { it: shelved, asked, kept, forget, states } = shelf();
    shelved.add([file("a"), file("b"), file("c")]);
    shelved.remove(shelved.items.value[0]?.key ?? "");
    expect(asked[0]?.signal.aborted).toBe(true);
    await settle();
    expect(states()).toEqual(["b loading", "c loading"]);
    asked[1]?.refuse(ApiError.unreachable());
    asked[2]?.refuse(new ApiError(400, { code: "bad_request", message: "No.", field: "file" }));
    await settle();
    expect(shelved.items.value.map((it) => it.trouble?.again)).toEqual([true, false]);
    expect(shelved.take()).toEqual([]);
    expect(states()).toEqual(["b failed", "c failed"]);
    shelved.retry(shelved.items.value[0]?.key ?? "");
    asked[3]?.answer(given("b"));
    await settle();
    expect(kept[kept.length - 1]).toEqual(["b"]);
    shelved.remove(shelved.items.value[0]?.key ?? "");
    expect(forget).toHaveBeenCalledExactlyOnceWith("id-b");
    expect(kept[kept.length - 1]).toEqual([]);
  });

  it("are there again after a reload", () => {
    const { it: shelved, states } = shelf([given("a")]);
    expect(states()).toEqual(["a ready"]);
    expect(shelved.take()).toHaveLength(1);
  });
});

describe("a file in a thread", () => {
  it("has its size before it is there", () => {
    expect(boxOf({ width: 2_000, height: 1_000 })).toEqual({ inlineSize: "280px", aspectRatio: "280 / 140" });
    expect(boxOf({ width: 100, height: 1_000 })).toEqual({ inlineSize: "64px", aspectRatio: "64 / 320" });
    expect(boxOf({ width: 1, height: 1 })).toEqual({ inlineSize: "64px", aspectRatio: "64 / 64" });
  });

  it("stands for a message without words", () => {
    const picture = { ...given("p.jpg"), kind: "picture" as const };
    expect(lineOf({ text: "look", files: [picture] })).toBe("look");
    expect(lineOf({ text: "", files: [picture] })).toBe("Picture");
    expect(lineOf({ text: "", files: [given("a.pdf")] })).toBe("a.pdf");
    expect(lineOf({ text: "", files: [given("a"), picture] })).toBe("2 files");
    expect([sizeWords(10 * 1_048_576), sizeWords(1), sizeWords(1_500_000)]).toEqual(["10 MB", "1 kB", "1.4 MB"]);
  });
});
