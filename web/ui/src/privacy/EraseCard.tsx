/** One's own account, to be erased: what that means, what comes before it, and the way back. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { useFetched, useSubmit } from "../app/hooks";
import { Button, Card, Notice, PasswordField, Switch, toast } from "../components";
import { shortDate } from "../i18n/time";
import { type Erasure, leaves, Obstacles, ready } from "./Obstacles";
import { t } from "./words";

const PATH = "/api/me/erasure";

export function EraseCard() {
  const { data, reload } = useFetched<Erasure>(PATH);
  const [open, setOpen] = useState(false);
  if (!data) return null;
  const changed = () => (setOpen(false), void reload());
  return (
    <Card title={t("erase")}>
      {data.dueAt != null ? (
        <Asked data={data} onBack={changed} />
      ) : (
        <>
          <p>
            {t("erase.what")} {data.waitDays > 0 ? t("erase.wait", { count: data.waitDays }) : t("erase.soon")}
          </p>
          {open ? (
            <Ask data={data} onAsked={changed} />
          ) : (
            <div class="form-actions">
              <Button onClick={() => setOpen(true)}>{t("erase")}</Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

function Asked({ data, onBack }: { data: Erasure; onBack: () => void }) {
  const [busy, setBusy] = useState(false);
  const back = async () => {
    setBusy(true);
    try {
      await request(PATH, { method: "DELETE" });
      toast(t("erase.kept"));
      onBack();
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Notice kind="warn">{t("erase.asked", { date: shortDate(data.dueAt ?? 0) })}</Notice>
      <Obstacles all={data.obstacles.filter((it) => !it.canBeGivenUp)} />
      <div class="form-actions">
        <Button kind="primary" busy={busy} onClick={() => void back()}>
          {t("erase.back")}
        </Button>
      </div>
    </>
  );
}

function Ask({ data, onAsked }: { data: Erasure; onAsked: () => void }) {
  const [giveUp, setGiveUp] = useState(false);
  const may = ready(data) && (giveUp || !leaves(data));
  const form = useSubmit(
    async (values) => {
      await request(PATH, { method: "POST", body: { password: values.secret("password"), giveUp } });
      onAsked();
    },
    { fields: ["password"], words: (error) => (error.body.field === "password" ? t("erase.wrong") : undefined) },
  );
  return (
    <form class="form" onSubmit={form.onSubmit}>
      {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      <Obstacles all={data.obstacles} />
      {leaves(data) && (
        <Switch label={t("erase.giveUp")} checked={giveUp} onChange={setGiveUp} />
      )}
      <PasswordField label={t("erase.password")} name="password" autocomplete="current-password" error={form.fieldError("password")} />
      <div class="form-actions">
        <Button type="submit" kind="danger" busy={form.busy} disabled={!may}>
          {t("erase.go")}
        </Button>
      </div>
    </form>
  );
}
