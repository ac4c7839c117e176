/**
 * Tells the room what of ours is on: microphone, camera, screen. Each change once, again when the
 * telling failed; the media itself goes its own way.
 */
import type { LocalMedia } from "../devices/local-media";
import type { SocketClient } from "../socket/client";
import { RequestError } from "../socket/frames";

export class OwnMedia {
  readonly #socket: SocketClient;
  readonly #media: LocalMedia;
  readonly #roomId: string;
  /** The room would hear of it. */
  readonly #inRoom: () => boolean;
  #told = "";
  #shared = false;

  constructor(socket: SocketClient, media: LocalMedia, roomId: string, inRoom: () => boolean) {
    this.#socket = socket;
    this.#media = media;
    this.#roomId = roomId;
    this.#inRoom = inRoom;
  }

  /** What `join-room` says of us. */
  joining(): { audio: boolean; video: boolean } {
    return { audio: this.#media.microphoneOn, video: this.#media.cameraOn };
  }

  /** `join-room` said it; a screen is not part of that. */
  joined(inRoom: boolean): void {
    this.#told = JSON.stringify([this.#media.microphoneOn, this.#media.cameraOn, false]);
    if (inRoom && this.#media.screen.value !== null) {
      void this.#socket.request("screen-share", { roomId: this.#roomId, active: true }).catch(() => {});
    }
  }

  /** Reads signals: inside of an effect it runs again whenever one of them changes. */
  tell(): void {
    const audio = this.#media.microphone.value.state === "on";
    const video = this.#media.camera.value.state === "on";
    const away = this.#media.away.value;
    const shared = this.#media.screen.value !== null;
    if (!this.#inRoom()) return;
    const roomId = this.#roomId;
    const now = JSON.stringify([audio, video, away]);
    if (now !== this.#told) {
      this.#told = now;
      void this.#socket
        .request("media-state", { roomId, audio, video, ...(away ? { away } : {}) }, { again: true })
        .catch(() => (this.#told = ""));
    }
    if (!shared && this.#shared) {
      this.#shared = false;
      void this.#socket.request("screen-share", { roomId, active: false }, { again: true }).catch(() => {});
    }
  }

  /** `taken`: somebody else is sharing already. */
  async share(): Promise<"shared" | "cancelled" | "taken"> {
    if (!(await this.#media.share())) return "cancelled";
    this.#shared = true;
    try {
      await this.#socket.request("screen-share", { roomId: this.#roomId, active: true }, { again: true });
      return "shared";
    } catch (error) {
      if (error instanceof RequestError && error.code === "conflict") {
        this.#shared = false;
        this.#media.stopSharing();
        return "taken";
      }
      return "shared"; // the picture goes out anyway; the next join tells the room
    }
  }
}
