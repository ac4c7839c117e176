/**
 * The terms or the privacy notice: for anybody, to read and to print. Where the operator wrote no notice, what
 * the server keeps about people stands in its place.
 */
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { place } from "../app/router";
import { Button, Card, Loading, Notice } from "../components";
import { language, t as common } from "../i18n";
import { FailedPage, NotFoundPage } from "../pages/ErrorPages";
import { classOf, keptFor } from "../privacy/words";
import { house, type Kind } from "./house";
import { titled } from "./markdown";
import "./texts.css";
import { t, type Text } from "./words";
import { Words } from "./Words";

export default function TextPage() {
  const { path, query } = place.value;
  const kind: Kind = path.startsWith("/terms") ? "terms" : "privacy";
  const edition = query.get("edition");
  if (kind === "terms" && edition === null && !house()?.kinds.includes(kind)) return <NotFoundPage />;
  return <Page key={`${language()}${edition}`} kind={kind} edition={edition} />;
}

function Page({ kind, edition }: { kind: Kind; edition: string | null }) {
  const query = new URLSearchParams({ language: language(), ...(edition === null ? {} : { edition }) });
  const { data, error, reload } = useFetched<Text>(`/api/texts/${kind}?${query}`);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={common("common.loading")} />;
  const { title, rest } = titled(data.words ?? "");
  return (
    <div class="stack text-page">
      <PageHead
        title={title ?? t(kind)}
        action={
          <Button kind="quiet" onClick={() => window.print()}>
            {t("print")}
          </Button>
        }
      />
      {edition !== null && (
        <Notice kind="info">
          {t("then")} <a href={`/${kind}`}>{t("then.now")}</a>
        </Notice>
      )}
      <Card>{data.words == null ? <Kept kept={data.kept} /> : <Words blocks={rest} below={1} lang={data.language} />}</Card>
    </div>
  );
}

/** What the software does, which holds for every house. */
function Kept({ kept }: { kept: Text["kept"] }) {
  return (
    <div class="house-text">
      <p>{t("own.intro")}</p>
      <h2>{t("own.kept")}</h2>
      <ul>
        {kept.map((it) => (
          <li key={it.class}>
            {classOf(it.class, it.what)}: {keptFor(it)}
          </li>
        ))}
      </ul>
      <h2>{t("own.not")}</h2>
      <ul>
        <li>{t("own.calls")}</li>
        <li>{t("own.others")}</li>
        <li>{t("own.cookies")}</li>
      </ul>
      <h2>{t("own.rights")}</h2>
      <p>{t("own.rightsWords")}</p>
    </div>
  );
}
