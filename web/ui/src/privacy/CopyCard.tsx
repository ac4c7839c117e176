/** A copy of one's own data: asked for, looked after while it is made, and downloaded. */
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { useAction, useFetched, useSubmit } from "../app/hooks";
import { sizeWords } from "../chat/file-words";
import { Button, Card, Notice, PasswordField } from "../components";
import type { components } from "../generated/rest";
import { clockTime, shortDate } from "../i18n/time";
import { download } from "../money/download";
import { t } from "./words";

export type Copy = components["schemas"]["ExportBody"];

const PATH = "/api/me/export";
/** How often one that is on its way is asked after, ms. */
const LOOK_MS = 2_000;

export const moment = (at: number): string => `${shortDate(at)}, ${clockTime(at)}`;

/** Whether one may ask for another now. */
export const mayAsk = (it: Copy): boolean => it.state !== "waiting" && it.state !== "making" && it.againAt == null;

export function CopyCard() {
  const { data, reload } = useFetched<Copy>(PATH);
  const [open, setOpen] = useState(false);
  const coming = data?.state === "waiting" || data?.state === "making";
  useEffect(() => {
    if (!coming) return;
    const timer = setInterval(() => void reload(), LOOK_MS);
    return () => clearInterval(timer);
  }, [coming, reload]);
  if (!data) return null;
  return (
    <Card title={t("copy")}>
      <p>{t("copy.what")}</p>
      <Stands it={data} />
      {data.state === "ready" && <Download it={data} path={`${PATH}/file`} onTaken={() => void reload()} />}
      {data.againAt != null && <p class="quiet small">{t("copy.again", { date: moment(data.againAt) })}</p>}
      {mayAsk(data) &&
        (open ? (
          <Ask onAsked={() => (setOpen(false), void reload())} />
        ) : (
          <div class="form-actions">
            <Button onClick={() => setOpen(true)}>{t("copy")}</Button>
          </div>
        ))}
    </Card>
  );
}

/** How it stands, in words. */
function Stands({ it }: { it: Copy }) {
  return (
    <>
      {it.state === "waiting" && <Notice>{t("copy.waiting")}</Notice>}
      {it.state === "making" && <Notice>{t("copy.making", { percent: it.percent ?? 0 })}</Notice>}
      {it.state === "used" && <p>{t("copy.used")}</p>}
      {it.state === "failed" && <Notice kind="danger">{t(it.full ? "copy.full" : "copy.failed")}</Notice>}
    </>
  );
}

/** Until when it is there, and the way to get it. */
export function Download({ it, path, onTaken }: { it: Copy; path: string; onTaken: () => void }) {
  const { busy, failure, run } = useAction();
  const take = () => run(async () => (await download(path, "my-data.zip"), onTaken()));
  return (
    <>
      {it.forThem && <p>{t("copy.forThem")}</p>}
      <p>{t("copy.ready", { date: moment(it.until ?? 0), count: it.left ?? 0 })}</p>
      {failure && <Notice kind="danger">{failure}</Notice>}
      <div class="form-actions">
        <Button kind="primary" busy={busy} onClick={() => void take()}>
          {t("copy.download", { size: sizeWords(it.bytes ?? 0) })}
        </Button>
      </div>
    </>
  );
}

function Ask({ onAsked }: { onAsked: () => void }) {
  const form = useSubmit(
    async (values) => {
      await request(PATH, { method: "POST", body: { password: values.secret("password") } });
      onAsked();
    },
    { fields: ["password"], words: (error) => (error.body.field === "password" ? t("erase.wrong") : undefined) },
  );
  return (
    <form class="form" onSubmit={form.onSubmit}>
      {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      <PasswordField label={t("erase.password")} name="password" autocomplete="current-password" error={form.fieldError("password")} />
      <div class="form-actions">
        <Button type="submit" kind="primary" busy={form.busy}>
          {t("copy.ask")}
        </Button>
      </div>
    </form>
  );
}
