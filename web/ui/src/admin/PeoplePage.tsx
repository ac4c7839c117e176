/** Who has an account: searched by name, address or id, and by what they are. */
import "./admin.css";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { Avatar, Badge, Button, Card, Empty, Field, Loading, Notice, Select, UserIcon } from "../components";
import type { components } from "../generated/rest";
import { shortDate } from "../i18n/time";
import { useMore } from "./useMore";
import { t } from "./words";

type Line = components["schemas"]["PersonLine"];
type List = components["schemas"]["PeopleList"];
const SHOWN = ["all", "hosts", "admins", "suspended", "unconfirmed"] as const;

export default function PeoplePage() {
  const { query } = place.value;
  const words = query.get("words") ?? "";
  const show = SHOWN.find((it) => it === query.get("show")) ?? "all";
  const look = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = new URLSearchParams([...form].map(([name, value]) => [name, String(value)]));
    navigate(`/admin/people?${wanted}`, { replace: true });
  };
  return (
    <div class="stack">
      <PageHead title={t("ppl.title")} intro={t("ppl.intro")} />
      <Card>
        <form key={`${show} ${words}`} class="admin-search" role="search" onSubmit={look}>
          <Field label={t("ppl.words")} type="search" name="words" defaultValue={words} autocomplete="off" optional />
          <Select label={t("ppl.show")} name="show" defaultValue={show} options={SHOWN.map((value) => ({ value, label: t(`ppl.show.${value}`) }))} />
          <Button kind="primary" type="submit">
            {t("list.search")}
          </Button>
        </form>
      </Card>
      <Found path={`/api/admin/people?show=${show}&words=${encodeURIComponent(words)}`} />
    </div>
  );
}

function Found({ path }: { path: string }) {
  const { items, failure, busy, more } = useMore<Line, List>(path, "before", (it) => it.people, (it) => it.userId);
  if (failure) return <Notice kind="danger">{failure}</Notice>;
  if (!items) return <Loading words={t("ppl.title")} />;
  return (
    <div class="card">
      {items.length === 0 ? (
        <Empty icon={<UserIcon size={36} />} title={t("list.none")} />
      ) : (
        <ul role="list" class="lines">
          {items.map((it) => (
            <li key={it.userId} class="line">
              <Avatar name={it.name} />
              <div class="line-words">
                <a href={`/admin/people/${encodeURIComponent(it.userId)}`}>{it.name}</a>
                <span class="quiet small">{it.email}</span>
                <span class="quiet small">{t("ppl.since", { date: shortDate(it.createdAt) })}</span>
              </div>
              <div class="row-end">
                <Marks it={it} />
              </div>
            </li>
          ))}
        </ul>
      )}
      {more && (
        <div>
          <Button busy={busy} onClick={more}>
            {t("list.more")}
          </Button>
        </div>
      )}
    </div>
  );
}

export function Marks({ it }: { it: Line }) {
  return (
    <>
      {it.admin && <Badge kind="info">{t("ppl.admin")}</Badge>}
      {it.host === "approved" && <Badge kind="good">{t("ppl.host")}</Badge>}
      {!it.confirmed && <Badge kind="warn">{t("ppl.unconfirmed")}</Badge>}
      {it.suspended && <Badge kind="danger">{t("ppl.suspended")}</Badge>}
    </>
  );
}
