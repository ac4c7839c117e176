/** For operators: who tried to reach what. A search in the address of the page, records the latest first, and both as files. */
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { Badge, Button, Card, Empty, Field, Loading, Select, toast } from "../components";
import { t as common } from "../i18n";
import { clockTime, shortDate } from "../i18n/time";
import { download } from "../money/download";
import { FailedPage } from "../pages/ErrorPages";
import "./audit.css";
import { ACTIONS, type AuditPage, type AuditRecord, actionWords, questionOf, t, whoWords } from "./words";

const FIELDS = ["person", "action", "resourceId", "outcome", "from", "to"] as const;

export default function AdminAuditPage() {
  const { query } = place.value;
  const asked = questionOf(query).toString();
  return (
    <div class="stack">
      <PageHead title={t("title")} intro={t("intro")} />
      <Search key={query.toString()} query={query} />
      <Records key={asked} asked={asked} />
    </div>
  );
}

function show(wanted: Record<string, string>) {
  const kept = Object.entries(wanted).filter(([, value]) => value.trim() !== "");
  const query = new URLSearchParams(kept).toString();
  navigate(`/admin/audit${query ? `?${query}` : ""}`);
}

function Search({ query }: { query: URLSearchParams }) {
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    show(Object.fromEntries(FIELDS.map((name) => [name, String(form.get(name) ?? "")])));
  };
  const was = (name: (typeof FIELDS)[number]) => query.get(name) ?? "";
  return (
    <Card title={t("search")}>
      <form onSubmit={onSubmit}>
        <div class="audit-form">
          <Field name="person" label={t("person")} hint={t("person.hint")} defaultValue={was("person")} optional autocomplete="off" />
          <Select
            name="action"
            label={t("action")}
            defaultValue={was("action")}
            optional
            options={[
              { value: "", label: t("anything") },
              { value: "video_call_*", label: t("calls") },
              ...ACTIONS.map((value) => ({ value, label: actionWords(value) })),
            ]}
          />
          <Select
            name="outcome"
            label={t("outcome")}
            defaultValue={was("outcome")}
            optional
            options={[
              { value: "", label: t("outcome.any") },
              { value: "allowed", label: t("outcome.allowed") },
              { value: "refused", label: t("outcome.refused") },
            ]}
          />
          <Field name="resourceId" label={t("resource")} defaultValue={was("resourceId")} optional autocomplete="off" />
          <Field name="from" type="date" label={t("from")} defaultValue={was("from")} optional />
          <Field name="to" type="date" label={t("to")} defaultValue={was("to")} optional />
        </div>
        <div class="audit-buttons">
          <Button kind="primary" type="submit">
            {t("search")}
          </Button>
          <Button kind="quiet" onClick={() => navigate("/admin/audit")}>
            {t("clear")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Records({ asked }: { asked: string }) {
  const path = `/api/admin/audit?${asked}`;
  const { data, error, reload, set } = useFetched<AuditPage>(path);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={common("common.loading")} />;
  const more = async () => {
    try {
      const page = await request<AuditPage>(`${path}&before=${data.next ?? 0}`);
      set({ ...page, records: [...data.records, ...page.records] });
    } catch (cause) {
      toast(errorWords(cause));
    }
  };
  const keep = (name: string) => download(`/api/admin/${name}?${asked}`, name).catch((cause: unknown) => toast(errorWords(cause)));
  return (
    <Card title={t("title")}>
      <p class="quiet small audit-hash">
        {t("state", { count: data.last, hash: data.hash })} {data.removed > 0 && t("removed", { count: data.removed })}
      </p>
      {data.records.length === 0 ? (
        <Empty title={t(data.next == null ? "none" : "none.yet")} />
      ) : (
        <ul role="list" class="lines">
          {data.records.map((it) => (
            <Line key={it.seq} it={it} />
          ))}
        </ul>
      )}
      <div class="audit-buttons">
        {data.next != null && <Button onClick={() => void more()}>{t("more")}</Button>}
        {data.records.length > 0 && (
          <>
            <Button kind="quiet" onClick={() => void keep("audit.csv")}>
              {t("table")}
            </Button>
            <Button kind="quiet" onClick={() => void keep("audit.jsonl")}>
              {t("lines")}
            </Button>
          </>
        )}
      </div>
    </Card>
  );
}

const when = (at: number) => `${shortDate(at)}, ${clockTime(at)}`;

function Line({ it }: { it: AuditRecord }) {
  const facts = [
    when(it.at),
    it.times > 1 && t("times", { count: it.times, until: when(it.until) }),
    it.aboutId != null && it.aboutId !== it.userId && t("about", { name: it.aboutName || it.aboutId }),
    it.resourceType && `${it.resourceType}${it.resourceId ? ` ${it.resourceId}` : ""}`,
    it.ipAddress != null && t("at", { address: it.ipAddress }),
    ...Object.entries(it.facts ?? {}).map(([name, value]) => `${name} ${value}`),
  ];
  const name = whoWords(it);
  return (
    <li class="line audit-line">
      <div class="line-words">
        <p class="audit-head">
          <strong>{name}</strong>
          {it.who === "admin" && <Badge kind="info">{t("role.admin")}</Badge>}
          <span>{actionWords(it.action)}</span>
          {it.refused != null && <Badge kind="warn">{t("why", { why: it.refused })}</Badge>}
        </p>
        <p class="quiet small">{facts.filter(Boolean).join(" · ")}</p>
        {it.words != null && <p class="keep-lines">{it.words}</p>}
      </div>
      {it.userId != null && (
        <div class="row-end">
          <Button kind="quiet" onClick={() => show({ person: it.userId ?? "" })}>
            {t("only", { name })}
          </Button>
        </div>
      )}
    </li>
  );
}
