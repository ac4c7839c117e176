import { describe, expect, it } from "vitest";
import { fingerprintOf, safetyNumber, safetyNumberOf } from "./safety";
import { ufragOf, withVideoCeiling } from "./sdp";

const sdp = (print: string) =>
  `v=0\r\na=fingerprint:sha-256 ${print}\r\nm=audio 9 UDP\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n` +
  `m=video 9 UDP\r\nc=IN IP4 0.0.0.0\r\nb=AS:999\r\na=mid:1\r\nm=application 9\r\nc=IN IP4 0.0.0.0\r\n`;

describe("the safety number", () => {
  it("is five groups of five digits, the same on both sides", async () => {
    const pc = (ours: string, theirs: string) => ({
      currentLocalDescription: { sdp: sdp(ours) },
      currentRemoteDescription: { sdp: sdp(theirs) },
    });
    const here = await safetyNumberOf(pc("AA:01", "bb:02"));
    const there = await safetyNumberOf(pc("BB:02", "aa:01"));
    expect(here).toMatch(/^\d{5}( \d{5}){4}$/);
    expect(here).toBe(there);
  });
  it("changes with either certificate", async () => {
    const numbers = await Promise.all([
      safetyNumber("sha-256 AA", "sha-256 BB"),
      safetyNumber("sha-256 AA", "sha-256 BC"),
      safetyNumber("sha-256 AB", "sha-256 BB"),
    ]);
    expect(new Set(numbers).size).toBe(3);
  });
  it("is not shown before both descriptions stand", async () =>
    expect(
      await safetyNumberOf({ currentLocalDescription: { sdp: sdp("AA") }, currentRemoteDescription: null }),
    ).toBeUndefined());
  it("reads the certificate of a description", () => {
    expect(fingerprintOf(sdp("ab:cd"))).toBe("sha-256 AB:CD");
    expect(fingerprintOf("v=0")).toBeUndefined();
  });
});

describe("a description", () => {
  it("asks for less picture, in the section of the picture alone", () => {
    const asked = withVideoCeiling(sdp("AA"), 120);
    expect(asked).toContain("m=video 9 UDP\r\nc=IN IP4 0.0.0.0\r\nb=AS:120\r\nb=TIAS:120000\r\na=mid:1\r\n");
    expect(asked.match(/^b=/gm)).toHaveLength(2);
    expect(withVideoCeiling(sdp("AA"), undefined)).toBe(sdp("AA"));
  });
  it("names its generation of ICE", () => expect(ufragOf(sdp("AA"))).toBe("abcd"));
});
