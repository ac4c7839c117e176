/** How somebody is there: a dot in a list, words above a conversation, and the switch of one's own. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { Switch, toast } from "../components";
import { inWords } from "../i18n/time";
import { presence } from "./presence";
import { tm } from "./words";

export function PresenceDot({ userId }: { userId: string }) {
  const status = presence.value.get(userId)?.status ?? "offline";
  if (status === "offline") return null;
  return (
    <span class={`presence-dot presence-${status}`} title={tm(`presence.${status}`)}>
      <span class="only-read">{tm(`presence.${status}`)}</span>
    </span>
  );
}

export function PresenceWords({ userId }: { userId: string }) {
  const it = presence.value.get(userId);
  if (it === undefined) return null;
  const seen = it.status === "offline" && it.lastSeen != null ? tm("presence.seen", { when: inWords(it.lastSeen, Date.now()) }) : undefined;
  return <p class="presence-words">{seen ?? tm(`presence.${it.status}`)}</p>;
}

/** Whether others see when one is there; the server keeps it, for every device. */
export function PresenceSwitch() {
  const { data, set } = useFetched<{ shown: boolean }>("/api/me/presence");
  const [busy, setBusy] = useState(false);
  if (data === null) return null;
  const turn = async (shown: boolean) => {
    if (busy) return;
    setBusy(true);
    set({ shown });
    try {
      await request("/api/me/presence", { method: "PUT", body: { shown } });
    } catch (cause) {
      set(data);
      toast(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  return <Switch label={tm("presence.show")} checked={data.shown} onChange={(shown) => void turn(shown)} />;
}
