/** Who asked to be erased, and an account that is erased now by its number. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { useFetched, useSubmit } from "../app/hooks";
import { Button, Card, Field, Notice, Switch, toast } from "../components";
import type { components } from "../generated/rest";
import { shortDate } from "../i18n/time";
import { type Erasure, leaves, Obstacles, ready } from "./Obstacles";
import { t } from "./words";

type Waiting = components["schemas"]["WaitingErasures"];

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

function Now({ onDone }: { onDone: () => void }) {
  const [seen, setSeen] = useState<{ user: string; erasure: Erasure } | null>(null);
  const [giveUp, setGiveUp] = useState(false);
  const form = useSubmit(
    async (values) => {
      const user = values.text("user").trim();
      if (seen?.user !== user) {
        setGiveUp(false);
        setSeen({ user, erasure: await request<Erasure>(path(user)) });
        return;
      }
      await request(path(user), { method: "POST", body: { giveUp } });
      setSeen(null);
      toast(t("now.done"));
      onDone();
    },
    { fields: ["user"], words: (error) => (error.status === 404 ? t("now.nobody") : undefined) },
  );
  const may = !seen || (ready(seen.erasure) && (giveUp || !leaves(seen.erasure)));
  return (
    <Card title={t("now")}>
      <p>{t("now.hint")}</p>
      <form class="form" onSubmit={form.onSubmit}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <Field label={t("number")} name="user" maxLength={36} onInput={() => setSeen(null)} error={form.fieldError("user")} />
        {seen && <Obstacles all={seen.erasure.obstacles} />}
        {seen && leaves(seen.erasure) && (
          <Switch label={t("erase.giveUp")} checked={giveUp} onChange={setGiveUp} />
        )}
        <div class="form-actions">
          <Button type="submit" kind={seen ? "danger" : "secondary"} busy={form.busy} disabled={!may}>
            {seen ? t("erase.go") : t("now.look")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function CopyFor() {
  const form = useSubmit(
    async (values) => {
      const user = encodeURIComponent(values.text("copyOf").trim());
      await request(`/api/admin/accounts/${user}/export`, { method: "POST" });
      toast(t("for.done"));
    },
    { fields: ["copyOf"], words: (error) => (error.status === 404 ? t("now.nobody") : undefined) },
  );
  return (
    <Card title={t("for")}>
      <p>{t("for.hint")}</p>
      <form class="form" onSubmit={form.onSubmit}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <Field label={t("number")} name="copyOf" maxLength={36} error={form.fieldError("copyOf")} />
        <div class="form-actions">
          <Button type="submit" busy={form.busy}>
            {t("for.go")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
