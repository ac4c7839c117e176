/** What every RTCPeerConnection of this app is made with (R097), from what the server hands out. */
import type { IcePolicy, IceServer } from "../generated/protocol";

/** `relayOnly` is the test override; a server that says `relay` cannot be overridden. */
export function connectionConfig(servers: IceServer[], policy: IcePolicy, relayOnly = false): RTCConfiguration {
  return {
    iceServers: servers.map(browserServer),
    iceTransportPolicy: relayOnly ? "relay" : policy,
    bundlePolicy: "max-bundle",
    rtcpMuxPolicy: "require",
    // Gathering ahead of the offer spends relay allocations; with `relay` only each one counts.
    iceCandidatePoolSize: policy === "relay" || relayOnly ? 0 : 10,
  };
}

/** The entry as browsers take it: they refuse `null` where a text may be. */
export function browserServer(server: IceServer): RTCIceServer {
  const { urls, username, credential } = server;
  return username == null || credential == null ? { urls } : { urls, username, credential };
}
