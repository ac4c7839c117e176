/** "Does it work?": the server tries the answers out, and says in the doctor's sentences what it saw. */
import "../doctor/doctor.css";
import { useState } from "preact/hooks";
import { ApiError, request } from "../api";
import { errorWords } from "../app/errors";
import { Button, Notice } from "../components";
import { type Finding, Findings } from "../doctor/Findings";
import { useWords } from "../doctor/words";
import type { Answers, Standing } from "./draft";
import { t } from "./words";

export type Tried = "dns" | "mail" | "payments";

/** What the server says of a key that cannot be so. */
export const keyProblem = (cause: unknown): { name: string; words: string } | null =>
  cause instanceof ApiError && cause.status === 400 && cause.body.field ? { name: cause.body.field, words: cause.body.message } : null;

export const isStale = (cause: unknown): boolean => cause instanceof ApiError && cause.status === 409;

export async function tryOut(standing: Standing, answers: Answers, check?: Tried): Promise<Finding[]> {
  const body = { version: standing.version, answers, ...(check === undefined ? {} : { check }) };
  const { findings } = await request<{ findings: Finding[] }>("/api/admin/setup/try", { method: "POST", body });
  return findings;
}

interface CheckProps {
  standing: Standing;
  answers: Answers;
  check: Tried;
  onFailed: (cause: unknown) => boolean;
}

/** One check, when somebody asks for it. What was seen is forgotten with the answers that it was of. */
export function Check({ standing, answers, check, onFailed }: CheckProps) {
  const worded = useWords();
  const [seen, setSeen] = useState<{ of: Answers; findings: Finding[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const look = async () => {
    setBusy(true);
    setFailure(null);
    setSeen(null);
    try {
      setSeen({ of: answers, findings: await tryOut(standing, answers, check) });
    } catch (cause) {
      if (!onFailed(cause)) setFailure(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="setup-check">
      <div class="row">
        <Button onClick={() => void look()} busy={busy}>
          {t("check")}
        </Button>
        <span class="quiet small" role="status">
          {busy && t("checking")}
        </span>
      </div>
      {failure !== null && <Notice kind="danger">{failure}</Notice>}
      {worded && seen?.of === answers && <Findings findings={seen.findings} />}
    </div>
  );
}
