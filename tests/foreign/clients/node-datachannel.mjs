// node-datachannel: libdatachannel with libjuice, in C++; data channel only, and TURN over UDP only.
import nodeDataChannel from "node-datachannel";

export const name = "node-datachannel";
export const ways = ["udp"];
export const media = false;

export class Link {
  #pc;
  #channel;
  #described;

  constructor({ iceServers, policy, onCandidate, onChannel }) {
    this.onChannel = onChannel;
    this.#pc = new nodeDataChannel.PeerConnection("foreign", {
      iceServers: iceServers.flatMap(addresses),
      iceTransportPolicy: policy,
    });
    this.#pc.onLocalDescription((sdp) => this.#described(sdp));
    this.#pc.onLocalCandidate((candidate, sdpMid) => onCandidate({ candidate: candidate.replace(/^a=/, ""), sdpMid }));
    this.#pc.onGatheringStateChange((state) => state === "complete" && onCandidate(null));
    this.#pc.onDataChannel((channel) => this.#adopt(channel));
  }

  async offer() {
    const described = this.#description();
    this.#adopt(this.#pc.createDataChannel("foreign"));
    return described;
  }

  async answer(sdp) {
    const described = this.#description();
    this.#pc.setRemoteDescription(sdp, "offer");
    return described;
  }

  async answered(sdp) {
    this.#pc.setRemoteDescription(sdp, "answer");
  }

  async candidate(candidate) {
    if (candidate) this.#pc.addRemoteCandidate(candidate.candidate, candidate.sdpMid ?? "0");
  }

  send(text) {
    this.#channel.sendMessage(text);
  }

  async received() {
    return 0;
  }

  async close() {
    this.#pc.close();
  }

  #description() {
    return new Promise((described) => {
      this.#described = described;
    });
  }

  #adopt(channel) {
    this.#channel = channel;
    channel.onMessage((data) => this.onChannel.message(data.toString()));
    if (channel.isOpen()) this.onChannel.open();
    else channel.onOpen(() => this.onChannel.open());
  }
}

/** Ends the library's own threads. */
export function end() {
  nodeDataChannel.cleanup();
}

/** `turn:host:port?transport=udp` in this library's words; it takes addresses in brackets for hosts. */
function addresses({ urls, username, credential }) {
  return urls.map((url) => {
    const [, scheme, hostname, port] = /^(\w+):(.+):(\d+)(\?.*)?$/.exec(url);
    if (scheme === "stun") return `stun:${hostname}:${port}`;
    return { hostname: hostname.replace(/[[\]]/g, ""), port: Number(port), username, password: credential, relayType: "TurnUdp" };
  });
}
