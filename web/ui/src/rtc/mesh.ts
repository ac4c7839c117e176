/**
 * Everybody else in the room and the media connection to each (C31: one per remote peer id).
 * Knows the room's rules of who offers to whom and what survives a restart of the server; knows
 * neither the socket nor the page.
 */
import type { Participant, Peer, PeerMedia } from "../generated/protocol";
import type { Clock, Timer } from "../socket/clock";
import { Ear } from "./ear";
import { type MediaKind, PeerLink, type PictureWish, type Signal } from "./peer-link";
import type { LinkState } from "./recovery";

export interface MeshOptions {
  clock: Clock;
  /** The configuration at this moment, for a new connection. */
  config: () => RTCConfiguration;
  servers: () => Promise<RTCIceServer[]>;
  send: (to: string, signal: Signal) => Promise<void>;
  /** Anything that is shown changed. */
  onChange: () => void;
  create?: (config: RTCConfiguration) => RTCPeerConnection;
  /** Applied to a sender whenever it gets a track: ceilings for bitrate and the like. */
  tune?: (peerId: string, sender: RTCRtpSender, kind: MediaKind) => void;
}

/** One remote peer as the page sees it. */
export interface RemotePeer {
  readonly peerId: string;
  info: Peer;
  /** Its connection to the server is lost; its media may well go on. */
  away: boolean;
  media: PeerMedia;
  link: LinkState;
  tracks: Record<MediaKind, MediaStreamTrack | null>;
}

interface Entry {
  remote: RemotePeer;
  link: PeerLink;
  ear: Ear;
  absent: Timer | undefined;
}

export class Mesh {
  readonly #options: MeshOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #tracks: Record<MediaKind, MediaStreamTrack | null> = { audio: null, video: null, screen: null };
  #self: string | undefined;
  /** Whether our own socket stands. */
  #signaling = true;
  #picture: PictureWish = "full";

  constructor(options: MeshOptions) {
    this.#options = options;
  }

  get remotes(): RemotePeer[] {
    return [...this.#entries.values()].map((entry) => entry.remote);
  }

  /** The connection to a peer, for statistics. */
  link(peerId: string): PeerLink | undefined {
    return this.#entries.get(peerId)?.link;
  }

  /** Swaps our track towards everybody, now and later. */
  async setTrack(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    this.#tracks[kind] = track;
    await Promise.all([...this.#entries.values()].map((entry) => entry.link.setTrack(kind, track)));
  }

  /**
   * We entered, and these are there. Coming back under our old id (a server that restarted gives it
   * back) keeps every connection; who is not listed yet may still come back too, for `graceMs`.
   */
  entered(selfPeerId: string, participants: Participant[], graceMs: number): void {
    if (this.#self !== undefined && this.#self !== selfPeerId) this.#closeAll();
    this.#self = selfPeerId;
    for (const participant of participants) {
      const known = this.#entries.get(participant.peerId);
      if (known === undefined) this.#add(participant, true, participant.polite);
      else this.#present(known, participant);
    }
    const listed = new Set(participants.map((participant) => participant.peerId));
    for (const [peerId, entry] of this.#entries) {
      if (listed.has(peerId) || entry.absent !== undefined) continue;
      entry.remote.away = true;
      this.#reachable(entry);
      entry.absent = this.#options.clock.after(graceMs, () => this.left(peerId));
    }
    this.#options.onChange();
  }

  /** Somebody came; they offer. */
  joined(peer: Peer, polite: boolean): void {
    const known = this.#entries.get(peer.peerId);
    if (known === undefined) this.#add(peer, false, polite);
    else this.#present(known, peer);
    this.#options.onChange();
  }

  left(peerId: string): void {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return;
    this.#drop(entry);
    this.#entries.delete(peerId);
    this.#options.onChange();
  }

  /** Their socket is gone (true) or back. */
  away(peerId: string, away: boolean): void {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return;
    entry.remote.away = away;
    this.#reachable(entry);
    if (!away) entry.link.repeatOffer();
    this.#options.onChange();
  }

  mediaChanged(peerId: string, media: Partial<PeerMedia>): void {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return;
    entry.remote.media = { ...entry.remote.media, ...media };
    this.#options.onChange();
  }

  /** A signal from a peer. Of strangers nothing is taken: the server relays only among members. */
  async received(from: string, signal: Signal): Promise<void> {
    await this.#entries.get(from)?.link.receive(signal);
  }

  /** Our socket stands or is gone. Without it nothing can be begun anew. */
  signaling(ready: boolean): void {
    this.#signaling = ready;
    for (const entry of this.#entries.values()) this.#reachable(entry);
  }

  /** Our network changed or came back: heal what is broken, leave alone what works. */
  nudge(): void {
    for (const { link, ear } of this.#entries.values()) {
      link.tell({ kind: "nudge" });
      ear.check();
    }
  }

  /** How much of everybody's picture we want. */
  wish(picture: PictureWish): void {
    this.#picture = picture;
    for (const { link } of this.#entries.values()) link.wish(picture);
  }

  /** A person asked for another try. */
  restart(): void {
    for (const { link } of this.#entries.values()) link.tell({ kind: "retry" });
  }

  close(): void {
    this.#closeAll();
    this.#self = undefined;
  }

  #add(info: Peer, initiator: boolean, polite: boolean): void {
    const { clock, create, tune } = this.#options;
    const remote: RemotePeer = {
      peerId: info.peerId,
      info,
      away: info.state === "reconnecting",
      media: { ...info.media },
      link: "connecting",
      tracks: { audio: null, video: null, screen: null },
    };
    const link = new PeerLink({
      initiator,
      polite,
      picture: this.#picture,
      clock,
      config: this.#options.config(),
      tracks: this.#tracks,
      servers: this.#options.servers,
      send: (signal) => this.#options.send(info.peerId, signal),
      onState: (state) => {
        remote.link = state;
        this.#options.onChange();
      },
      onTrack: (kind, track) => {
        remote.tracks[kind] = track;
        this.#options.onChange();
      },
      ...(typeof MediaStream === "undefined" ? {} : { stream: new MediaStream() }),
      ...(create === undefined ? {} : { create }),
      ...(tune === undefined ? {} : { tune: (sender, kind) => tune(info.peerId, sender, kind) }),
    });
    const ear = new Ear({
      pc: link.pc,
      clock,
      expects: () => remote.media.audio || remote.media.video || remote.media.screen,
      tell: (news) => link.tell(news),
    });
    const entry = { remote, link, ear, absent: undefined };
    this.#entries.set(info.peerId, entry);
    this.#reachable(entry);
  }

  #present(entry: Entry, info: Peer): void {
    this.#options.clock.cancel(entry.absent);
    entry.absent = undefined;
    entry.remote.info = info;
    entry.remote.away = info.state === "reconnecting";
    entry.remote.media = { ...info.media };
    this.#reachable(entry);
    if (!entry.remote.away) entry.link.repeatOffer();
  }

  #reachable({ link, remote }: Entry): void {
    link.tell({ kind: "signaling", ready: this.#signaling && !remote.away });
  }

  #drop(entry: Entry): void {
    this.#options.clock.cancel(entry.absent);
    entry.ear.close();
    entry.link.close();
  }

  #closeAll(): void {
    for (const entry of this.#entries.values()) this.#drop(entry);
    this.#entries.clear();
    this.#options.onChange();
  }
}
