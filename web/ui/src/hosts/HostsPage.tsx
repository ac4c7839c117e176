/**
 * The directory of hosts: who can be called now comes first. Filters stand in the form and go to the
 * server together; the list is asked again when the page comes back into view.
 */
import "./hosts.css";
import { useState } from "preact/hooks";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Avatar, Badge, Button, Empty, Field, Loading, Select, Switch, UserIcon } from "../components";
import { t } from "../i18n";
import { locale } from "../i18n/languages";
import { CallButtons } from "../paid/CallButtons";
import { FailedPage } from "../pages/ErrorPages";
import { type HostCard, type HostList, th } from "./words";

const PAGE = 30;

export default function HostsPage() {
  const [query, setQuery] = useState("");
  const [skip, setSkip] = useState(0);
  const { data, error, reload } = useFetched<HostList>(`/api/hosts?${query}${skip > 0 ? `&skip=${skip}` : ""}`);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  const find = (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = new URLSearchParams();
    for (const [name, value] of new FormData(event.currentTarget as HTMLFormElement))
      if (typeof value === "string" && value.trim() !== "") wanted.set(name, name === "online" ? "true" : value.trim());
    setSkip(0);
    setQuery(wanted.toString());
  };
  const any = { value: "", label: th("list.any") };
  return (
    <div class="stack">
      <PageHead title={th("list.title")} intro={th("list.intro")} />
      <form class="card form" role="search" onSubmit={find}>
        <Field label={th("list.search")} hint={th("list.searchHint")} optional name="search" type="search" maxLength={100} />
        <div class="form-pair">
          <Select label={th("list.language")} name="language" options={[any, ...data.languages.map((tag) => ({ value: tag, label: languageName(tag) }))]} />
          <Select label={th("list.specialty")} name="specialty" options={[any, ...data.specialties.map((word) => ({ value: word, label: word }))]} />
        </div>
        <div class="form-pair">
          <Select
            label={th("list.kind")}
            name="kind"
            options={[any, { value: "audio", label: th("list.kindAudio") }, { value: "video", label: th("list.kindVideo") }]}
          />
          <Switch label={th("list.online")} name="online" />
        </div>
        <div class="form-actions">
          <Button type="submit" kind="primary">
            {th("list.find")}
          </Button>
          <span class="quiet" role="status">
            {th("list.found", { count: data.total })}
          </span>
        </div>
      </form>
      {data.hosts.length === 0 && (
        <div class="card">
          <Empty icon={<UserIcon size={36} />} title={th("list.none")}>
            <p>{th("list.noneHint")}</p>
          </Empty>
        </div>
      )}
      <ul role="list" class="host-list">
        {data.hosts.map((host) => (
          <Host key={host.userId} host={host} />
        ))}
      </ul>
      {data.total > skip + data.hosts.length && (
        <div>
          <Button onClick={() => setSkip(skip + PAGE)}>{th("list.more")}</Button>
        </div>
      )}
    </div>
  );
}

const LIVE = { online: ["live.online", "good"], away: ["live.away", "warn"], offline: ["live.offline", "plain"] } as const;

function Host({ host }: { host: HostCard }) {
  const [words, kind] = LIVE[host.status as keyof typeof LIVE] ?? LIVE.offline;
  const about = [...host.languages.map(languageName), ...host.specialties];
  return (
    <li class="card">
      <div class="host-head">
        <Avatar name={host.name} />
        <div class="line-words">
          <h2>{host.name}</h2>
          {host.title !== "" && <p>{host.title}</p>}
          {about.length > 0 && <p class="quiet small">{about.join(" · ")}</p>}
        </div>
        <Badge kind={kind}>{th(words)}</Badge>
      </div>
      {host.status === "online" && <CallButtons hostId={host.userId} hostName={host.name} />}
    </li>
  );
}

function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([locale()], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
