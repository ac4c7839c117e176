// What stands between a person and the internet, and by which way two people should then meet. Pure:
// nothing here touches the machine. The names are those of RFC 3489, because people still use them.

/** `none` has a public address; the others are a router's rules, from kind to strict. */
export const kinds = ["none", "full-cone", "port-restricted", "symmetric", "udp-blocked", "only-443"] as const;
export type Kind = (typeof kinds)[number];

/** How one side's packets leave it: straight, or through the relay, and then by which protocol. */
export type Way = "direct" | "udp" | "tcp" | "tls";

/** What a call between two kinds should use, at each end: any of these. */
export interface Expected {
  /** In the table's words. */
  words: string;
  ways: [Way[], Way[]];
}

/** A hole can be punched unless both ends, together, give the other nothing to aim at. */
function punchable(a: Kind, b: Kind): boolean {
  const strict = [a, b].filter((kind) => kind === "symmetric").length;
  return strict === 0 || (strict === 1 && [a, b].some((kind) => kind === "none" || kind === "full-cone"));
}

/** The only way out of these is a stream to the relay; the other end may still reach the relay as it likes. */
function stream(kind: Kind): Way | undefined {
  if (kind === "udp-blocked") return "tcp";
  if (kind === "only-443") return "tls";
  return undefined;
}

export function expected(a: Kind, b: Kind): Expected {
  const streams = [stream(a), stream(b)];
  if (streams[0] === undefined && streams[1] === undefined) {
    if (punchable(a, b)) return { words: "direct", ways: [["direct"], ["direct"]] };
    return { words: "relay udp", ways: [["udp", "direct"], ["udp", "direct"]] };
  }
  const ways = streams.map((way): Way[] => (way === undefined ? ["udp", "direct"] : [way]));
  const words = `relay ${[...new Set(streams.filter((way) => way !== undefined))].join("+")}`;
  return { words, ways: [ways[0]!, ways[1]!] };
}

/** Whether both ends are as expected; a call that should be relayed must be, at one end at least. */
export function meets({ words, ways }: Expected, seen: [Way, Way]): boolean {
  const relayed = seen.some((way) => way !== "direct");
  return ways[0].includes(seen[0]) && ways[1].includes(seen[1]) && relayed === (words !== "direct");
}

/** Every pair once. */
export function everyPair(): [Kind, Kind][] {
  return kinds.flatMap((a, index) => kinds.slice(index).map((b): [Kind, Kind] => [a, b]));
}

/** One pair for each way through, for everyday tests. */
export const somePairs: [Kind, Kind][] = [
  ["port-restricted", "port-restricted"],
  ["symmetric", "full-cone"],
  ["symmetric", "symmetric"],
  ["udp-blocked", "port-restricted"],
  ["only-443", "symmetric"],
];
