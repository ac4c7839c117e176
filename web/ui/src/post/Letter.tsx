/** One mail opened: its words as text and as a page, and what can be done to it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { Button, Loading, Notice, toast } from "../components";
import type { components } from "../generated/rest";
import { show } from "./paper";
import { t } from "./words";

type Preview = components["schemas"]["PreviewBody"];

export function Letter({ id, state, onChanged }: { id: string; state: string; onChanged: () => void }) {
  const path = `/api/admin/mails/${encodeURIComponent(id)}`;
  const { data, error, reload } = useFetched<Preview>(path);
  const [page, setPage] = useState(true);
  const [busy, setBusy] = useState(false);
  useEffect(() => void reload(), [state]);
  const act = async (what: "retry" | "drop") => {
    setBusy(true);
    try {
      await request(`${path}/${what}`, { method: "POST" });
      toast(t(what === "retry" ? "retried" : "dropped"));
      onChanged();
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  if (error) return <Notice kind="danger">{errorWords(error)}</Notice>;
  if (!data) return <Loading words={t("look")} />;
  return (
    <div class="stack-tight post-letter">
      {data.subject == null ? (
        <p class="quiet">{t("gone")}</p>
      ) : (
        <>
          <p lang={data.language ?? undefined}>
            <strong>{data.subject}</strong>
          </p>
          <div class="post-filter">
            <Button kind="quiet" aria-pressed={page} onClick={() => setPage(true)}>
              {t("html")}
            </Button>
            <Button kind="quiet" aria-pressed={!page} onClick={() => setPage(false)}>
              {t("text")}
            </Button>
          </div>
          {page ? <Paper html={data.html ?? ""} /> : <pre class="post-text" lang={data.language ?? undefined} tabIndex={0}>{data.text}</pre>}
        </>
      )}
      <div class="form-actions">
        {data.canRetry && (
          <Button busy={busy} onClick={() => void act("retry")}>
            {t("retry")}
          </Button>
        )}
        {data.mail.state === "queued" && (
          <Button kind="danger-quiet" busy={busy} onClick={() => void act("drop")}>
            {t("drop")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** No scripts run in there; the page fills it from outside. */
function Paper({ html }: { html: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    if (frame.current) show(frame.current, html);
  }, [html]);
  return <iframe ref={frame} class="post-paper" title={t("frame")} sandbox="allow-same-origin" />;
}
