/** What is kept how long, and what the last night removed. */
import { useFetched } from "../app/hooks";
import { Card } from "../components";
import type { components } from "../generated/rest";
import { clockTime, shortDate } from "../i18n/time";
import { said, t } from "./words";

type Retention = components["schemas"]["RetentionBody"];

export function Kept() {
  const { data } = useFetched<Retention>("/api/admin/retention");
  if (!data) return null;
  const at = data.sweptAt;
  return (
    <Card title={t("kept")}>
      <p>
        {t("kept.intro")} <span class="quiet">{at == null ? t("kept.never") : t("kept.at", { when: `${shortDate(at)}, ${clockTime(at)}` })}</span>
      </p>
      <table class="post-kept">
        <thead>
          <tr>
            <th scope="col">{t("kept.class")}</th>
            <th scope="col">{t("kept.for")}</th>
            <th scope="col">{t("kept.removed")}</th>
          </tr>
        </thead>
        <tbody>
          {data.lines.map((line) => (
            <tr key={line.class}>
              <th scope="row">{said("class", line.class)}</th>
              <td>{t("days", { count: Math.max(1, Math.round(line.keepHours / 24)) })}</td>
              <td>{line.removed ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
