/** A list of which the server gives a page at a time, and the button that asks for the next one. */
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";

export interface More<T, A> {
  items: T[] | null;
  /** The last answer, for what stands beside its list. */
  answer: A | null;
  failure: string | null;
  busy: boolean;
  /** Asks for the next page; undefined when there is none. */
  more: (() => void) | undefined;
  /** Puts a changed item into its place. */
  change: (item: T) => void;
}

/** `path` with its query; `cursor` is the name under which the server wants to hear `next` again. */
export function useMore<T, A extends { next?: string | null | undefined }>(
  path: string,
  cursor: string,
  of: (answer: A) => T[],
  key: (item: T) => string,
): More<T, A> {
  const [items, setItems] = useState<T[] | null>(null);
  const [answer, setAnswer] = useState<A | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const newest = useRef(0);
  const ask = async (from: string | null, before: T[]) => {
    const mine = ++newest.current;
    setBusy(true);
    try {
      const got = await request<A>(from === null ? path : `${path}${path.includes("?") ? "&" : "?"}${cursor}=${encodeURIComponent(from)}`);
      if (mine !== newest.current) return;
      setItems([...before, ...of(got)]);
      setAnswer(got);
      setNext(got.next ?? null);
      setFailure(null);
    } catch (cause) {
      if (mine === newest.current) setFailure(errorWords(cause));
    } finally {
      if (mine === newest.current) setBusy(false);
    }
  };
  useEffect(() => {
    void ask(null, []);
    return () => {
      newest.current += 1;
    };
  }, [path]);
  return {
    items,
    answer,
    failure,
    busy,
    more: next === null ? undefined : () => void ask(next, items ?? []),
    change: (item) => setItems((all) => all?.map((it) => (key(it) === key(item) ? item : it)) ?? null),
  };
}
