/**
 * Notifications on the screen of this device: on, off, or why not and what to do about it. The browser
 * asks for its permission only when the switch is pressed.
 */
import { useCallback, useEffect, useState } from "preact/hooks";
import { errorWords } from "../app/errors";
import { Card, Loading, Notice, Switch } from "../components";
import { t as common } from "../i18n";
import english from "../i18n/en/push.json";
import { translator } from "../i18n/translate";
import { allow, forbid, NotSubscribed, onPermission, renew, type Standing, standing } from "./browser";

const t = translator("push", english);

export function PushCard() {
  const [now, setNow] = useState<Standing | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const does = useCallback(async (work: () => Promise<Standing>) => {
    setFailure(null);
    setBusy(true);
    try {
      setNow(await work());
    } catch (cause) {
      setFailure(cause instanceof NotSubscribed ? t("failed") : errorWords(cause));
    } finally {
      setBusy(false);
    }
  }, []);
  useEffect(() => {
    // What was lost meanwhile is made good first, so that the switch says what is.
    const look = () => does(() => renew().then(standing, standing));
    void look();
    return onPermission(() => void look());
  }, [does]);
  return (
    <Card title={t("title")}>
      <div class="stack-tight" aria-busy={busy}>
        <p class="quiet">{t("intro")}</p>
        {now === null && !failure && <Loading words={common("common.loading")} />}
        {now && <Body now={now} change={(work) => void does(work)} />}
        {failure && <Notice kind="danger">{failure}</Notice>}
      </div>
    </Card>
  );
}

function Body({ now, change }: { now: Standing; change: (work: () => Promise<Standing>) => void }) {
  switch (now.is) {
    case "unable":
      return <Notice kind="info">{t("unable")}</Notice>;
    case "install-first":
      return <Notice kind="info">{t("installFirst")}</Notice>;
    case "closed":
      return <Notice kind="info">{t("closed")}</Notice>;
    case "denied":
      return (
        <Notice kind="warn">
          {t("denied")} {t("undo")}
        </Notice>
      );
    default:
      return (
        <>
          <Switch label={t("on")} checked={now.is === "on"} onChange={(on) => change(on ? () => allow(false) : forbid)} />
          {now.is === "on" && (
            <Switch label={t("named")} hint={t("namedHint")} checked={now.named} onChange={(named) => change(() => allow(named))} />
          )}
        </>
      );
  }
}
