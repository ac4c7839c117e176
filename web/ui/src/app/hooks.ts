/** What most pages do: show what the server has, send a form, do what a button says, follow the clock. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api";
import { ApiError } from "../api/error";
import { errorWords } from "./errors";

export interface Fetched<T> {
  data: T | null;
  /** Set only while there is nothing to show: a failed refresh leaves the old data standing. */
  error: unknown;
  reload: () => Promise<void>;
  set: (data: T) => void;
}

/** What a GET answers; asked again when the page comes back into view, since it may have slept. */
export function useFetched<T>(path: string): Fetched<T> {
  const [data, set] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  const newest = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++newest.current;
    try {
      const answer = await request<T>(path);
      if (mine !== newest.current) return;
      set(answer);
      setError(null);
    } catch (cause) {
      if (mine === newest.current) setError(cause);
    }
  }, [path]);
  useEffect(() => {
    void reload();
    const back = () => {
      if (document.visibilityState === "visible") void reload();
    };
    document.addEventListener("visibilitychange", back);
    window.addEventListener("online", back);
    return () => {
      newest.current += 1;
      document.removeEventListener("visibilitychange", back);
      window.removeEventListener("online", back);
    };
  }, [reload]);
  return { data, error: data === null ? error : null, reload, set };
}

export interface Submission {
  busy: boolean;
  /** Words for the whole form, when the failure belongs to no field of it. */
  failure: string | null;
  /** Words for one field. */
  fieldError: (name: string) => string | undefined;
  /** For `onSubmit`: hands the form's values to the work, once at a time. */
  onSubmit: (event: SubmitEvent) => void;
}

export interface SubmitOptions {
  /** Names of the inputs whose errors are shown next to them; `server>input` where they differ. */
  fields?: readonly string[];
  /** Own words for a failure; undefined leaves it to the common ones. */
  words?: (error: ApiError) => string | undefined;
}

/** A problem that the page itself found in an input, before asking the server. */
export class FieldProblem extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

export function useSubmit(work: (values: FormValues) => Promise<void>, options: SubmitOptions = {}): Submission {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ field: string | null; words: string } | null>(null);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy) return;
    setBusy(true);
    setProblem(null);
    work(new FormValues(new FormData(form)))
      .catch((cause: unknown) => {
        const found = problemOf(cause, options);
        setProblem(found);
        const input = found.field === null ? null : form.elements.namedItem(found.field);
        if (!(input instanceof HTMLElement)) return;
        input.focus();
        input.addEventListener("input", () => setProblem(null), { once: true }); // no longer true of what is typed
      })
      .finally(() => setBusy(false));
  };
  return {
    busy,
    failure: problem?.field === null ? problem.words : null,
    fieldError: (name) => (problem?.field === name ? problem.words : undefined),
    onSubmit,
  };
}

function problemOf(cause: unknown, options: SubmitOptions): { field: string | null; words: string } {
  if (cause instanceof FieldProblem) return { field: cause.field, words: cause.message };
  const field = cause instanceof ApiError ? (cause.body.field ?? null) : null;
  const words = (cause instanceof ApiError ? options.words?.(cause) : undefined) ?? errorWords(cause);
  const input = options.fields?.map((name) => name.split(">")).find(([server]) => server === field);
  return { field: input?.at(-1) ?? null, words };
}

/** What was typed, trimmed; a password as it is. */
export class FormValues {
  constructor(private readonly data: FormData) {}
  text(name: string): string {
    return this.secret(name).trim();
  }
  /** Undefined when nothing was typed. */
  optional(name: string): string | undefined {
    return this.text(name) || undefined;
  }
  secret(name: string): string {
    const value = this.data.get(name);
    return typeof value === "string" ? value : "";
  }
  on(name: string): boolean {
    return this.data.get(name) !== null;
  }
}

export interface Action {
  busy: boolean;
  failure: string | null;
  setFailure: (words: string | null) => void;
  /** Does the work; what goes wrong with it is said in `failure`. */
  run: (work: () => Promise<void>) => Promise<void>;
}

/** What one button does, without a form. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setFailure(null);
    try {
      await work();
    } catch (cause) {
      setFailure(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  return { busy, failure, setFailure, run };
}

/** The time, renewed every `everyMs` so that "in 12 minutes" stays true. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const tick = () => setNow(Date.now());
    const timer = setInterval(tick, everyMs);
    document.addEventListener("visibilitychange", tick); // a sleeping tab's timers stand still
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [everyMs]);
  return now;
}

/** While something would be lost with the tab, the browser asks before it closes it. */
export function useLosable(some: boolean): void {
  useEffect(() => {
    if (!some) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [some]);
}
