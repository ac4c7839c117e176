/**
 * What a knock of the server becomes on the screen: its words, its place in the pile, where a click on
 * it leads, and which open page may be taken there. Pure: no page and no worker in here.
 */

/** What the server sends. Who it is about is there only if its reader wished so. */
export interface Knock {
  kind: string;
  /** Number in its person's list. */
  seq: number;
  /** The reader's language, if they chose one. */
  lang?: string | null;
  name?: string;
}

export type Words = Record<string, Record<string, string>>;

export interface Shown {
  words: string;
  lang: string;
  /** What has the same one is replaced. */
  tag: string;
  path: string;
}

/** Null for what is no knock of ours. */
export function understood(data: unknown): Knock | null {
  if (typeof data !== "object" || data === null) return null;
  const { kind, seq, lang, name } = data as Record<string, unknown>;
  if (typeof kind !== "string" || typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) return null;
  return {
    kind,
    seq,
    ...(typeof lang === "string" ? { lang } : {}),
    ...(typeof name === "string" && name !== "" ? { name } : {}),
  };
}

/** A knock that cannot be read still has to be shown: browsers take the consent back otherwise. */
export function shown(knock: Knock | null, wishes: readonly string[], words: Words): Shown {
  const asked = [knock?.lang ?? "", ...wishes].map((tag) => tag.split("-")[0]?.toLowerCase() ?? "");
  const lang = asked.find((it) => words[it] !== undefined) ?? "en";
  const say = (key: string): string | undefined => words[lang]?.[key] ?? words["en"]?.[key];
  const other = say("bare.news") ?? "";
  if (knock === null) return { words: other, lang, tag: "other", path: "/" };
  const { kind, seq, name } = knock;
  const full = name === undefined ? undefined : say(`kind.${kind}`);
  // Words that want more than a name (a time, a sum) are for pages, which ask for it.
  const named = full?.match(/\{\w+\}/g)?.every((it) => it === "{name}") ? full.replace("{name}", () => name ?? "") : undefined;
  return {
    words: named ?? say(`bare.${kind}`) ?? other,
    lang,
    // Of one writer's messages the latest is enough; everything else stands for itself.
    tag: kind === "message" ? `message-${name ?? ""}` : `${kind}-${seq}`,
    path: `/n/${seq}`,
  };
}

/** Pages that nobody may be taken away from: a call, somebody who books or pays. */
const BUSY = ["/video-call/", "/call/", "/j/", "/book/", "/embed/", "/wallet/"];

/** The open page that may be taken elsewhere, one that is looked at first. */
export function free<C extends { url: string; visibilityState: string }>(pages: readonly C[]): C | undefined {
  const able = pages.filter(({ url }) => !BUSY.some((it) => new URL(url).pathname.startsWith(it)));
  return able.find((it) => it.visibilityState === "visible") ?? able[0];
}
