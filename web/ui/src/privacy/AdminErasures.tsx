/** Who asked to be erased; an account or a guest that is erased now; a copy for whoever cannot ask for it. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { useFetched, useSubmit } from "../app/hooks";
import { Button, Card, Field, Notice, Switch, toast } from "../components";
import type { components } from "../generated/rest";
import { shortDate } from "../i18n/time";
import { type Erasure, leaves, Obstacles, ready } from "./Obstacles";
import { t } from "./words";

type Waiting = components["schemas"]["WaitingErasures"];
type Known = components["schemas"]["KnownAddressBody"];

const path = (user: string) => `/api/admin/accounts/${encodeURIComponent(user)}/erasure`;

export function AdminErasures() {
  const { data, reload } = useFetched<Waiting>("/api/admin/erasures");
  return (
    <>
      <Card title={t("waiting")}>
        {data && data.erasures.length > 0 ? (
          <ul role="list" class="lines">
            {data.erasures.map((it) => (
              <li class="line" key={it.userId}>
                <div class="line-words">
                  <span>{it.userId}</span>
                  <span class="quiet small">{t("waiting.due", { asked: shortDate(it.askedAt), due: shortDate(it.dueAt) })}</span>
                </div>
              </li>
            ))}
          </ul>
        ) : (
          <p class="quiet">{t("waiting.none")}</p>
        )}
      </Card>
      <CopyFor />
      <Now onDone={() => void reload()} />
    </>
  );
}

/** Who was typed: an account by its number or its address, or a guest by theirs. */
type Somebody = { user: string; email?: never } | { user?: never; email: string; unfinished: number };

async function somebody(typed: string): Promise<Somebody> {
  if (!typed.includes("@")) return { user: typed };
  const known = await request<Known>("/api/admin/addresses", { method: "POST", body: { email: typed } });
  return known.userId == null ? { email: typed, unfinished: known.unfinished } : { user: known.userId };
}

/** What stands in the way of a guest, or what is about to happen. */
function OfGuest({ unfinished }: { unfinished: number }) {
  return <p>{unfinished > 0 ? t("guest.unfinished", { count: unfinished }) : t("guest.go")}</p>;
}

function Now({ onDone }: { onDone: () => void }) {
  const [seen, setSeen] = useState<{ typed: string; who: Somebody; erasure?: Erasure } | null>(null);
  const [giveUp, setGiveUp] = useState(false);
  const form = useSubmit(
    async (values) => {
      const typed = values.text("user").trim();
      if (seen?.typed !== typed) {
        setGiveUp(false);
        const who = await somebody(typed);
        setSeen(who.user === undefined ? { typed, who } : { typed, who, erasure: await request<Erasure>(path(who.user)) });
        return;
      }
      const { user, email } = seen.who;
      if (user !== undefined) await request(path(user), { method: "POST", body: { giveUp } });
      else await request("/api/admin/addresses/erasure", { method: "POST", body: { email } });
      setSeen(null);
      toast(t(user === undefined ? "guest.done" : "now.done"));
      onDone();
    },
    { fields: ["email>user"], words: (error) => (error.status === 404 ? t("now.nobody") : undefined) },
  );
  const erasure = seen?.erasure;
  const guest = seen?.who.user === undefined ? seen?.who : undefined;
  const may = guest ? guest.unfinished === 0 : !erasure || (ready(erasure) && (giveUp || !leaves(erasure)));
  return (
    <Card title={t("now")}>
      <p>{t("now.hint")}</p>
      <form class="form" onSubmit={form.onSubmit}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <Field label={t("number")} hint={t("number.guest")} name="user" maxLength={254} onInput={() => setSeen(null)} error={form.fieldError("user")} />
        {erasure && <Obstacles all={erasure.obstacles} />}
        {guest && <OfGuest unfinished={guest.unfinished} />}
        {erasure && leaves(erasure) && <Switch label={t("erase.giveUp")} checked={giveUp} onChange={setGiveUp} />}
        <div class="form-actions">
          <Button type="submit" kind={seen ? "danger" : "secondary"} busy={form.busy} disabled={!may}>
            {seen ? t(guest ? "guest.erase" : "erase.go") : t("now.look")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function CopyFor() {
  const form = useSubmit(
    async (values) => {
      const { user, email } = await somebody(values.text("copyOf").trim());
      if (user !== undefined) await request(`/api/admin/accounts/${encodeURIComponent(user)}/export`, { method: "POST" });
      else await request("/api/admin/addresses/export", { method: "POST", body: { email } });
      toast(t("for.done"));
    },
    { fields: ["email>copyOf"], words: (error) => (error.status === 404 ? t("now.nobody") : undefined) },
  );
  return (
    <Card title={t("for")}>
      <p>{t("for.hint")}</p>
      <form class="form" onSubmit={form.onSubmit}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <Field label={t("number")} hint={t("number.guest")} name="copyOf" maxLength={254} error={form.fieldError("copyOf")} />
        <div class="form-actions">
          <Button type="submit" busy={form.busy}>
            {t("for.go")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
