/** How one is told, as the server has it, and the small steps of the page that changes it. No DOM in here. */
import type { components } from "../generated/rest";

export type Settings = components["schemas"]["NoticeSettings"];
export type Way = "screen" | "mail" | "push";

/** The settings with one of them otherwise. */
export function turned(all: Settings, kind: Settings["kinds"][number]["kind"], way: Way, on: boolean): Settings {
  return { ...all, kinds: all.kinds.map((it) => (it.kind === kind ? { ...it, [way]: on } : it)) };
}

/** "22:30" for 1350, as an input for a time wants it. */
export const clockOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** And back; midnight for what is no time. */
export function minuteOf(clock: string): number {
  const [, hours = "0", minutes = "0"] = /^(\d{1,2}):(\d{2})/.exec(clock) ?? [];
  return Number(hours) * 60 + Number(minutes);
}
