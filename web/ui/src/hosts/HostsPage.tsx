/**
 * The directory of hosts. What is looked for stands in the address, so that going back finds it again;
 * the list stays true by itself: a host who comes, goes or changes is told by the server. Nobody asks
 * again and again.
 */
import "./hosts.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { request, session } from "../api";
import { errorWords } from "../app/errors";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { Button, Empty, Field, Loading, Notice, Select, Switch, UserIcon } from "../components";
import { t } from "../i18n";
import { FailedPage } from "../pages/ErrorPages";
import { Found } from "./Found";
import { HostLine } from "./HostLine";
import { useHostNews } from "./watch";
import { type HostCard, type HostList, languageName, priceOf, th, typedPrice } from "./words";

const TYPED_MS = 300;
/** News come in crowds; whoever asks again waits for the last. */
const SETTLED_MS = 400;
const FIELDS = ["search", "language", "specialty", "kind", "costPerMinMax", "online", "sort"] as const;

/** What stands in the address, and nothing else of it. */
function wantedOf(query: URLSearchParams): URLSearchParams {
  const wanted = new URLSearchParams();
  for (const name of FIELDS) {
    const value = query.get(name)?.trim();
    if (value) wanted.set(name, value);
  }
  return wanted;
}

export default function HostsPage() {
  const wanted = wantedOf(place.value.query);
  // A filter that was taken away elsewhere must not stand in its field any more.
  const [round, setRound] = useState(0);
  const list = useHosts(wanted.toString());
  const { data, error, reload, busy } = list;
  const words = wanted.get("search");
  const [found, setFound] = useState(false);
  const identity = session.identity.value;
  if (error && !data) return <FailedPage error={error} onRetry={reload} />;
  if (!data) return <Loading words={t("common.loading")} />;
  return (
    <div class="stack">
      <PageHead title={th("list.title")} intro={th("list.intro")} />
      <Search key={round} wanted={wanted} data={data} />
      {words !== null && <Found words={words} myId={identity.kind === "member" ? identity.user.userId : null} onFound={setFound} />}
      <p class="quiet" role="status">
        {th("list.found", { count: data.total })}
      </p>
      {error != null && <Notice kind="danger">{errorWords(error)}</Notice>}
      {data.hosts.length === 0 && !found && (
        <div class="card">
          <Nobody filtered={wanted.size > 0} onAll={() => setRound(round + 1)} />
        </div>
      )}
      {data.hosts.length > 0 && (
        <ul role="list" class="host-list" aria-busy={busy}>
          {data.hosts.map((host) => (
            <HostLine key={host.userId} host={host} />
          ))}
        </ul>
      )}
      {data.total > data.hosts.length && (
        <div>
          <Button busy={busy} onClick={list.more}>
            {th("list.more")}
          </Button>
        </div>
      )}
    </div>
  );
}

function Nobody({ filtered, onAll }: { filtered: boolean; onAll: () => void }) {
  const all = () => {
    navigate("/hosts", { replace: true });
    onAll();
  };
  return (
    <Empty icon={<UserIcon size={36} />} title={th(filtered ? "list.none" : "list.nobody")}>
      <p>{th(filtered ? "list.noneHint" : "list.nobodyHint")}</p>
      {filtered && <Button onClick={all}>{th("list.all")}</Button>}
    </Empty>
  );
}

