// The `test` of all specs: when one is over, everybody in it leaves. Contexts that a test opens itself
// would stay until the end of the whole run, in calls without a server, and slow down what follows.
import { test as base } from "@playwright/test";

export const test = base.extend<{ leaving: void }>({
  leaving: [
    async ({ browser }, use) => {
      await use();
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    { auto: true },
  ],
});
