/** A name for this device that its owner will know again in the list: "Firefox on Android". */
export function deviceName(agent = navigator.userAgent): string {
  return `${browserOf(agent)} on ${systemOf(agent)}`;
}

// The first that fits wins: every browser also claims to be the ones before it.
const BROWSERS: readonly [RegExp, string][] = [
  [/Edg(e|A|iOS)?\//, "Edge"],
  [/OPR\//, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/(Firefox|FxiOS)\//, "Firefox"],
  [/(Chrome|CriOS|Chromium)\//, "Chrome"],
  [/Safari\//, "Safari"],
];

const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/CrOS/, "ChromeOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "Mac"],
  [/Linux/, "Linux"],
];

const first = (table: readonly [RegExp, string][], agent: string): string | undefined =>
  table.find(([pattern]) => pattern.test(agent))?.[1];

const browserOf = (agent: string): string => first(BROWSERS, agent) ?? "Browser";
const systemOf = (agent: string): string => first(SYSTEMS, agent) ?? "another device";
