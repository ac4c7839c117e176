/**
 * How the people are there with whom one writes, while the messages stand open. The server tells it
 * to this device only as long as it was asked to, and forgets the question with the line: so it is
 * asked again after every welcome.
 */
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { onLive } from "../app/live";
import type { PresenceOf } from "../generated/protocol";
import { inbox } from "./inbox";

/** Most that the server lets one device watch. */
const WATCHED_MAX = 200;

export const presence = signal<ReadonlyMap<string, PresenceOf>>(new Map());

/** What is known after some news; what is newer replaces what was there. */
export function known(before: ReadonlyMap<string, PresenceOf>, news: readonly PresenceOf[]): ReadonlyMap<string, PresenceOf> {
  return new Map([...before, ...news.map((it) => [it.userId, it] as const)]);
}

/** Watches everybody in the list, as long as the component stands. */
export function usePresence(): void {
  useEffect(() => {
    const off = onLive((socket) => {
      let asked = "";
      const ask = (userIds: string[]) => {
        asked = userIds.join();
        socket.request("watch-presence", { userIds }).then(
          (answer) => void (presence.value = known(new Map(), answer.presence)),
          () => void (asked = ""), // the next welcome or the next change of the list asks again
        );
      };
      const wanted = () => (inbox.value ?? []).slice(0, WATCHED_MAX).map((it) => it.userId).sort();
      return [
        socket.on("presence", ({ changes }) => void (presence.value = known(presence.value, changes))),
        socket.onWelcome(() => ask(wanted())),
        effect(() => {
          const userIds = wanted();
          if (userIds.join() !== asked) ask(userIds);
        }),
        () => void socket.request("watch-presence", { userIds: [] }).catch(() => {}),
      ];
    });
    return () => {
      off();
      presence.value = new Map();
    };
  }, []);
}
