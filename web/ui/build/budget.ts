/**
 * Fails the build when a guest on a phone would have to load too much before the join page shows:
 * the page, what it imports, and their styles, compressed.
 */
import { brotliCompressSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

export interface Budget {
  /** The module of the page, by the end of its path. */
  page: string;
  bytesMax: number;
  requestsMax: number;
}

export function budget({ page, bytesMax, requestsMax }: Budget): Plugin {
  return {
    name: "parlor-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const files = new Set<string>();
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk" && (file.isEntry || file.facadeModuleId?.endsWith(page))) addWithImports(bundle, file.fileName, files);
      }
      const bytes = [...files].reduce((sum, name) => sum + compressedBytes(bundle[name]), 0);
      const requests = files.size + 1; // and the document
      this.info(`${page}: ${(bytes / 1024).toFixed(1)} KiB compressed in ${requests} requests`);
      if (bytes > bytesMax || requests > requestsMax)
        this.error(`${page} needs ${bytes} bytes in ${requests} requests; at most ${bytesMax} in ${requestsMax} are allowed`);
    },
  };
}

function addWithImports(bundle: Rolldown.OutputBundle, name: string, files: Set<string>): void {
  const file = bundle[name];
  if (files.has(name) || file?.type !== "chunk") return;
  files.add(name);
  for (const style of file.viteMetadata?.importedCss ?? []) files.add(style);
  for (const imported of file.imports) addWithImports(bundle, imported, files);
}

function compressedBytes(file: Rolldown.OutputBundle[string] | undefined): number {
  if (!file) return 0;
  return brotliCompressSync(file.type === "chunk" ? file.code : file.source).byteLength;
}
