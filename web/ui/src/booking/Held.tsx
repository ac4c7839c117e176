/** How long a time is still kept; when it is not any more, says so, and takes it again by one press. */
import { useState } from "preact/hooks";
import { errorWords } from "../app/errors";
import { useNow } from "../app/hooks";
import { Button, ClockIcon, Notice } from "../components";
import { countdown } from "../i18n/time";
import type { Draft } from "./draft";
import { Near } from "./Near";
import { hold, nearOf } from "./holds";
import { type Service, tb } from "./words";
import { zone } from "./zone";

export interface HeldProps {
  draft: Draft;
  service: Service;
  onHeld: (draft: Draft) => void;
}

export function Held({ draft, service, onHeld }: HeldProps) {
  const now = useNow(500);
  const [busy, setBusy] = useState<number | null>(null);
  const [near, setNear] = useState<number[] | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const left = draft.until - now;
  const take = async (at: number) => {
    setBusy(at);
    setFailure(null);
    try {
      const held = await hold(service, at, draft.hostZone);
      setNear(null);
      onHeld(held);
    } catch (cause) {
      const free = nearOf(cause);
      if (free) setNear(free);
      else setFailure(cause);
    } finally {
      setBusy(null);
    }
  };
  if (near !== null) return <Near at={draft.startsAt} near={near} zone={zone.value} busy={busy} onChoose={(at) => void take(at)} />;
  if (left > 0) {
    return (
      <p class={left < 60_000 ? "book-held book-held-short" : "book-held"}>
        <ClockIcon size={18} />
        <span>{tb("held.for")}</span>
        <strong role="timer" aria-live="off">
          {countdown(left)}
        </strong>
      </p>
    );
  }
  return (
    <Notice kind="warn">
      <p>
        <strong>{tb("held.over")}</strong> {tb("held.overWords")}
      </p>
      {failure !== null && <p>{errorWords(failure)}</p>}
      <div class="book-near">
        <Button kind="primary" busy={busy !== null} onClick={() => void take(draft.startsAt)}>
          {tb("held.again")}
        </Button>
      </div>
    </Notice>
  );
}
