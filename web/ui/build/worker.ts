/**
 * Gives the service worker a name that tells builds apart, from the names of all built files,
 * which carry their hashes: the same build has the same worker, and another one replaces it.
 */
import { createHash } from "node:crypto";
import type { Plugin } from "vite";

export function workerBuild(name: string): Plugin {
  return {
    name: "parlor-worker-build",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle[name];
      if (worker?.type !== "chunk") return this.error(`there is no ${name} in the bundle`);
      const files = Object.keys(bundle).filter((file) => file !== name).sort();
      const build = createHash("sha256").update([...files, worker.code].join("\n")).digest("hex").slice(0, 12);
      worker.code = `const BUILD = "${build}";\n${worker.code}`;
    },
  };
}
