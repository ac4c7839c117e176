/** What somebody agreed to and when, each with the texts as they were then. */
import { useFetched } from "../app/hooks";
import { Card } from "../components";
import { shortDate } from "../i18n/time";
import "./texts.css";
import { type Agreement, t } from "./words";

/** On one's own account page; nothing where nothing was ever asked. */
export function AgreedCard() {
  const { data } = useFetched<{ agreements: Agreement[] }>("/api/me/agreements");
  return data && <Agreements list={data.agreements} />;
}

export function Agreements({ list }: { list: readonly Agreement[] }) {
  if (list.length === 0) return null;
  return (
    <Card title={t("agreed")}>
      <ul role="list" class="lines">
        {[...list].reverse().map((it) => (
          <li key={it.version} class="line">
            <div class="line-words">
              <span>{t("agreed.version", { version: it.version })}</span>
              <span class="quiet small">
                {shortDate(it.at)} · {t(`place.${placeOf(it.place)}`)}
              </span>
            </div>
            <div class="row-end legal-then">
              {it.texts.includes("terms") && <a href={`/terms?edition=${it.edition}`}>{t("terms")}</a>}
              {it.texts.includes("privacy") && <a href={`/privacy?edition=${it.edition}`}>{t("privacy")}</a>}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const PLACES = ["booking", "join", "again", "waiting"] as const;
const placeOf = (word: string) => PLACES.find((it) => it === word) ?? "signUp";
