/** Before somebody is removed: why, in words for them, and whether it is for good. */
import { useState } from "preact/hooks";
import { Button, Dialog, Field, Switch, toast } from "../components";
import type { RemotePeer } from "../rtc/mesh";
import { tr } from "./room-words";
import type { CallSession } from "./session";

const WORDS_MAX = 200;

interface RemoveProps {
  call: CallSession;
  remote: RemotePeer | undefined;
  onClose: () => void;
}

export function RemoveDialog({ call, remote, onClose }: RemoveProps) {
  const [words, setWords] = useState("");
  const [ban, setBan] = useState(false);
  const close = () => {
    setWords("");
    setBan(false);
    onClose();
  };
  const remove = () => {
    if (remote) void call.gathering.remove(remote.peerId, words, ban).catch(() => toast(tr("people.failed")));
    close();
  };
  return (
    <Dialog
      open={remote !== undefined}
      title={tr("remove.title", { name: remote?.info.userName ?? "" })}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{tr("remove.cancel")}</Button>
          <Button kind="danger" onClick={remove}>
            {tr("remove.do")}
          </Button>
        </>
      }
    >
      <div class="stack">
        <p>{tr("remove.body")}</p>
        <Field
          label={tr("remove.words")}
          hint={tr("remove.hint")}
          optional
          maxLength={WORDS_MAX}
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <Switch label={tr("remove.ban")} checked={ban} onChange={setBan} />
      </div>
    </Dialog>
  );
}
