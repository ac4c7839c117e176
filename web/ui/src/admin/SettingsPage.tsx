/** The settings, made from their declaration: what each is about, what it is, and where that comes from. */
import "./admin.css";
import { useState } from "preact/hooks";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, Card, Field, Loading, Switch } from "../components";
import type { components } from "../generated/rest";
import { FailedPage } from "../pages/ErrorPages";
import { stepOf } from "../setup/draft";
import { found, type Section, type Setting } from "./settings";
import { t } from "./words";

type Settings = components["schemas"]["SettingsBody"];
const FROM = ["file", "setup", "environment", "secret_file", "command"] as const;
type From = (typeof FROM)[number];

export default function SettingsPage() {
  const { data, error, reload } = useFetched<Settings>("/api/admin/settings");
  const [words, setWords] = useState("");
  const [changed, setChanged] = useState(false);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  const sections = data ? found(data.sections, words, changed) : [];
  return (
    <div class="stack">
      <PageHead title={t("set.title")} intro={t("set.intro")} />
      {!data ? (
        <Loading words={t("set.title")} />
      ) : (
        <>
          <Card>
            <p class="quiet small">{data.file ? t("set.file", { file: data.file }) : t("set.noFile")}</p>
            <Field label={t("set.search")} type="search" autocomplete="off" optional value={words} onInput={(event) => setWords(event.currentTarget.value)} />
            <Switch label={t("set.changed")} checked={changed} onChange={setChanged} />
          </Card>
          <div role="status">{sections.length === 0 && <p class="quiet">{t("set.none")}</p>}</div>
          {sections.map((section) => (
            <SectionCard key={section.name} section={section} />
          ))}
        </>
      )}
    </div>
  );
}

function SectionCard({ section }: { section: Section }) {
  return (
    <Card title={section.name}>
      <p class="quiet">{section.about}</p>
      <ul role="list" class="lines">
        {section.keys.map((it) => (
          <li key={it.key} class="setting">
            <SettingLine section={section.name} it={it} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function SettingLine({ section, it }: { section: string; it: Setting }) {
  const last = it.layers.at(-1);
  const beaten = it.layers.slice(0, -1).map(({ place }) => place);
  return (
    <>
      <h3 class="setting-name">
        <code>
          {section}.{it.key}
        </code>
        <Badge kind={last ? "info" : "plain"}>{t(`set.from.${(last?.from ?? "default") as From | "default"}`)}</Badge>
      </h3>
      <p class="setting-value">{it.secret ? t(it.changed ? "set.isSet" : "set.isNotSet") : <code>{it.value}</code>}</p>
      <p class="small">{it.about}</p>
      <p class="quiet small">
        {[
          last?.place,
          !it.secret && it.changed && t("set.default", { value: it.default }),
          beaten.length > 0 && t("set.over", { places: beaten.join(", ") }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {it.inSetup && (
        <p class="small">
          <a href={`/admin/setup?step=${stepOf(`${section}.${it.key}`)}`} aria-label={t("set.changeNamed", { key: `${section}.${it.key}` })}>
            {t("set.change")}
          </a>
        </p>
      )}
    </>
  );
}
