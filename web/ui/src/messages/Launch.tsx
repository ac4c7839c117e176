/**
 * Writing to a host without leaving the page: over it where there is room, on the page of messages on a
 * phone. Who has no login is led through it and finds the panel open. The panel's code comes with the
 * first opening.
 */
import "./launch.css";
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { session } from "../api";
import { errorWords } from "../app/errors";
import { navigate, place } from "../app/router";
import { Button, ChatIcon, toast } from "../components";
import { pairId } from "./inbox";
import type { PanelProps } from "./Panel";
import { tm } from "./words";

export interface LaunchProps {
  userId: string;
  name: string;
  /** What it is about: said with the first message. */
  about?: string | undefined;
}

/** In the address: the panel stands open. */
const OPEN = "chat";
const wide = () => matchMedia("(min-width: 48rem)").matches;

export function Launch({ userId, name, about }: LaunchProps) {
  const identity = session.identity.value;
  const [open, setOpen] = useState(false);
  const [Panel, setPanel] = useState<ComponentType<PanelProps> | null>(null);
  const button = useRef<HTMLDivElement>(null);
  const { path, query } = place.value;
  const wanted = query.has(OPEN);
  const me = identity.kind === "member" ? identity.user.userId : undefined;
  const full = me === undefined ? "" : `/messages/${pairId(me, userId)}${about === undefined ? "" : `?about=${encodeURIComponent(about)}`}`;
  const show = () => {
    if (!wide()) return navigate(full);
    setOpen(true);
    if (Panel !== null) return;
    import("./Panel").then(
      (it) => setPanel(() => it.default),
      (cause: unknown) => {
        setOpen(false);
        toast(errorWords(cause));
      },
    );
  };
  useEffect(() => {
    if (!wanted || me === undefined || me === userId) return;
    navigate(path, { replace: true });
    show();
  }, [wanted, me]);
  if (identity.kind === "unknown" || me === userId) return null;
  if (me === undefined) {
    return (
      <div class="chat-launch">
        <a class="button button-secondary" href={`/login?next=${encodeURIComponent(`${path}?${OPEN}=1`)}`}>
          <ChatIcon />
          {tm("launch", { name })}
        </a>
      </div>
    );
  }
  return (
    <>
      {!(open && Panel !== null) && (
        <div class="chat-launch" ref={button}>
          <Button onClick={show}>
            <ChatIcon />
            {tm("launch", { name })}
          </Button>
        </div>
      )}
      {open && Panel !== null && (
        <Panel
          id={pairId(me, userId)}
          name={name}
          about={about}
          full={full}
          onClose={() => {
            setOpen(false);
            requestAnimationFrame(() => button.current?.querySelector("button")?.focus());
          }}
        />
      )}
    </>
  );
}
