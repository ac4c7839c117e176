/** The bell in the header of every page: how many are unread, and below it what one was told. */
import "./notices.css";
import { session } from "../api";
import { errorWords } from "../app/errors";
import { countInTitle } from "../app/title";
import { BellIcon, Button, Popover, Switch, toast } from "../components";
import type { Notice } from "../generated/protocol";
import { inWords } from "../i18n/time";
import { useEffect } from "preact/hooks";
import { unreadTotal } from "../messages/inbox";
import { askOlder, markRead, notices, unreadNotices, useNotices } from "./notices";
import { noticeSound, ring } from "./sound";
import { placeOf, said, tn } from "./words";

/** Beyond that a number says no more. */
const SHOWN_MAX = 9;

function announce(notice: Notice): void {
  toast(said(notice));
  ring();
}

const orSayWhy = (work: Promise<void>): void => void work.catch((cause: unknown) => toast(errorWords(cause)));

/** Only where this browser shows notifications without a page at all. */
function onThisDevice(work: (it: typeof import("../push/browser")) => Promise<void>): void {
  if ("Notification" in window && Notification.permission === "granted") void import("../push/browser").then(work).catch(() => {});
}

export function Bell() {
  const state = useNotices(announce);
  const unread = unreadNotices();
  const waiting = Math.max(unread, unreadTotal.value);
  useEffect(() => countInTitle(waiting), [waiting]);
  useEffect(() => onThisDevice((it) => it.renew()), []);
  // What was read here or elsewhere need not stand on the lock screen.
  const nothing = state?.unread === 0;
  useEffect(() => (nothing ? onThisDevice((it) => it.clear()) : undefined), [nothing]);
  return (
    <Popover
      class="bell"
      label={unread > 0 ? tn("bell.unread", { count: unread }) : tn("bell")}
      sign={
        <>
          <BellIcon />
          {unread > 0 && (
            <span class="header-count" aria-hidden="true">
              {unread > SHOWN_MAX ? `${SHOWN_MAX}+` : unread}
            </span>
          )}
        </>
      }
    >
      {(close, id) => <List id={id} close={close} />}
    </Popover>
  );
}

function List({ id, close }: { id: string; close: () => void }) {
  const state = notices.value;
  const identity = session.identity.value;
  const me = identity.kind === "member" ? identity.user.userId : "";
  const all = state?.all ?? [];
  return (
    <div class="menu-panel notices" id={id}>
      <div class="notices-head">
        <h2>{tn("title")}</h2>
        {(state?.unread ?? 0) > 0 && (
          <Button kind="quiet" onClick={() => orSayWhy(markRead())}>
            {tn("markAll")}
          </Button>
        )}
      </div>
      {all.length === 0 && <p class="notices-empty">{tn("empty")}</p>}
      <ul role="list">
        {all.map((it) => (
          <li key={it.ntfSeq} class={it.read ? "notice-line" : "notice-line notice-new"}>
            <a
              href={placeOf(it, me)}
              onClick={() => {
                if (!it.read) orSayWhy(markRead([it.ntfSeq]));
                close();
              }}
            >
              <span>
                {!it.read && <span class="only-read">{tn("unread")} </span>}
                {said(it)}
              </span>
              <time dateTime={new Date(it.at).toISOString()}>{inWords(it.at, Date.now())}</time>
            </a>
            {!it.read && (
              <Button kind="quiet" aria-label={tn("markOne", { words: said(it) })} onClick={() => orSayWhy(markRead([it.ntfSeq]))}>
                {tn("mark")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {state?.hasMore && (
        <Button kind="quiet" wide onClick={() => orSayWhy(askOlder())}>
          {tn("older")}
        </Button>
      )}
      <Switch label={tn("sound")} checked={noticeSound.value} onChange={(on) => void (noticeSound.value = on)} />
      <a class="notices-settings" href="/account/notifications" onClick={close}>
        {tn("settings")}
      </a>
    </div>
  );
}
