import { describe, expect, it, vi } from "vitest";
import { oneByOne, tryOne } from "./outside";

type Candidate = { candidate: { type: string } | null };

/** A connection whose gathering says this, one after the other. */
function gathering(...events: (Candidate | { errorCode: number })[]) {
  const pc = {
    onicecandidate: (_: Candidate) => {},
    onicecandidateerror: (_: { errorCode: number }) => {},
    createDataChannel: vi.fn(),
    close: vi.fn(),
    setLocalDescription: () => {
      for (const event of events) "candidate" in event ? pc.onicecandidate(event) : pc.onicecandidateerror(event);
      return Promise.resolve();
    },
  };
  return pc;
}
const found = (type: string): Candidate => ({ candidate: { type } });
const over: Candidate = { candidate: null };

const TURN = "turn:a.example:3478?transport=udp";
const STUN = "stun:a.example:3478";

describe("one address of the relay", () => {
  it.each([
    [TURN, [found("relay"), over], true, null],
    [TURN, [{ errorCode: 701 }, over], false, 701],
    [TURN, [{ errorCode: 401 }, over], false, 401],
    [TURN, [over], false, null],
    [STUN, [found("host"), found("srflx"), over], true, null],
    [STUN, [found("host"), over], true, null],
    [STUN, [found("host"), { errorCode: 701 }, over], false, 701],
    [TURN, [], false, null],
  ])("%s saying %j arrived: %s", async (url, events, arrived, code) => {
    const pc = gathering(...events);
    const connect = vi.fn(() => pc as unknown as RTCPeerConnection);
    expect(await tryOne({ urls: [url] }, connect, 5)).toEqual({ url, arrived, code });
    expect(connect).toHaveBeenCalledWith({ iceServers: [{ urls: [url] }], iceTransportPolicy: url === STUN ? "all" : "relay" });
    expect(pc.close).toHaveBeenCalled();
  });

  it("is tried alone, with the credential of its list", () => {
    const login = { username: "u", credential: "c" };
    const servers = [{ urls: [STUN] }, { urls: [TURN, "turns:a.example:443"], ...login }];
    expect(oneByOne(servers as Parameters<typeof oneByOne>[0])).toEqual([
      { urls: [STUN] },
      { urls: [TURN], ...login },
      { urls: ["turns:a.example:443"], ...login },
    ]);
  });
});
