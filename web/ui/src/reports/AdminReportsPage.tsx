/** For operators: reports about people with what was copied into them, what was decided, and accounts out of service. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { Badge, Button, Dialog, Empty, Loading, Notice, TextArea, toast, WarnIcon } from "../components";
import { t } from "../i18n";
import { clockTime, shortDate } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import "./reports.css";
import { type Report, type ReportList, reasonWords, type Standing, tp, type Verdict } from "./words";

const TABS = ["open", "decided", "suspended"] as const;
type Tab = (typeof TABS)[number];

export default function AdminReportsPage() {
  const asked = place.value.query.get("show");
  const tab: Tab = TABS.find((it) => it === asked) ?? "open";
  return (
    <div class="stack">
      <PageHead title={tp("admin.title")} intro={tp("admin.intro")} />
      <div class="report-tabs" role="group" aria-label={tp("admin.show")}>
        {TABS.map((it) => (
          <Button key={it} aria-pressed={it === tab} kind={it === tab ? "primary" : "secondary"} onClick={() => navigate(`/admin/reports?show=${it}`, { replace: true })}>
            {tp(`tab.${it}`)}
          </Button>
        ))}
      </div>
      {tab === "suspended" ? <Suspended /> : <Reports key={tab} decided={tab === "decided"} />}
    </div>
  );
}

function Reports({ decided }: { decided: boolean }) {
  const path = `/api/admin/reports?decided=${decided}`;
  const { data, error, reload, set } = useFetched<ReportList>(path);
  const [deciding, setDeciding] = useState<Report | null>(null);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  const more = async () => {
    try {
      const page = await request<ReportList>(`${path}&before=${encodeURIComponent(data.next ?? "")}`);
      set({ ...page, reports: [...data.reports, ...page.reports] });
    } catch (cause) {
      toast(errorWords(cause));
    }
  };
  return (
    <div class="card">
      {data.reports.length === 0 ? (
        <Empty icon={<WarnIcon size={36} />} title={tp(decided ? "none.decided" : "none.open")} />
      ) : (
        <ul role="list" class="lines">
          {data.reports.map((it) => (
            <Line key={it.reportId} report={it} onDecide={() => setDeciding(it)} />
          ))}
        </ul>
      )}
      {data.next != null && (
        <div>
          <Button onClick={() => void more()}>{tp("more")}</Button>
        </div>
      )}
      {deciding && (
        <Decide
          report={deciding}
          onClose={() => setDeciding(null)}
          onDone={(it) => {
            set({ ...data, reports: data.reports.filter((old) => old.reportId !== it.reportId) });
            toast(tp(`done.${it.decision?.verdict ?? "noted"}`, { name: it.aboutName }));
          }}
        />
      )}
    </div>
  );
}

function Line({ report, onDecide }: { report: Report; onDecide: () => void }) {
  const { decision } = report;
  return (
    <li class="line report-line">
      <div class="line-words">
        <p class="report-head">
          <strong>{report.aboutName}</strong>
          <Badge kind="warn">{reasonWords(report.reason)}</Badge>
          {report.earlier > 0 && <Badge kind="info">{tp("earlier", { count: report.earlier })}</Badge>}
          {report.suspended && <Badge kind="danger">{tp("isSuspended")}</Badge>}
        </p>
        <p class="quiet small">
          {tp(`by.${report.place}`, { name: report.byName })} · {shortDate(report.at)}, {clockTime(report.at)}
        </p>
        {report.text !== "" && <p class="keep-lines">{report.text}</p>}
        {report.messages.length > 0 && (
          <ul role="list" class="report-evidence" aria-label={tp("evidence")}>
            {report.messages.map((it) => (
              <li key={it.msgSeq}>
                <p class="quiet small">
                  {it.senderId === report.aboutId ? report.aboutName : report.byName} · {shortDate(it.at)}, {clockTime(it.at)}
                </p>
                <p class="keep-lines" dir="auto">
                  {it.text}
                </p>
              </li>
            ))}
          </ul>
        )}
        {decision != null && (
          <p class="small">
            <strong>{tp(`verdict.${decision.verdict}`)}</strong> · {shortDate(decision.at)}
            {decision.note !== "" && ` · ${decision.note}`}
          </p>
        )}
      </div>
      <div class="row-end">
        {decision == null && (
          <Button aria-label={tp("decide.named", { name: report.aboutName })} onClick={onDecide}>
            {tp("decide")}
          </Button>
        )}
      </div>
    </li>
  );
}

const VERDICTS: readonly Verdict[] = ["dismissed", "noted", "suspended"];

function Decide({ report, onClose, onDone }: { report: Report; onClose: () => void; onDone: (it: Report) => void }) {
  const [verdict, setVerdict] = useState<Verdict>("noted");
  const form = useSubmit(
    async (values) => {
      const path = `/api/admin/reports/${encodeURIComponent(report.reportId)}/decision`;
      onDone(await request<Report>(path, { method: "PUT", body: { verdict, note: values.text("note") } }));
      onClose();
    },
    { fields: ["note"] },
  );
  return (
    <Dialog
      open
      title={tp("decide.title", { name: report.aboutName })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{tp("cancel")}</Button>
          <Button kind={verdict === "suspended" ? "danger" : "primary"} type="submit" form="decide-report" busy={form.busy}>
            {tp(`act.${verdict}`)}
          </Button>
        </>
      }
    >
      <form id="decide-report" class="form" onSubmit={form.onSubmit}>
        <fieldset class="report-verdicts">
          <legend class="only-read">{tp("decide")}</legend>
          {VERDICTS.map((it) => (
            <label key={it} class="report-message">
              <input type="radio" name="verdict" checked={it === verdict} onChange={() => setVerdict(it)} />
              <span>
                <strong>{tp(`act.${it}`)}</strong>
                <span class="quiet small">{tp(`means.${it}`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <TextArea label={tp("note")} name="note" rows={3} maxLength={1_000} hint={tp("note.hint")} optional={verdict !== "suspended"} error={form.fieldError("note")} />
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      </form>
    </Dialog>
  );
}

function Suspended() {
  const { data, error, reload } = useFetched<{ accounts: Standing[] }>("/api/admin/accounts/suspended");
  const [restoring, setRestoring] = useState<Standing | null>(null);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  return (
    <div class="card">
      {data.accounts.length === 0 ? (
        <Empty icon={<WarnIcon size={36} />} title={tp("none.suspended")} />
      ) : (
        <ul role="list" class="lines">
          {data.accounts.map((it) => (
            <li key={it.userId} class="line report-line">
              <div class="line-words">
                <strong>{it.name}</strong>
                {it.steps.map((step) => (
                  <p key={step.at} class="small">
                    {tp(step.suspended ? "step.out" : "step.in", { name: step.byName, date: shortDate(step.at) })}: {step.reason}
                  </p>
                ))}
                {it.meetings.length > 0 && (
                  <>
                    <p class="small">{tp("ahead.title", { count: it.meetings.length })}</p>
                    <ul class="report-ahead small">
                      {it.meetings.map((one) => (
                        <li key={one.meetingId}>
                          <a href={`/meetings/${encodeURIComponent(one.meetingId)}`}>
                            {tp("ahead.line", { date: shortDate(one.startsAt), time: clockTime(one.startsAt), name: one.withName })}
                          </a>
                        </li>
                      ))}
                    </ul>
                  </>
                )}
              </div>
              <div class="row-end">
                <Button aria-label={tp("restore.named", { name: it.name })} onClick={() => setRestoring(it)}>
                  {tp("restore")}
                </Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {restoring && <Restore account={restoring} onClose={() => setRestoring(null)} onDone={() => void reload()} />}
    </div>
  );
}

function Restore({ account, onClose, onDone }: { account: Standing; onClose: () => void; onDone: () => void }) {
  const form = useSubmit(
    async (values) => {
      const path = `/api/admin/accounts/${encodeURIComponent(account.userId)}/suspension`;
      await request(path, { method: "PUT", body: { suspended: false, reason: values.text("reason") } });
      toast(tp("restore.done", { name: account.name }));
      onDone();
      onClose();
    },
    { fields: ["reason"] },
  );
  return (
    <Dialog
      open
      title={tp("restore.named", { name: account.name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{tp("cancel")}</Button>
          <Button kind="primary" type="submit" form="restore-account" busy={form.busy}>
            {tp("restore")}
          </Button>
        </>
      }
    >
      <form id="restore-account" class="form" onSubmit={form.onSubmit}>
        <p>{tp("restore.words", { name: account.name })}</p>
        <TextArea label={tp("restore.why")} name="reason" rows={2} maxLength={1_000} error={form.fieldError("reason")} />
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      </form>
    </Dialog>
  );
}
