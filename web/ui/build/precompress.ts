/**
 * Writes a `.br` and a `.gz` next to every built file that is worth compressing, so that the
 * server only ever picks a file and never spends a phone user's time on compressing.
 */
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(js|css|html|svg|json|webmanifest|txt)$/;
/** Below this many bytes a second file costs more than it saves. */
const BYTES_MIN = 256;

export function precompress(): Plugin {
  let outDir = "dist";
  return {
    name: "parlor-precompress",
    apply: "build",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    async closeBundle() {
      for (const file of await filesBelow(outDir)) {
        if (COMPRESSIBLE.test(file)) await compress(file);
      }
    },
  };
}

async function compress(file: string): Promise<void> {
  const plain = await readFile(file);
  if (plain.byteLength < BYTES_MIN) return;
  const brotli = await promisify(brotliCompress)(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.byteLength,
    },
  });
  await writeFile(`${file}.br`, brotli);
  await writeFile(`${file}.gz`, await promisify(gzip)(plain, { level: 9 }));
}

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await stat(path)).isDirectory()) found.push(...(await filesBelow(path)));
    else found.push(path);
  }
  return found;
}
