/** What became of an order, in one line of time: its steps, its refunds, and what an operator was to look at. Pure. */
import type { components } from "../generated/rest";

export type Story = components["schemas"]["OrderStoryBody"];

export type Event = { at: number; minor: number } & (
  | { kind: "made" }
  | { kind: "step"; what: string; code: string | null }
  | { kind: "refund"; state: string }
  | { kind: "alert"; concern: string; settled: string | null; currency: string | null }
);

/** The earliest first; what happened at once stays in the order in which one leads to the next. */
export function eventsOf(story: Story): Event[] {
  const { order } = story.bought;
  const all: Event[] = [
    { kind: "made", at: order.createdAt, minor: order.priceMinor },
    ...story.refunds.map((it): Event => ({ kind: "refund", at: it.createdAt, minor: it.minor, state: it.state })),
    ...story.steps.map((it): Event => ({ kind: "step", at: it.at, minor: it.minor, what: it.what, code: it.code ?? null })),
    ...story.alerts.map(
      (it): Event => ({ kind: "alert", at: it.at, minor: it.minor ?? 0, concern: it.concern, settled: it.settled ?? null, currency: it.currency ?? null }),
    ),
  ];
  return all.sort((a, b) => a.at - b.at);
}
