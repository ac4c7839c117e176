/** The outbox by state, newest first; each mail can be looked at, tried again or taken out. */
import { useEffect, useId, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useNow } from "../app/hooks";
import { Badge, type BadgeKind, Button, Card, Empty, Loading, MailIcon, toast } from "../components";
import type { components } from "../generated/rest";
import { clockTime, inWords, shortDate } from "../i18n/time";
import { Letter } from "./Letter";
import { said, t } from "./words";

type Count = components["schemas"]["MailCount"];
type Page = components["schemas"]["OutboxPage"];
type Mail = components["schemas"]["OutboxMail"];

const KINDS: Record<string, BadgeKind> = { queued: "info", attempting: "info", sent: "good", ambiguous: "warn", failed: "danger" };

interface OutboxProps {
  counts: Count[];
  /** Rises when something changed: the list is asked for again. */
  round: number;
  onChanged: () => void;
}

export function Outbox({ counts, round, onChanged }: OutboxProps) {
  const [state, setState] = useState("");
  const { mails, next, more } = useMails(state, round);
  return (
    <Card title={t("outbox")}>
      <div class="post-filter" role="group" aria-label={t("filter")}>
        <Choice words={t("state.all")} on={state === ""} onClick={() => setState("")} />
        {counts
          .filter((it) => it.count > 0 || it.state === state)
          .map((it) => (
            <Choice key={it.state} words={`${said("state", it.state)} ${it.count}`} on={state === it.state} onClick={() => setState(it.state)} />
          ))}
      </div>
      {mails === null ? (
        <Loading words={t("outbox")} />
      ) : mails.length === 0 ? (
        <Empty icon={<MailIcon size={36} />} title={t("none")}>
          <p>{t("noneHint")}</p>
        </Empty>
      ) : (
        <ul role="list" class="lines">
          {mails.map((mail) => (
            <Line key={mail.id} mail={mail} onChanged={onChanged} />
          ))}
        </ul>
      )}
      {next !== null && <Button onClick={() => void more()}>{t("more")}</Button>}
    </Card>
  );
}

function Choice({ words, on, onClick }: { words: string; on: boolean; onClick: () => void }) {
  return (
    <Button kind={on ? "primary" : "quiet"} aria-pressed={on} onClick={onClick}>
      {words}
    </Button>
  );
}

function useMails(state: string, round: number) {
  const [mails, setMails] = useState<Mail[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const load = async (after: string | null): Promise<Page> => {
    const query = new URLSearchParams();
    if (state) query.set("state", state);
    if (after) query.set("after", after);
    return request<Page>(`/api/admin/mails?${query}`);
  };
  useEffect(() => {
    let wanted = true;
    load(null).then(
      (page) => wanted && (setMails(page.mails), setNext(page.next ?? null)),
      (cause: unknown) => wanted && (setMails((before) => before ?? []), toast(errorWords(cause))),
    );
    return () => {
      wanted = false;
    };
  }, [state, round]);
  const more = async () => {
    try {
      const page = await load(next);
      setMails((before) => [...(before ?? []), ...page.mails]);
      setNext(page.next ?? null);
    } catch (cause) {
      toast(errorWords(cause));
    }
  };
  return { mails, next, more };
}

function Line({ mail, onChanged }: { mail: Mail; onChanged: () => void }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <li class="post-mail">
      <div class="line">
        <div class="line-words">
          <span>
            {said("kind", mail.kind)} <Badge kind={KINDS[mail.state] ?? "plain"}>{said("state", mail.state)}</Badge>
          </span>
          <span class="small post-address">
            {mail.name} · {mail.to}
          </span>
          <Facts mail={mail} />
        </div>
        <div class="row-end">
          <Button
            kind="quiet"
            aria-expanded={open}
            aria-controls={open ? id : undefined}
            aria-label={t("lookAt", { subject: said("kind", mail.kind), address: mail.to })}
            onClick={() => setOpen(!open)}
          >
            {t("look")}
          </Button>
        </div>
      </div>
      {open && (
        <div id={id}>
          <Letter id={mail.id} state={mail.state} onChanged={onChanged} />
        </div>
      )}
    </li>
  );
}

function Facts({ mail }: { mail: Mail }) {
  const now = useNow(30_000);
  const facts = [
    `${shortDate(mail.queuedAt)}, ${clockTime(mail.queuedAt)}`,
    mail.attempts > 0 && t("tries", { count: mail.attempts }),
    mail.why != null && said("why", mail.why),
    mail.reply != null && mail.state !== "sent" && t("reply", { code: mail.reply }),
    mail.dueAt != null && mail.dueAt > now && t("next", { when: inWords(mail.dueAt, now) }),
  ];
  return <span class="quiet small">{facts.filter(Boolean).join(" · ")}</span>;
}
