/**
 * What came along with a message: pictures in the size that they will have, files as cards to be
 * downloaded, and one picture after the other over the whole page.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { BackIcon, Button, CrossIcon, toast } from "../components";
import type { ChatFile } from "../generated/protocol";
import { errorWords } from "../app/errors";
import { download } from "../money/download";
import type { Conversation } from "./conversation";
import "./files.css";
import { PageIcon } from "./file-icons";
import { boxOf } from "./file-box";
import { sizeWords, tf } from "./file-words";
import { pictureAt, previews } from "./pictures";

export interface MessageFilesProps {
  conversation: Conversation;
  /** None while the message is on its way. */
  msgSeq: number | undefined;
  files: readonly ChatFile[];
}

export default function MessageFiles({ conversation, msgSeq, files }: MessageFilesProps) {
  const [shown, setShown] = useState<number | undefined>(undefined);
  const pictures = files.filter((it) => it.kind === "picture");
  return (
    <div class="files-of">
      {pictures.length > 0 && (
        <div class="files-pictures">
          {pictures.map((file, at) => (
            <Picture key={file.fileId} conversation={conversation} msgSeq={msgSeq} file={file} onOpen={() => setShown(at)} />
          ))}
        </div>
      )}
      {files
        .filter((it) => it.kind === "file")
        .map((file) => (
          <Card key={file.fileId} conversation={conversation} msgSeq={msgSeq} file={file} />
        ))}
      {shown !== undefined && msgSeq !== undefined && (
        <Viewer conversation={conversation} msgSeq={msgSeq} pictures={pictures} at={shown} onAt={setShown} onClose={() => setShown(undefined)} />
      )}
    </div>
  );
}

/** The address of a picture, once it is there; `null` when it cannot be had. */
function usePicture(path: string | undefined, own: string | undefined): [string | undefined | null, () => void] {
  const [address, set] = useState<string | undefined | null>(own);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (own !== undefined) return set(own);
    if (path === undefined) return;
    let wanted = true;
    set(undefined);
    pictureAt(path).then(
      (it) => wanted && set(it),
      () => wanted && set(null),
    );
    return () => void (wanted = false);
  }, [path, own, tries]);
  return [address, () => setTries(tries + 1)];
}

interface OneProps {
  conversation: Conversation;
  msgSeq: number | undefined;
  file: ChatFile;
}

function Picture({ conversation, msgSeq, file, onOpen }: OneProps & { onOpen: () => void }) {
  const path = msgSeq === undefined ? undefined : conversation.filePath(msgSeq, file.fileId, true);
  const [address, again] = usePicture(path, previews.get(file.fileId));
  const label = tf("picture.open", { name: file.name });
  return (
    <button
      type="button"
      class="files-picture"
      style={boxOf(file)}
      aria-label={address === null ? tf("picture.again", { name: file.name }) : label}
      onClick={address === null ? again : onOpen}
    >
      {address != null && <img src={address} alt="" decoding="async" />}
      {address === null && <span class="files-lost">{tf("picture.lost")}</span>}
    </button>
  );
}

function Card({ conversation, msgSeq, file }: OneProps) {
  const [busy, setBusy] = useState(false);
  const fetchIt = () => {
    if (msgSeq === undefined || busy) return;
    setBusy(true);
    download(conversation.filePath(msgSeq, file.fileId), file.name)
      .catch((cause: unknown) => toast(errorWords(cause)))
      .finally(() => setBusy(false));
  };
  return (
    <button type="button" class="files-card" aria-label={tf("download.of", { name: file.name, size: sizeWords(file.size) })} aria-busy={busy || undefined} onClick={fetchIt}>
      <span class="files-sign">
        <PageIcon />
      </span>
      <span class="files-words">
        <span class="files-name">{file.name}</span>
        <span class="files-size">
          {sizeWords(file.size)} · {tf(busy ? "downloading" : "download")}
        </span>
      </span>
    </button>
  );
}

interface ViewerProps {
  conversation: Conversation;
  msgSeq: number;
  pictures: readonly ChatFile[];
  at: number;
  onAt: (at: number) => void;
  onClose: () => void;
}

/** The browser's own dialog: it keeps the focus, closes on Escape and gives the focus back. */
function Viewer({ conversation, msgSeq, pictures, at, onAt, onClose }: ViewerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const file = pictures[at];
  const path = file && conversation.filePath(msgSeq, file.fileId);
  const [address, again] = usePicture(path, undefined);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  if (file === undefined || path === undefined) return null;
  const turn = (by: number) => onAt((at + by + pictures.length) % pictures.length);
  const several = pictures.length > 1;
  return (
    <dialog
      ref={dialog}
      class="files-viewer"
      aria-label={file.name}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && dialog.current?.close()}
      onKeyDown={(event) => {
        if (several && event.key === "ArrowLeft") turn(-1);
        if (several && event.key === "ArrowRight") turn(1);
      }}
    >
      <div class="files-viewer-bar">
        <span class="files-name">{file.name}</span>
        <Button onClick={() => void download(path, file.name).catch((cause: unknown) => toast(errorWords(cause)))}>{tf("download")}</Button>
        <Button kind="quiet" iconOnly aria-label={tf("viewer.close")} onClick={() => dialog.current?.close()}>
          <CrossIcon />
        </Button>
      </div>
      <div class="files-viewer-stage">
        {several && (
          <Button kind="quiet" iconOnly aria-label={tf("viewer.before")} onClick={() => turn(-1)}>
            <BackIcon />
          </Button>
        )}
        {address === null ? (
          <Button onClick={again}>{tf("retry")}</Button>
        ) : (
          <img src={address ?? previews.get(file.fileId) ?? ""} width={file.width ?? 0} height={file.height ?? 0} alt={tf("picture.alt", { name: file.name })} />
        )}
        {several && (
          <Button kind="quiet" iconOnly aria-label={tf("viewer.after")} onClick={() => turn(1)}>
            <span class="files-turned">
              <BackIcon />
            </span>
          </Button>
        )}
      </div>
      {several && (
        <p class="files-viewer-count" aria-live="polite">
          {tf("viewer.at", { at: at + 1, of: pictures.length })}
        </p>
      )}
    </dialog>
  );
}
