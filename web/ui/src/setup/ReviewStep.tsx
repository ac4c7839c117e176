/** The end: what changes, what the doctor says of it, and the proof that it is the admin who saves. */
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { Button, Card, Notice, Spinner } from "../components";
import { type Finding, Findings, isTrouble } from "../doctor/Findings";
import { useWords } from "../doctor/words";
import { Prove } from "../security/Prove";
import type { SecondFactorState } from "../security/words";
import { isStale, keyProblem, tryOut } from "./Check";
import { type Change, changesOf, isSecret, stepOf, valueOf } from "./draft";
import type { Form } from "./fields";
import { inWords, labelOf, t } from "./words";

interface ReviewProps {
  form: Form;
  liveCalls: number;
  onFailed: (cause: unknown) => boolean;
  onSaved: (publicUrl: string) => void;
}

export function ReviewStep({ form, liveCalls, onFailed, onSaved }: ReviewProps) {
  const { standing, answers } = form;
  const changes = changesOf(standing.keys, answers);
  const second = useFetched<SecondFactorState>("/api/me/second-factor");
  const [asking, setAsking] = useState(false);
  if (changes.length === 0) return <p>{t("review.nothing")}</p>;
  const address = valueOf(standing.keys, answers, "server.public_url").replace(/\/$/, "");
  const save = async ({ current, code }: { current: string; code: string }) => {
    const body = { version: standing.version, answers, current, code };
    try {
      const saved = await request<{ publicUrl: string }>("/api/admin/setup", { method: "PUT", body });
      onSaved(saved.publicUrl);
    } catch (cause) {
      const found = keyProblem(cause);
      if (!isStale(cause) && (found === null || found.name === "current")) throw cause;
      setAsking(false);
      onFailed(cause);
    }
  };
  return (
    <>
      <ul role="list" class="lines setup-changes">
        {changes.map((it) => (
          <li key={it.key.name} class="line">
            <ChangeLine change={it} />
          </li>
        ))}
      </ul>
      <Verdict form={form} onFailed={onFailed} />
      <div class="setup-going stack-tight">
        {address !== standing.publicUrl && answers["server.public_url"] !== undefined && <p>{t("review.moves", { address })}</p>}
        <p>{t("review.restart")}</p>
        {liveCalls > 0 && <Notice>{t("review.calls", { count: liveCalls })}</Notice>}
      </div>
      <div class="form-actions">
        <Button kind="primary" onClick={() => setAsking(true)} disabled={form.problem !== null}>
          {t("save")}
        </Button>
      </div>
      <Prove
        open={asking}
        title={t("save.title")}
        why={t("save.why")}
        submit={t("save")}
        withCode={second.data?.onSince != null}
        onClose={() => setAsking(false)}
        onProof={save}
      />
    </>
  );
}

function ChangeLine({ change: { key, to } }: { change: Change }) {
  const words = isSecret(key)
    ? t(to === null ? "review.taken" : "review.secret")
    : to === null
      ? t("review.default", { value: inWords(key.name, key.default) })
      : inWords(key.name, to);
  return (
    <div class="setup-change">
      <span class="quiet small">{labelOf(key.name)}</span>
      <strong>{words}</strong>
      {!isSecret(key) && <span class="quiet small">{t("review.from", { value: inWords(key.name, key.value ?? "") })}</span>}
    </div>
  );
}

/** Looks at all of it when it is shown, and again when somebody asks. */
function Verdict({ form, onFailed }: { form: Form; onFailed: (cause: unknown) => boolean }) {
  const { standing, answers, problem } = form;
  const worded = useWords();
  const [findings, setFindings] = useState<Finding[] | null>(null);
  const [busy, setBusy] = useState(true);
  const [failure, setFailure] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    setBusy(true);
    setFailure(null);
    tryOut(standing, answers)
      .then(
        (seen) => wanted && setFindings(seen),
        (cause: unknown) => wanted && !onFailed(cause) && setFailure(errorWords(cause)),
      )
      .finally(() => wanted && setBusy(false));
    return () => {
      wanted = false;
    };
  }, [standing, answers, round]);
  return (
    <Card title={t("review.checks")} class="setup-verdict" aside={<Button kind="quiet" disabled={busy} onClick={() => setRound(round + 1)}>{t("review.again")}</Button>}>
      <p class="setup-calm" role="status">
        {busy && (
          <>
            <Spinner /> {t("checking")}
          </>
        )}
      </p>
      {problem !== null && (
        <Notice kind="danger">
          <p>{problem.words}</p>
          <p>
            <a href={`/admin/setup?step=${stepOf(problem.name)}`}>{t("review.wrong")}</a>
          </p>
        </Notice>
      )}
      {failure !== null && <Notice kind="danger">{failure}</Notice>}
      {!busy && worded && findings !== null && problem === null && (
        <>
          <Findings findings={findings} />
          {findings.some(isTrouble) && <Notice kind="warn">{t("review.anyway")}</Notice>}
        </>
      )}
    </Card>
  );
}
