/**
 * What a host writes down about a client and about a meeting, for nobody else. It is saved while they
 * type, and never over what another page wrote meanwhile: then both are there, and they choose.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, type Note, type Notes, request } from "../api";
import { Button, Card, Notice, TextArea } from "../components";
import english from "../i18n/en/notes.json";
import { translator } from "../i18n/translate";

const tn = translator("notes", english);

/** As in domain/src/note.rs. */
const CHARS_MAX = 20_000;
const PAUSE_MS = 800;
const RETRY_MS = 5_000;

type About = keyof Notes;
type State = "idle" | "saving" | "saved" | "failed";

export function NotesCard({ path, name }: { path: string; name: string }) {
  const [notes, set] = useState<Notes | null>(null);
  useEffect(() => {
    let here = true;
    const load = (): void => {
      request<Notes>(`${path}/notes`).then(
        (found) => here && set(found),
        () => here && setTimeout(load, RETRY_MS),
      );
    };
    load();
    return () => {
      here = false;
    };
  }, [path]);
  if (!notes) return null;
  return (
    <Card title={tn("title")}>
      <p class="field-hint">{tn("hint", { name })}</p>
      <NoteField path={path} about="client" first={notes.client} label={tn("client", { name })} rows={6} />
      <NoteField path={path} about="meeting" first={notes.meeting} label={tn("meeting")} rows={4} />
    </Card>
  );
}

interface NoteFieldProps {
  path: string;
  about: About;
  first: Note;
  label: string;
  rows: number;
}

function NoteField({ path, about, first, label, rows }: NoteFieldProps) {
  const [text, setText] = useState(first.text);
  const [state, setState] = useState<State>("idle");
  const [theirs, setTheirs] = useState<Note | null>(null);
  // What the server has, what stands in the field, and whether a request is on its way.
  const kept = useRef(first);
  const typed = useRef(first.text);
  const busy = useRef(false);
  const clash = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const save = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    const sent = typed.current;
    if (busy.current || clash.current || sent === kept.current.text) return;
    busy.current = true;
    setState("saving");
    let again: number | null = null;
    try {
      kept.current = await request<Note>(`${path}/notes/${about}`, { method: "PUT", body: { text: sent, version: kept.current.version } });
      setState("saved");
      again = 0;
    } catch (cause) {
      setState("failed");
      if (cause instanceof ApiError && cause.status === 409) {
        const found = await request<Notes>(`${path}/notes`).catch(() => null);
        if (found) {
          clash.current = true;
          setTheirs(found[about]);
        }
      }
      again = RETRY_MS;
    } finally {
      busy.current = false;
    }
    if (typed.current !== kept.current.text && !clash.current) timer.current = setTimeout(() => void save(), again ?? PAUSE_MS);
  }, [path, about]);

  useEffect(() => {
    const leave = (): void => {
      if (document.visibilityState === "hidden") void save();
    };
    document.addEventListener("visibilitychange", leave);
    return () => {
      document.removeEventListener("visibilitychange", leave);
      void save();
    };
  }, [save]);

  const type = (next: string): void => {
    typed.current = next;
    setText(next);
    setState("idle");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void save(), PAUSE_MS);
  };

  const settle = (other: Note, mine: boolean): void => {
    kept.current = other;
    clash.current = false;
    setTheirs(null);
    if (mine) void save();
    else {
      typed.current = other.text;
      setText(other.text);
      setState("saved");
    }
  };

  return (
    <div class="stack">
      <TextArea label={label} optional rows={rows} maxLength={CHARS_MAX} value={text} onInput={(event) => type(event.currentTarget.value)} onBlur={() => void save()} />
      {theirs ? (
        <Notice kind="warn">
          <p>{tn("clash")}</p>
          <blockquote class="keep-lines">{theirs.text || tn("empty")}</blockquote>
          <div class="row">
            <Button onClick={() => settle(theirs, false)}>{tn("theirs")}</Button>
            <Button kind="quiet" onClick={() => settle(theirs, true)}>
              {tn("mine")}
            </Button>
          </div>
        </Notice>
      ) : (
        <p class="field-hint" role="status">
          {state === "idle" ? "\u00a0" : tn(state)}
        </p>
      )}
    </div>
  );
}
