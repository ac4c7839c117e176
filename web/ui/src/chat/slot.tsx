/**
 * Where the chat hooks into the call page: the panel's line, and a watcher that counts what is new
 * while the panel is closed. Small, because it comes with the call; the chat itself is fetched
 * after the call stands.
 */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { InCall, LayerSpec, PanelSpec } from "../call/panels";
import type { CallSession } from "../call/session";
import { Button, ChatIcon } from "../components";
import { tc } from "./words";

const unread = signal(0);

export const chatPanel: PanelSpec = {
  id: "chat",
  title: () => tc("panel.title"),
  icon: ChatIcon,
  place: "bar",
  shortcut: { key: "c", does: () => tc("panel.shortcut") },
  badge: () => unread.value,
  load: async () => (await import("./ChatPanel")).default,
};

export const chatWatch: LayerSpec = { id: "chat", where: "nothing", View: Watch };

function Watch({ call, facts }: InCall) {
  useEffect(() => {
    let stop: (() => void) | undefined;
    let over = false;
    const begin = () =>
      import("./in-call").then(({ conversationOf }) => {
        const conversation = over ? undefined : conversationOf(call, facts.roomId);
        if (conversation === undefined) return;
        stop = conversation.unread.subscribe((count) => void (unread.value = count));
      });
    const off = call.phase.subscribe((phase) => {
      if (phase.name === "in" && stop === undefined) void begin();
    });
    return () => {
      over = true;
      off();
      stop?.();
      unread.value = 0;
    };
  }, [call, facts.roomId]);
  return null;
}

type Lobby = typeof import("./LobbyChat");

/** The part of the chat that the lobby and the knocks show, once its code is there. */
function useLobby(): Lobby | undefined {
  const [lobby, setLobby] = useState<Lobby | undefined>(undefined);
  useEffect(() => void import("./LobbyChat").then(setLobby, () => {}), []);
  return lobby;
}

/** For who waits: writes with the host. */
export function LobbyChat({ call, roomId }: { call: CallSession; roomId: string }) {
  const lobby = useLobby();
  const View: ComponentType<{ call: CallSession; roomId: string }> | undefined = lobby?.WaitingThread;
  return View === undefined ? null : <View call={call} roomId={roomId} />;
}

/** For the host: what somebody who waits wrote, and a field to answer. */
export function KnockChat({ call, userId, name }: { call: CallSession; userId: string; name: string }) {
  const [open, setOpen] = useState(false);
  const lobby = useLobby();
  const [fresh, setFresh] = useState(0);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let over = false;
    void import("./in-call").then(({ conversationOf, lobbyId }) => {
      if (!over) stop = conversationOf(call, lobbyId(call.roomId, userId))?.unread.subscribe(setFresh);
    });
    return () => {
      over = true;
      stop?.();
    };
  }, [call, userId]);
  return (
    <>
      <Button kind="quiet" aria-expanded={open} aria-label={tc("lobby.reply.to", { name })} onClick={() => setOpen(!open)}>
        <ChatIcon />
        {tc("lobby.reply")}
        {fresh > 0 && !open && (
          <span class="chat-fresh">
            <span aria-hidden="true">{fresh}</span>
            <span class="only-read">{tc("lobby.unread")}</span>
          </span>
        )}
      </Button>
      {open && lobby !== undefined && <lobby.KnockThread call={call} roomId={call.roomId} userId={userId} name={name} />}
    </>
  );
}
