/** A person's own calendar feed: its secret address, what it shows, and how to take it back. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { Button, Card, CopyLine, Dialog, Switch, toast } from "../components";
import type { components } from "../generated/rest";
import { shortDate } from "../i18n/time";
import { t } from "./words";

type Answer = components["schemas"]["FeedAnswer"];
type Asked = "renew" | "end";
const PATH = "/api/me/calendar-feed";

export function FeedCard() {
  const { data, set } = useFetched<Answer>(PATH);
  const [busy, setBusy] = useState(false);
  const [asked, ask] = useState<Asked | null>(null);
  if (!data) return null;
  const change = async (work: () => Promise<Answer>, done?: string) => {
    setBusy(true);
    try {
      set(await work());
      if (done) toast(done);
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
      ask(null);
    }
  };
  const wish = (privateTitles: boolean, renew = false) => request<Answer>(PATH, { method: "PUT", body: { privateTitles, renew } });
  const end = async (): Promise<Answer> => {
    await request(PATH, { method: "DELETE" });
    return { feed: null };
  };
  const feed = data.feed ?? null;
  return (
    <Card title={t("feed")}>
      <p>{t("feed.intro")}</p>
      {feed === null ? (
        <div class="form-actions">
          <Button busy={busy} onClick={() => void change(() => wish(false))}>
            {t("feed.make")}
          </Button>
        </div>
      ) : (
        <div class="stack-tight">
          <CopyLine value={feed.link} label={t("feed.address")} />
          <p class="field-hint">
            {t("feed.secret", { date: shortDate(feed.madeAt) })} {t("feed.slow")}
          </p>
          <Switch
            label={t("feed.private")}
            hint={t("feed.privateHint")}
            checked={feed.privateTitles}
            onChange={(on) => void change(() => wish(on))}
          />
          <div class="form-actions">
            <Button onClick={() => ask("renew")}>{t("feed.renew")}</Button>
            <Button kind="danger-quiet" onClick={() => ask("end")}>
              {t("feed.end")}
            </Button>
          </div>
        </div>
      )}
      <Dialog
        open={asked !== null}
        title={t(asked === "end" ? "feed.endTitle" : "feed.renewTitle")}
        onClose={() => ask(null)}
        actions={
          <>
            <Button onClick={() => ask(null)}>{t("feed.keep")}</Button>
            <Button
              kind="danger"
              busy={busy}
              onClick={() =>
                void (asked === "end"
                  ? change(end, t("feed.ended"))
                  : change(() => wish(feed?.privateTitles ?? false, true), t("feed.renewed")))
              }
            >
              {t(asked === "end" ? "feed.end" : "feed.renew")}
            </Button>
          </>
        }
      >
        <p>{t("feed.void")}</p>
      </Dialog>
    </Card>
  );
}
