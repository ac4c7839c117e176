// End to end: the real binary, Debian's Chromium with fake devices, nothing outside loopback.
import { defineConfig } from "@playwright/test";
import { browserOptions } from "./browser";

/** What sends pictures and voices between browsers. */
const calls = ["breaks", "chat", "entry", "files", "hands", "journey", "long", "mesh", "paid", "reach", "recovery", "refusals", "reports", "stage"].map(
  (name) => `${name}.spec.ts`,
);

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  // Two cores: one call with two browsers at a time, and beside it pages, which mostly wait.
  workers: 2,
  projects: [
    { name: "calls", testMatch: calls, workers: 1 },
    { name: "pages", testIgnore: calls },
  ],
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // At home a failure is a failure. In CI, whose machine may be busy with something else, there are
  // two more tries, and the report names the test as flaky.
  retries: process.env.CI ? 2 : 0,
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    actionTimeout: 20_000,
    trace: "retain-on-failure",
    launchOptions: browserOptions,
  },
});
