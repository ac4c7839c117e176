/** Who stands before the door, for the host: with a sound, a mark in the tab's title, and three answers. */
import { useEffect, useRef, useState } from "preact/hooks";
import { KnockChat } from "../chat/slot";
import { Avatar, Button, Dialog, Field, Switch, toast } from "../components";
import { playKnock } from "../devices/sound";
import type { Peer } from "../generated/protocol";
import type { RequestError } from "../socket/frames";
import "./gathering.css";
import { knockSound } from "./knock-sound";
import { tr } from "./room-words";
import type { CallSession } from "./session";
import { t, tOr } from "./words";

const MESSAGE_MAX = 200;

export function Knocks({ call }: { call: CallSession }) {
  const waiting = call.waiting.value;
  const [denying, setDenying] = useState<Peer | undefined>(undefined);
  const known = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const fresh = waiting.find((peer) => !known.current.has(peer.peerId));
    known.current = new Set(waiting.map((peer) => peer.peerId));
    if (fresh === undefined) return;
    if (knockSound.peek()) playKnock();
    if (document.hidden) toast(tr("knock.toast", { name: fresh.userName }));
  }, [waiting]);
  useTitleBadge(waiting.length);
  return (
    <>
      {waiting.length > 0 && (
        <section class="knocks" aria-label={t("knock.title")}>
          <h2>{t("knock.title")}</h2>
          <ul role="list">
            {waiting.map((peer) => (
              <li key={peer.peerId} class="knock">
                <Avatar name={peer.userName} />
                <span class="knock-name">
                  {peer.userName}
                  {peer.guest && <span class="knock-guest">{t("knock.guest")}</span>}
                </span>
                <span class="knock-actions">
                  <Button
                    kind="primary"
                    aria-label={t("knock.who", { name: peer.userName })}
                    onClick={() => void call.admit(peer.peerId).catch(sayWhy)}
                  >
                    {t("knock.admit")}
                  </Button>
                  <Button onClick={() => setDenying(peer)}>{t("knock.notNow")}</Button>
                </span>
                <KnockChat call={call} userId={peer.userId} name={peer.userName} />
              </li>
            ))}
          </ul>
          <div class="knock-foot">
            {waiting.length > 1 && (
              <Button wide onClick={() => void call.admitAll().catch(sayWhy)}>
                {t("knock.admitAll")}
              </Button>
            )}
            <Switch
              label={tr("people.sound")}
              checked={knockSound.value}
              onChange={(on) => {
                knockSound.value = on;
                if (on) playKnock();
              }}
            />
          </div>
        </section>
      )}
      <DenyDialog call={call} peer={denying} onClose={() => setDenying(undefined)} />
    </>
  );
}

/** The answer did not arrive, or the room is full. Who waits stays on the list. */
function sayWhy(error: unknown): void {
  toast(tOr(`error.${(error as RequestError).code}.title`, "knock.failed"));
}

const TEMPLATES = ["soon", "late", "write"] as const;

function DenyDialog({ call, peer, onClose }: { call: CallSession; peer: Peer | undefined; onClose: () => void }) {
  const [message, setMessage] = useState("");
  const send = () => {
    if (peer) void call.deny(peer.peerId, message).catch(sayWhy);
    setMessage("");
    onClose();
  };
  return (
    <Dialog
      open={peer !== undefined}
      title={t("knock.deny.title")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("knock.deny.cancel")}</Button>
          <Button kind="primary" onClick={send}>
            {t("knock.deny.send")}
          </Button>
        </>
      }
    >
      <div class="stack">
        <p>{t("knock.deny.body", { name: peer?.userName ?? "" })}</p>
        <div class="templates" role="group" aria-label={tr("knock.templates")}>
          {TEMPLATES.map((key) => {
            const words = tr(`knock.template.${key}`);
            return (
              <Button key={key} aria-pressed={message === words} onClick={() => setMessage(words)}>
                {words}
              </Button>
            );
          })}
        </div>
        <Field
          label={t("knock.deny.message")}
          hint={t("knock.deny.hint")}
          optional
          maxLength={MESSAGE_MAX}
          value={message}
          onInput={(event) => setMessage(event.currentTarget.value)}
        />
      </div>
    </Dialog>
  );
}

/** `(2) Meeting`: seen from another tab. */
function useTitleBadge(count: number): void {
  useEffect(() => {
    const plain = document.title.replace(/^\(\d+\) /, "");
    document.title = count > 0 ? `(${count}) ${plain}` : plain;
    return () => {
      document.title = document.title.replace(/^\(\d+\) /, "");
    };
  }, [count]);
}
