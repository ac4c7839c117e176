// Looks at a page at phone and desktop width, light and dark: no serious fault for assistive
// technology, nothing wider than the screen, and a screenshot to look at (test-results/pages).
import { AxeBuilder } from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";

const WIDTHS = [390, 1280];

export async function inspect(page: Page, name: string): Promise<void> {
  const was = page.viewportSize()!;
  for (const width of WIDTHS) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
      await page.screenshot({ path: `test-results/pages/${name}-${width}-${colorScheme}.png` });
      const faults = (await axe(page, colorScheme).analyze()).violations.filter((fault) => ["serious", "critical"].includes(fault.impact ?? ""));
      expect(faults.map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.target).join(" ")}`), `${name} ${width} ${colorScheme}`).toEqual([]);
      await expectNoWiderThanScreen(page, name);
    }
  }
  // WCAG 1.4.10: a window of 1280 x 1024 at 400 % is 320 x 256.
  await page.setViewportSize({ width: 320, height: 256 });
  await expectNoWiderThanScreen(page, name);
  await page.screenshot({ path: `test-results/pages/${name}-zoom-400.png` });
  await page.setViewportSize(was);
}

/** In the dark the same page has other colours and nothing else that is another: only those are looked at again. */
function axe(page: Page, colorScheme: "light" | "dark"): AxeBuilder {
  // Without frames of other places the legacy mode finds the same, and opens no page of its own for it.
  const all = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  return colorScheme === "dark" ? all.withRules(["color-contrast", "link-in-text-block"]) : all;
}

async function expectNoWiderThanScreen(page: Page, name: string): Promise<void> {
  // Polled, since a page that was just made narrower may not have been laid out anew.
  const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await expect.poll(beyond, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
}
