/** The operator's view of the mail: the server, the outbox, addresses that get none, what is kept. */
import "./post.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Button, Card, CheckIcon, CopyLine, Loading, Notice, toast } from "../components";
import type { components } from "../generated/rest";
import { clockTime, shortDate } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { Outbox } from "./Outbox";
import { t } from "./words";

type Post = components["schemas"]["PostBody"];
type OutboxMail = components["schemas"]["OutboxMail"];
type Standing = components["schemas"]["StandingBody"];

export default function MailPage() {
  const post = useFetched<Post>("/api/admin/mail");
  const addresses = useFetched<Standing[]>("/api/admin/mail/addresses");
  const [round, setRound] = useState(0);
  const look = () => {
    setRound((before) => before + 1);
    void post.reload();
    void addresses.reload();
  };
  // What is queued now has gone in a moment: seen without a press.
  const later = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const changed = () => {
    look();
    clearTimeout(later.current);
    later.current = setTimeout(look, 3_000);
  };
  useEffect(() => () => clearTimeout(later.current), []);
  const error = post.error ?? addresses.error;
  if (error) return <FailedPage error={error} onRetry={look} />;
  return (
    <div class="stack">
      <PageHead title={t("title")} intro={t("intro")} action={<TestMail onSent={changed} />} />
      {!post.data || !addresses.data ? (
        <Loading words={t("title")} />
      ) : (
        <>
          <Server post={post.data} />
          <Outbox counts={post.data.counts} round={round} onChanged={changed} />
          <Addresses all={addresses.data} onChanged={changed} />
        </>
      )}
    </div>
  );
}

function TestMail({ onSent }: { onSent: () => void }) {
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      const mail = await request<OutboxMail>("/api/admin/mail/test", { method: "POST" });
      toast(t("test.done", { address: mail.to }));
      onSent();
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} onClick={() => void send()}>
      {t("test")}
    </Button>
  );
}

function Server({ post }: { post: Post }) {
  const { server, trouble, troubleReply, triedAgainAt, dkim } = post;
  return (
    <Card title={t("server")}>
      <div class="stack-tight">
        {server == null && <Notice kind="warn">{t("server.none")}</Notice>}
        {trouble != null && (
          <Notice kind="danger">
            {t(`trouble.${trouble}` as "trouble.refused", { reply: troubleReply ?? "" })}{" "}
            {triedAgainAt != null && t("trouble.next", { time: clockTime(triedAgainAt) })}
          </Notice>
        )}
        {server != null && (
          <p class="post-address">
            {trouble == null && <CheckIcon size={18} />} {t("server.fine", { server, from: post.from })}
          </p>
        )}
        {dkim && (
          <div>
            <h3>{t("dkim")}</h3>
            <p class="field-hint post-address">{t("dkim.hint", { name: dkim.name })}</p>
            <CopyLine value={dkim.text} label={t("dkim")} />
          </div>
        )}
      </div>
    </Card>
  );
}

function Addresses({ all, onChanged }: { all: Standing[]; onChanged: () => void }) {
  const [busy, setBusy] = useState<string | null>(null);
  const lift = async (address: string) => {
    setBusy(address);
    try {
      await request("/api/admin/mail/addresses/lift", { method: "POST", body: { address } });
      toast(t("lifted"));
      onChanged();
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(null);
    }
  };
  return (
    <Card title={t("addresses")}>
      {all.length === 0 ? (
        <p class="quiet">{t("addresses.none")}</p>
      ) : (
        <ul role="list" class="lines">
          {all.map((it) => (
            <li key={it.address} class="line">
              <div class="line-words">
                <span class="post-address">{it.address}</span>
                {it.refusedAt != null && (
                  <span class="quiet small">{t("refusedAt", { date: shortDate(it.refusedAt), code: it.reply ?? 0 })}</span>
                )}
                {it.remindersOffAt != null && (
                  <span class="quiet small">{t("remindersOff", { date: shortDate(it.remindersOffAt) })}</span>
                )}
                {it.digestsOffAt != null && <span class="quiet small">{t("digestsOff", { date: shortDate(it.digestsOffAt) })}</span>}
              </div>
              {it.refusedAt != null && (
                <div class="row-end">
                  <Button
                    busy={busy === it.address}
                    aria-label={t("liftFor", { address: it.address })}
                    onClick={() => void lift(it.address)}
                  >
                    {t("lift")}
                  </Button>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
