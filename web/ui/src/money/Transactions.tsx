/** A statement: one line for each thing that happened, by day, as far back as the reader asks. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { Badge, Button, CoinIcon, Empty, Loading, Notice } from "../components";
import type { components } from "../generated/rest";
import { clockTime, dayName } from "../i18n/time";
import { coins, moved, t } from "./words";

export type Transaction = components["schemas"]["TransactionBody"];
type Statement = components["schemas"]["StatementBody"];

const KINDS = ["welcome", "top-up", "adjustment", "call", "booking", "refund", "chargeback"] as const;
type Kind = (typeof KINDS)[number];
const PAGE = 25;

export interface Pages {
  list: readonly Transaction[] | null;
  more: boolean;
  busy: boolean;
  error: unknown;
  next: () => void;
}

/** Page after page; begins anew when the balance moves, since then there is a newer line. */
export function useTransactions(balance: number | undefined): Pages {
  const [list, setList] = useState<readonly Transaction[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const load = useCallback(async (before: number | null) => {
    setBusy(true);
    try {
      const query = before === null ? "" : `&before=${before}`;
      const page = await request<Statement>(`/api/wallet/transactions?limit=${PAGE}${query}`);
      setList((old) => merged(before === null ? [] : (old ?? []), page.transactions));
      setNext(page.next ?? null);
      setError(null);
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  }, []);
  useEffect(() => void load(null), [load, balance]);
  return { list, more: next !== null, busy, error, next: () => next !== null && void load(next) };
}

/** A call that moved on between two pages is shown once, as it was seen first. */
function merged(old: readonly Transaction[], more: readonly Transaction[]): Transaction[] {
  const known = new Set(old.map(keyOf));
  return [...old, ...more.filter((it) => !known.has(keyOf(it)))];
}

const keyOf = (it: Transaction): string => (it.type === "call" ? `call ${it.reference}` : String(it.id));

export function Transactions({ pages }: { pages: Pages }) {
  const { list, more, busy, error, next } = pages;
  if (list === null && error) return <Notice kind="danger">{errorWords(error)}</Notice>;
  if (list === null) return <Loading words={t("statement.title")} />;
  if (list.length === 0) {
    return (
      <Empty icon={<CoinIcon size={36} />} title={t("statement.none")}>
        <p>{t("statement.noneHint")}</p>
      </Empty>
    );
  }
  const now = Date.now();
  const days = new Map<string, Transaction[]>();
  for (const it of list) {
    const day = dayName(it.createdAt, now);
    days.set(day, [...(days.get(day) ?? []), it]);
  }
  return (
    <>
      {[...days].map(([day, lines]) => (
        <section key={day} class="statement-day">
          <h3>{day}</h3>
          <ul role="list" class="lines">
            {lines.map((it) => (
              <Line key={keyOf(it)} it={it} />
            ))}
          </ul>
        </section>
      ))}
      {error !== null && <Notice kind="danger">{errorWords(error)}</Notice>}
      {more && (
        <Button wide busy={busy} onClick={next}>
          {t("statement.more")}
        </Button>
      )}
    </>
  );
}

function Line({ it }: { it: Transaction }) {
  const kind = KINDS.find((known) => known === it.type) as Kind | undefined;
  const words = kind === "call" ? t("kind.call", { name: it.with ?? "" }) : t(`kind.${kind ?? "unknown"}`);
  const paidCall = it.about === "call" && it.reference != null;
  return (
    <li class="line statement-line">
      <div class="line-words">
        {paidCall ? <a href={`/wallet/calls/${encodeURIComponent(it.reference ?? "")}`}>{words}</a> : <span>{words}</span>}
        <span class="quiet small">
          {clockTime(it.createdAt)}
          {it.description && ` · ${it.description}`}
        </span>
      </div>
      <div class="statement-sums">
        <span class={it.amount > 0 ? "sum sum-in" : "sum"}>
          <span class="only-read">{t(it.amount > 0 ? "sum.in" : "sum.out")} </span>
          {moved(it.amount)}
        </span>
        {it.status === "running" ? (
          <Badge kind="info">{t("status.running")}</Badge>
        ) : (
          <span class="quiet small">{t("sum.after", { amount: coins(it.balance) })}</span>
        )}
      </div>
    </li>
  );
}
