/**
 * What the service worker is given when it is built: a name that tells builds apart, from the names
 * of all built files, which carry their hashes: the same build has the same worker, and another one
 * replaces it. And the words of notifications in every language: it is one file that imports nothing,
 * and it speaks when no page is there to ask.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

type Words = Record<string, string>;

/** `{de: {"kind.message": …, "bare.message": …}, …}` from the folder of catalogues. */
export function noticeWords(folder: string): Record<string, Words> {
  const languages = readdirSync(folder).filter((it) => existsSync(join(folder, it, "push.json")));
  const catalogue = (language: string, area: string) => JSON.parse(readFileSync(join(folder, language, `${area}.json`), "utf8")) as Words;
  const ofNotices = ([key]: [string, string]) => key.startsWith("kind.") || key.startsWith("bare.");
  const words = (language: string) =>
    Object.fromEntries(Object.entries({ ...catalogue(language, "notices"), ...catalogue(language, "push") }).filter(ofNotices));
  return Object.fromEntries(languages.sort().map((language) => [language, words(language)]));
}

export function workerBuild(name: string): Plugin {
  return {
    name: "parlor-worker-build",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle[name];
      if (worker?.type !== "chunk") return this.error(`there is no ${name} in the bundle`);
      if (worker.imports.length > 0) return this.error(`${name} imports ${worker.imports.join(", ")}; browsers start it as a plain script`);
      const words = `const WORDS = ${JSON.stringify(noticeWords("src/i18n"))};\n`;
      const files = Object.keys(bundle).filter((file) => file !== name).sort();
      const build = createHash("sha256").update([...files, words, worker.code].join("\n")).digest("hex").slice(0, 12);
      worker.code = `const BUILD = "${build}";\n${words}${worker.code}`;
    },
  };
}
