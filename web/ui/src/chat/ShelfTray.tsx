/** The files that go along with the next message, above where one writes: each with how far it got. */
import { request } from "../api";
import { Button, CrossIcon, Spinner } from "../components";
import type { Conversation } from "./conversation";
import "./files.css";
import { PageIcon } from "./file-icons";
import { sizeWords, tf } from "./file-words";
import { previews } from "./pictures";
import { FILES_MAX, Shelf, type Shelved } from "./shelf";
import { uploadTo } from "./upload";

const shelves = new WeakMap<Conversation, Shelf>();

/** The shelf of a conversation, with what waited there before a reload. */
export function shelfOf(conversation: Conversation): Shelf {
  const known = shelves.get(conversation);
  if (known !== undefined) return known;
  const upload = uploadTo(conversation.filesPath);
  const shelf = new Shelf(
    {
      bytesMax: () => conversation.fileBytesMax.peek(),
      upload: async (file, onProgress, signal) => {
        const given = await upload(file, onProgress, signal);
        if (given.kind === "picture") previews.keep(given.fileId, URL.createObjectURL(file));
        return given;
      },
      forget: (fileId) => void request(`${conversation.filesPath}/${fileId}`, { method: "DELETE" }).catch(() => {}),
      keep: (files) => void (conversation.draftFiles = files),
      preview: (file) => (/^image\/(png|jpeg|webp|gif)$/.test(file.type) ? URL.createObjectURL(file) : undefined),
    },
    conversation.draftFiles,
  );
  shelves.set(conversation, shelf);
  return shelf;
}

export default function ShelfTray({ shelf, bytesMax }: { shelf: Shelf; bytesMax: number }) {
  const items = shelf.items.value;
  if (items.length === 0 && !shelf.tooMany.value) return null;
  return (
    <div class="files-tray">
      {shelf.tooMany.value && (
        <p class="files-trouble" role="alert">
          {tf("too_many", { count: FILES_MAX })}
        </p>
      )}
      <ul role="list" aria-label={tf("tray")}>
        {items.map((it) => (
          <Row key={it.key} item={it} shelf={shelf} bytesMax={bytesMax} />
        ))}
      </ul>
    </div>
  );
}

function Row({ item, shelf, bytesMax }: { item: Shelved; shelf: Shelf; bytesMax: number }) {
  const { key, name, size, preview, state, progress, trouble } = item;
  const percent = Math.round(progress * 100);
  return (
    <li class="files-item">
      {preview === undefined || trouble !== undefined ? (
        <span class="files-sign">
          <PageIcon />
        </span>
      ) : (
        <img class="files-sign" src={preview} alt="" />
      )}
      <span class="files-words">
        <span class="files-name">{name}</span>
        {trouble !== undefined ? (
          <span class="files-trouble" role="alert">
            {why(trouble, bytesMax)}
          </span>
        ) : state === "ready" ? (
          <span class="files-size">{sizeWords(size)}</span>
        ) : progress === 1 ? (
          <span class="files-size">
            <Spinner /> {tf("checking")}
          </span>
        ) : (
          <progress aria-label={tf("progress", { name })} max={100} value={percent} />
        )}
      </span>
      {trouble?.again && <Button onClick={() => shelf.retry(key)}>{tf("retry")}</Button>}
      <Button kind="quiet" iconOnly aria-label={tf(state === "loading" || state === "waiting" ? "cancel" : "remove", { name })} onClick={() => shelf.remove(key)}>
        <CrossIcon size={18} />
      </Button>
    </li>
  );
}

function why({ code, message }: { code: string; message: string }, bytesMax: number): string {
  switch (code) {
    case "payload_too_large":
      return tf("too_large", { size: sizeWords(bytesMax) });
    case "files_full":
      return tf("full");
    case "unreachable":
      return tf("unreachable");
    case "unavailable":
    case "rate_limited":
    case "timeout":
      return tf("later");
    default:
      // The server's words say what is wrong with this one.
      return message || tf("not_taken");
  }
}
