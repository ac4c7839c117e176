/** Blocking somebody, after a question that says what it means; and taking it back. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { Button, Dialog, MoreIcon, Popover, toast } from "../components";
import { th } from "./words";

const pathOf = (userId: string): string => `/api/me/blocks/${encodeURIComponent(userId)}`;

export interface BlockButtonProps {
  userId: string;
  name: string;
  onDone?: () => void;
}

export function BlockButton({ userId, name, onDone }: BlockButtonProps) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const block = async () => {
    setBusy(true);
    try {
      await request(pathOf(userId), { method: "PUT" });
      setAsking(false);
      toast(th("block.done", { name }));
      onDone?.();
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button kind="quiet" aria-label={th("block.named", { name })} onClick={() => setAsking(true)}>
        {th("block.ask")}
      </Button>
      <Dialog
        open={asking}
        title={th("block.title", { name })}
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{th("cancel")}</Button>
            <Button kind="danger" busy={busy} onClick={() => void block()}>
              {th("block.ask")}
            </Button>
          </>
        }
      >
        <p>{th("block.words", { name })}</p>
      </Dialog>
    </>
  );
}

/** Where there is no room for the button: behind a sign at the end of a line. */
export function PersonMenu(person: BlockButtonProps) {
  return (
    <Popover class="person-menu" label={th("block.menu", { name: person.name })} sign={<MoreIcon />}>
      {(_close, id) => (
        <div class="menu-panel" id={id}>
          <BlockButton {...person} />
        </div>
      )}
    </Popover>
  );
}

export function UnblockButton({ userId, name, onDone }: BlockButtonProps) {
  const [busy, setBusy] = useState(false);
  const unblock = async () => {
    setBusy(true);
    try {
      await request(pathOf(userId), { method: "DELETE" });
      toast(th("block.undone", { name }));
      onDone?.();
    } catch (cause) {
      toast(errorWords(cause));
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} aria-label={th("block.undoNamed", { name })} onClick={() => void unblock()}>
      {th("block.undo")}
    </Button>
  );
}
