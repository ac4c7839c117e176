/** What is kept about people: by class of data, how much, how old, for how long, and what goes next. */
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, Card, Loading } from "../components";
import type { components } from "../generated/rest";
import { clockTime, shortDate } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { AdminErasures } from "./AdminErasures";
import { classOf, keptFor, t } from "./words";

type Retention = components["schemas"]["RetentionBody"];
type Line = components["schemas"]["RetentionLineBody"];

export default function AdminPrivacyPage() {
  const { data, error, reload } = useFetched<Retention>("/api/admin/retention");
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  return (
    <div class="stack">
      <PageHead title={t("title")} intro={t("intro")} />
      <AdminErasures />
      {data ? <Kept data={data} /> : <Loading words={t("title")} />}
    </div>
  );
}

function Kept({ data }: { data: Retention }) {
  const at = data.sweptAt;
  return (
    <Card title={t("kept")}>
      <p>
        {t("kept.intro")} <span class="quiet">{at == null ? t("kept.never") : t("kept.at", { when: `${shortDate(at)}, ${clockTime(at)}` })}</span>
      </p>
      <ul role="list" class="lines">
        {data.lines.map((line) => (
          <Row key={line.class} line={line} />
        ))}
      </ul>
    </Card>
  );
}

function Row({ line }: { line: Line }) {
  const facts = [
    keptFor(line),
    t("rows", { count: line.rows }),
    line.oldest != null && t("oldest", { date: shortDate(line.oldest) }),
    line.removed != null && t("removed", { count: line.removed }),
  ];
  return (
    <li class="line">
      <div class="line-words">
        <span>{classOf(line.class, line.what)}</span>
        <span class="quiet small">{facts.filter(Boolean).join(" · ")}</span>
      </div>
      {line.due ? (
        <div class="row-end">
          <Badge kind="info">{t("due", { count: line.due })}</Badge>
        </div>
      ) : null}
    </li>
  );
}
