import { defineConfig } from "vitest/config";
import { budget } from "./build/budget.ts";
import { precompress } from "./build/precompress.ts";
import { workerBuild } from "./build/worker.ts";

/** Where `npm run dev` finds a running server. */
const server = process.env["PARLOR_URL"] ?? "http://localhost:8080";

export default defineConfig({
  // Every asset is a file of its own under /assets/: the content security policy of the server
  // allows no inline script or style, and a hashed name may be cached for ever.
  build: {
    target: "es2022",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: { fileName: "assets/licenses.txt" },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/worker/worker.ts" },
      // The worker's address is its identity: it stays the same, at the root, over all builds.
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        // What several pages share comes as one file: each small one would be a request of its own.
        codeSplitting: {
          groups: [
            { name: "shared", test: /src\/(api|app|components|pages|meetings\/(meeting|news)\.)/, minShareCount: 2 },
            { name: "meetings", test: /src\/(meetings\/|i18n\/en\/meetings)/, minShareCount: 2 },
            // What the call page shares with those about calls.
            {
              name: "calls",
              test: /src\/(call\/(Rating|room-words)|paid\/(BuyCoins|words)|chat\/words|devices\/sound|i18n\/en\/(paid|room|chat))/,
              minShareCount: 2,
            },
            { name: "socket", test: /src\/(socket\/|call\/(socket|surroundings)\.)/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  plugins: [budget({ page: "pages/JoinPage.tsx", bytesMax: 48_000, requestsMax: 12 }), workerBuild("sw.js"), precompress()],
  server: {
    proxy: {
      "/api": server,
      "/dev": server,
      "/health": server,
      "/openapi.json": server,
      "/ws": { target: server, ws: true },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts", "src/**/*.test.tsx", "build/**/*.test.ts"],
    restoreMocks: true,
  },
});
