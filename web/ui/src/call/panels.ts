/**
 * What hooks into the call page without the page knowing it: side panels, tools of the toolbar, and
 * layers. One line each; only the order of the lines is decided here.
 *
 * - `panels`: a button and what it opens beside the stage (over it on a phone). Its code is fetched
 *   when it is opened first, so nobody pays for it on the way into the call. `badge` reads signals
 *   and stands on the button; a panel that is open shows none. `openPanel` says which one is open,
 *   and may be set from anywhere in the call: a toast's "Show", for example.
 * - `tools`: a component that shows one `<Tool>` (see `Tool.tsx`); in the overflow menu the same
 *   component becomes a row. `key` and `run` make it a shortcut, `does` its line in the help.
 * - `layers`: `header` stands in the line above the pictures, `stage` lies over the pictures and lets pointers through, `notice` stands below the
 *   header in the flow, `nothing` shows nothing (sounds, titles, toasts).
 * - `marks`: on everybody's picture, given the `remote`: bars, a hand, what is wrong.
 *
 * Nothing in here may import a panel's code at the top: `load` does, when it is needed.
 */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { chatPanel, chatWatch } from "../chat/slot";
import { type IconProps, PeopleIcon } from "../components/Icon";
import type { LocalMedia } from "../devices/local-media";
import { SignalIcon } from "../components";
import { AdminNote } from "./AdminNote";
import { BudgetNote } from "./BudgetNote";
import type { MeetingFacts } from "./CallPage";
import { LineTally } from "./LineTally";
import { tl } from "./link-words";
import { HandMark, HandTool, ReactionsOverlay, ReactTool, toggleHand } from "./Reactions";
import { Recording, RecordTool } from "./Recording";
import { tr } from "./room-words";
import type { RemotePeer } from "../rtc/mesh";
import type { CallSession } from "./session";
import { MoneyNotice, PriceClock } from "../paid/InCall";
import { stageTools } from "./StageTools";

/** What everything in a call may look at. */
export interface InCall {
  call: CallSession;
  media: LocalMedia;
  facts: MeetingFacts;
}

export interface PanelProps extends InCall {
  close: () => void;
}

/** `bar`: always in sight. `wide`: in the bar, on a phone in "More". `more`: only there. */
export type Place = "bar" | "wide" | "more";

interface Shortcut {
  /** One letter, small. */
  key: string;
  /** What the help says of it. */
  does: () => string;
}

export interface PanelSpec {
  id: string;
  title: () => string;
  /** For below the icon, when the title is long. */
  short?: () => string;
  icon: ComponentType<IconProps>;
  place: Place;
  shortcut?: Shortcut;
  /** How many new things are in it; 0 shows nothing. */
  badge?: (inCall: InCall) => number;
  /** Left out of the toolbar while false. */
  offered?: (inCall: InCall) => boolean;
  load: () => Promise<ComponentType<PanelProps>>;
}

export interface ToolSpec {
  id: string;
  place: Place;
  View: ComponentType<InCall>;
  shortcut?: Shortcut & { run: (inCall: InCall) => void };
}

export interface LayerSpec {
  id: string;
  where: "header" | "stage" | "notice" | "nothing";
  View: ComponentType<InCall>;
}

export interface MarkSpec {
  id: string;
  View: ComponentType<InCall & { remote: RemotePeer }>;
}

export const panels: readonly PanelSpec[] = [
  chatPanel,
  {
    id: "people",
    title: () => tr("people.title"),
    icon: PeopleIcon,
    place: "wide",
    load: () => import("./People").then((it) => it.People),
  },
  {
    id: "connection",
    title: () => tl("details.title"),
    icon: SignalIcon,
    place: "more",
    load: () => import("./ConnectionPanel").then((it) => it.ConnectionPanel),
  },
];

export const tools: readonly ToolSpec[] = [
  {
    id: "hand",
    place: "wide",
    View: HandTool,
    shortcut: { key: "h", does: () => tr("hand.raise"), run: ({ call }) => toggleHand(call) },
  },
  { id: "react", place: "wide", View: ReactTool },
  { id: "record", place: "more", View: RecordTool },
  ...stageTools,
];

export const layers: readonly LayerSpec[] = [
  chatWatch,
  { id: "price", where: "header", View: PriceClock },
  { id: "money", where: "notice", View: MoneyNotice },
  { id: "budget", where: "nothing", View: BudgetNote },
  { id: "tally", where: "nothing", View: LineTally },
  { id: "recording", where: "notice", View: Recording },
  { id: "admin", where: "notice", View: AdminNote },
  { id: "reactions", where: "stage", View: ReactionsOverlay },
];

export const marks: readonly MarkSpec[] = [{ id: "hand", View: HandMark }];

/** The id of the panel that stands open. */
export const openPanel = signal<string | undefined>(undefined);

export function togglePanel(id: string): void {
  openPanel.value = openPanel.peek() === id ? undefined : id;
}
