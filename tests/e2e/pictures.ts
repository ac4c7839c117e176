// The README's picture: choosing a time with the demo's first host, in a fixed zone.
//
//   pictures.ts FOLDER
import { browserOptions } from "./browser";
import { chromium } from "./people";
import { Server } from "./server";

const folder = process.argv[2] ?? "../../docs/pictures";
const server = await Server.start({}, ["--demo"]);
const browser = await chromium.launch(browserOptions);
try {
  const answer = await fetch(`${server.url}/api/services/search?q=session`);
  const services = (await answer.json()) as { hostId: string; serviceId: string; title: string }[];
  const found = services.find((it) => it.title === "Session")!;
  const page = await browser.newPage({ viewport: { width: 1120, height: 860 }, timezoneId: "Europe/Berlin", locale: "en-GB", colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(`${server.url}/book/${found.hostId}/${found.serviceId}`);
  await page.getByRole("button", { name: /free time/ }).nth(2).click();
  await page.locator(".book-time:enabled").first().waitFor();
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${folder}/booking.png` });
} finally {
  await browser.close();
  await server.stop();
}
