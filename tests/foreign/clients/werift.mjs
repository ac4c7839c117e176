// werift, a WebRTC of its own in TypeScript: data channel and RTP; TURN over UDP, TCP and TLS.
import { RTCPeerConnection, MediaStreamTrack, RtpHeader, RtpPacket } from "werift";

export const name = "werift";
export const ways = ["udp", "tcp", "tls", "shared"];
export const media = true;

/** Opus, 20 ms. */
const SAMPLES = 960;
const PERIOD_MS = 20;

export class Link {
  #pc;
  #channel;
  #timer;
  #startSound;
  #rtp = 0;
  /** Descriptions and candidates are taken in one after the other. */
  #turn = Promise.resolve();

  constructor({ iceServers, policy, onCandidate, onChannel }) {
    this.#pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: policy });
    this.#pc.onIceCandidate.subscribe((candidate) => onCandidate(candidate?.candidate ? candidate.toJSON() : null));
    this.#pc.onDataChannel.subscribe((channel) => this.#adopt(channel, onChannel));
    this.#pc.onTrack.subscribe((track) => track.onReceiveRtp.subscribe(() => this.#rtp++));
    this.onChannel = onChannel;
  }

  async offer({ media }) {
    this.#adopt(this.#pc.createDataChannel("foreign"), this.onChannel);
    if (media) this.#speak();
    await this.#pc.setLocalDescription(await this.#pc.createOffer());
    return this.#pc.localDescription.sdp;
  }

  answer(sdp) {
    return this.#next(async () => {
      await this.#pc.setRemoteDescription({ type: "offer", sdp });
      if (sdp.includes("m=audio")) this.#speak();
      await this.#pc.setLocalDescription(await this.#pc.createAnswer());
      return this.#pc.localDescription.sdp;
    });
  }

  answered(sdp) {
    return this.#next(() => this.#pc.setRemoteDescription({ type: "answer", sdp }));
  }

  candidate(candidate) {
    return this.#next(() => candidate && this.#pc.addIceCandidate(candidate));
  }

  send(text) {
    this.#channel.send(text);
  }

  /** RTP packets that came. */
  async received() {
    return this.#rtp;
  }

  async close() {
    clearInterval(this.#timer);
    await this.#pc.close();
  }

  #next(step) {
    this.#turn = this.#turn.then(step);
    return this.#turn;
  }

  #adopt(channel, onChannel) {
    this.#channel = channel;
    channel.onMessage.subscribe((data) => onChannel.message(data.toString()));
    const open = () => {
      // Sound begins once both sides are ready: a packet that comes too early may confuse the receiver.
      this.#startSound?.();
      onChannel.open();
    };
    if (channel.readyState === "open") open();
    else channel.stateChanged.subscribe((state) => state === "open" && open());
  }

  #speak() {
    const track = new MediaStreamTrack({ kind: "audio" });
    this.#pc.addTrack(track);
    let packet = 0;
    const send = () => {
      const header = new RtpHeader({
        sequenceNumber: packet & 0xffff,
        timestamp: (packet * SAMPLES) >>> 0,
        payloadType: 96,
        ssrc: 1,
        marker: packet === 0,
      });
      packet++;
      // Opus' frame of silence.
      track.writeRtp(new RtpPacket(header, Buffer.from([0xf8, 0xff, 0xfe])));
    };
    this.#startSound = () => {
      this.#timer = setInterval(send, PERIOD_MS);
    };
  }
}
