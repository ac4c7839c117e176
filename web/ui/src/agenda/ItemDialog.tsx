/** What stands in the calendar, opened: who, when, and the ways on from there. */
import { useState } from "preact/hooks";
import { type Meeting, request } from "../api";
import { errorWords } from "../app/errors";
import { Badge, type BadgeKind, Button, ButtonLink, Dialog, toast } from "../components";
import { clockRange, dayAndTime, dayName, deviceZone, zoneName } from "../i18n/time";
import { inCoins } from "../money/words";
import { MINUTE_MS } from "./grid";
import type { Item, Kind } from "./items";
import { giveBack, rangeWords } from "./TimeOffCard";
import { ta } from "./words";

const BADGES: Record<Kind, BadgeKind> = { meeting: "good", request: "warn", unpaid: "info", hold: "info", off: "plain", past: "plain" };

export interface ItemDialogProps {
  item: Item | null;
  zone: string;
  now: number;
  onClose: () => void;
  onMove: (item: Item) => void;
  onChange: () => void;
}

export function ItemDialog({ item, zone, now, onClose, onMove, onChange }: ItemDialogProps) {
  const [busy, setBusy] = useState(false);
  const meeting = item?.meeting;
  const run = async (work: () => Promise<unknown>, words: string) => {
    setBusy(true);
    try {
      await work();
      toast(words);
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
      onChange();
      onClose();
    }
  };
  const answer = (accept: boolean) =>
    run(
      () => request<Meeting>(`/api/bookings/${encodeURIComponent(item?.id ?? "")}/answer`, { method: "POST", body: { accept } }),
      ta(accept ? "item.accepted" : "item.declined"),
    );
  const off = item?.off;
  return (
    <Dialog
      open={item !== null}
      title={item === null ? "" : item.kind === "off" || item.kind === "hold" ? ta(`cal.kind.${item.kind}`) : item.title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{ta("item.close")}</Button>
          {off && (
            <Button busy={busy} onClick={() => void run(() => giveBack(off), ta("off.given"))}>
              {ta("off.give")}
            </Button>
          )}
          {item?.movable && <Button onClick={() => onMove(item)}>{ta("item.move")}</Button>}
          {item?.kind === "request" && item.movable && (
            <>
              <Button kind="danger-quiet" busy={busy} onClick={() => void answer(false)}>
                {ta("item.decline")}
              </Button>
              <Button kind="primary" busy={busy} onClick={() => void answer(true)}>
                {ta("item.accept")}
              </Button>
            </>
          )}
          {meeting && isOpen(meeting, now) && (
            <ButtonLink kind="primary" href={`/video-call/${encodeURIComponent(meeting.meetingId)}`}>
              {ta("item.join")}
            </ButtonLink>
          )}
        </>
      }
    >
      {item && (
        <>
          {item.kind !== "off" && (
            <div class="row">
              <Badge kind={BADGES[item.kind]}>{ta(`cal.kind.${item.kind}`)}</Badge>
              {item.who && <strong>{item.who}</strong>}
            </div>
          )}
          <p>
            {item.kind === "off" ? (
              rangeWords(item, now, zone)
            ) : (
              <>
                {dayName(item.from, now, zone)}, {clockRange(item.from, (item.to - item.from) / MINUTE_MS, zone)}
              </>
            )}
            <br />
            <span class="quiet small">
              {ta("cal.zone", { zone: zoneName(zone, item.from) })}
              {zone !== deviceZone() && ` ${ta("move.here", { when: dayAndTime(item.from, now), zone: zoneName(deviceZone(), item.from) })}`}
            </span>
          </p>
          {item.group && (
            <ul role="list" class="agenda-exceptions">
              {item.group.map((it) => (
                <li key={it.meetingId}>
                  <a class="cal-link" href={`/meetings/${encodeURIComponent(it.meetingId)}`}>
                    {it.client.name || it.client.email}
                  </a>
                </li>
              ))}
            </ul>
          )}
          {meeting?.booking && meeting.booking.priceMc > 0 && <p>{inCoins(meeting.booking.priceMc)}</p>}
          {meeting?.description && <p class="keep-lines">{meeting.description}</p>}
          {item.kind === "hold" && <p class="quiet">{ta("item.hold")}</p>}
          {meeting && item.kind === "meeting" && now < meeting.joinable.opensAt && (
            <p class="quiet small">{ta("item.opens", { when: dayAndTime(meeting.joinable.opensAt, now, zone) })}</p>
          )}
          {meeting && (
            <p>
              <a class="cal-link" href={`/meetings/${encodeURIComponent(meeting.meetingId)}`}>
                {ta(item.movable ? "item.all" : "item.look")}
              </a>
            </p>
          )}
        </>
      )}
    </Dialog>
  );
}

/** The server's answer carried on to now; it is asked again at the door. */
const isOpen = ({ joinable }: Meeting, now: number): boolean =>
  (joinable.state === "open" || joinable.state === "too_early") && joinable.opensAt <= now && now < joinable.closesAt;