function Search({ wanted, data }: { wanted: URLSearchParams; data: HostList }) {
  const form = useRef<HTMLFormElement>(null);
  const typing = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(typing.current), []);
  const find = () => {
    clearTimeout(typing.current);
    if (!form.current) return;
    const given = new URLSearchParams();
    for (const [name, value] of new FormData(form.current)) given.set(name, String(value));
    if (given.has("online")) given.set("online", "true");
    const most = priceOf(given.get("costPerMinMax") ?? "");
    if (most == null) given.delete("costPerMinMax");
    else given.set("costPerMinMax", String(most));
    const query = wantedOf(given).toString();
    if (query !== wanted.toString()) navigate(query === "" ? "/hosts" : `/hosts?${query}`, { replace: true });
  };
  const later = () => {
    clearTimeout(typing.current);
    typing.current = setTimeout(find, TYPED_MS);
  };
  const any = { value: "", label: th("list.any") };
  const narrowing = ["language", "specialty", "kind", "costPerMinMax"].filter((name) => wanted.has(name)).length;
  const most = wanted.get("costPerMinMax");
  return (
    <form
      ref={form}
      class="card form host-search"
      role="search"
      onSubmit={(event) => (event.preventDefault(), find())}
      onChange={find}
    >
      <Field
        label={th("list.search")}
        hint={th("list.searchHint")}
        optional
        name="search"
        type="search"
        autocomplete="off"
        maxLength={100}
        defaultValue={wanted.get("search") ?? ""}
        onInput={later}
      />
      <Switch label={th("list.online")} name="online" defaultChecked={wanted.has("online")} />
      <details class="host-more" open={narrowing > 0}>
        <summary>{narrowing > 0 ? th("list.filters", { count: narrowing }) : th("list.filtersNone")}</summary>
        <div class="form-pair">
          <Select
            label={th("list.language")}
            name="language"
            defaultValue={wanted.get("language") ?? ""}
            options={[any, ...data.languages.map((tag) => ({ value: tag, label: languageName(tag) }))]}
          />
          <Select
            label={th("list.specialty")}
            name="specialty"
            defaultValue={wanted.get("specialty") ?? ""}
            options={[any, ...data.specialties.map((word) => ({ value: word, label: word }))]}
          />
          <Select
            label={th("list.kind")}
            name="kind"
            defaultValue={wanted.get("kind") ?? ""}
            options={[any, { value: "audio", label: th("list.kindAudio") }, { value: "video", label: th("list.kindVideo") }]}
          />
          <Field
            label={th("list.most")}
            hint={th("list.mostHint")}
            optional
            name="costPerMinMax"
            inputMode="decimal"
            autocomplete="off"
            defaultValue={most === null ? "" : typedPrice(Number(most))}
            onInput={later}
          />
          <Select
            label={th("list.sort")}
            name="sort"
            defaultValue={wanted.get("sort") ?? ""}
            options={[
              { value: "", label: th("list.sortBest") },
              { value: "name", label: th("list.sortName") },
              { value: "price", label: th("list.sortPrice") },
            ]}
          />
        </div>
      </details>
    </form>
  );
}

interface Hosts {
  data: HostList | null;
  error: unknown;
  busy: boolean;
  reload: () => void;
  more: () => void;
}

/** The list for this question. While another one is asked, the old one stands. */
function useHosts(query: string): Hosts {
  const [data, setData] = useState<HostList | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const newest = useRef(0);
  const shown = useRef<HostList | null>(null);
  shown.current = data;
  const ask = async (keep: number) => {
    const mine = ++newest.current;
    setBusy(true);
    try {
      // As much as was on the screen: a reader in the third page stays there.
      let answer = await pageOf(query, 0);
      while (answer.hosts.length < Math.min(keep, answer.total)) {
        const next = await pageOf(query, answer.hosts.length);
        if (next.hosts.length === 0) break;
        answer = { ...next, hosts: merged(answer.hosts, next.hosts) };
      }
      if (mine !== newest.current) return;
      setData(answer);
      setError(null);
    } catch (cause) {
      if (mine === newest.current) setError(cause);
    } finally {
      if (mine === newest.current) setBusy(false);
    }
  };
  useEffect(() => {
    void ask(0);
    return () => void (newest.current += 1);
  }, [query]);
  const again = () => void ask(shown.current?.hosts.length ?? 0);
  const soon = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(soon.current), []);
  const settle = () => {
    clearTimeout(soon.current);
    soon.current = setTimeout(again, SETTLED_MS);
  };
  useHostNews({
    onCard(card) {
      const old = shown.current?.hosts.find((host) => host.userId === card.userId);
      if (old && card.listed) {
        setData((list) => list && { ...list, hosts: list.hosts.map((host) => (host.userId === card.userId ? card : host)) });
      }
      if (!old || !card.listed || there(old) !== there(card)) settle();
    },
    onMissed: again,
  });
  return { data, error, busy, reload: again, more: () => void ask((shown.current?.hosts.length ?? 0) + 1) };
}

const there = (host: HostCard): boolean => host.status === "online" || host.status === "busy";
const pageOf = (query: string, skip: number): Promise<HostList> => request<HostList>(`/api/hosts?${query}${skip > 0 ? `&skip=${skip}` : ""}`);

/** Somebody who moved from one page to another between two questions is shown once. */
function merged(old: HostCard[], more: HostCard[]): HostCard[] {
  const known = new Set(old.map((host) => host.userId));
  return [...old, ...more.filter((host) => !known.has(host.userId))];
}
