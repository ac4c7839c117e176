/** After saving: the server goes and comes back, step by step, and where it is from then on. */
import { useEffect, useRef, useState } from "preact/hooks";
import { request, session } from "../api";
import { useAction } from "../app/hooks";
import { Button, ButtonLink, Card, CheckIcon, Notice, Spinner } from "../components";
import { look, type Phase, phaseAfter } from "./coming";
import type { Standing } from "./draft";
import { t } from "./words";

const EVERY_MS = 1_000;
const LONG_MS = 60_000;

interface BegunProps {
  /** Of the process that was asked to begin anew. */
  process: string;
  publicUrl: string;
  mail: boolean;
}

export function Begun({ process, publicUrl, mail }: BegunProps) {
  const { phase, long } = useComing(process);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [phase === "back"]);
  const moved = publicUrl !== location.origin;
  const title = phase === "back" ? t(moved ? "done.moved" : "done.title") : t("wait.title");
  return (
    <Card class="setup-begun">
      <h2 ref={heading} tabIndex={-1}>
        {title}
      </h2>
      <ol role="list" class="setup-phases">
        <Line words={t("wait.saved")} state="done" />
        <Line words={t("wait.stop")} state={phase === "stopping" ? "now" : "done"} />
        <Line words={t("wait.start")} state={phase === "starting" ? "now" : phase === "back" ? "done" : "ahead"} />
      </ol>
      <div role="status">{long && phase !== "back" && <Notice kind="warn">{t("wait.long")}</Notice>}</div>
      {phase === "back" && (moved ? <Moved address={publicUrl} /> : <Done mail={mail} />)}
    </Card>
  );
}

function Line({ words, state }: { words: string; state: "done" | "now" | "ahead" }) {
  return (
    <li class={`setup-phase setup-phase-${state}`} aria-current={state === "now" ? "step" : undefined}>
      <span class="setup-phase-sign">{state === "done" ? <CheckIcon /> : state === "now" ? <Spinner /> : null}</span>
      {words}
    </li>
  );
}

function Moved({ address }: { address: string }) {
  return (
    <div class="stack">
      <p>{t("done.movedWords")}</p>
      <div class="form-actions">
        <ButtonLink kind="primary" href={`${address}/admin/setup`}>
          {t("done.open", { address })}
        </ButtonLink>
      </div>
    </div>
  );
}

function Done({ mail }: { mail: boolean }) {
  const action = useAction();
  const [sent, setSent] = useState(false);
  const test = () =>
    action.run(async () => {
      await request("/api/admin/mail/test", { method: "POST" });
      setSent(true);
    });
  return (
    <div class="stack">
      <p>{t("done.words")}</p>
      {action.failure && <Notice kind="danger">{action.failure}</Notice>}
      <div role="status">{sent && <Notice kind="good">{t("done.tested")}</Notice>}</div>
      <div class="form-actions">
        <ButtonLink kind="primary" href="/">
          {t("done.home")}
        </ButtonLink>
        <ButtonLink href="/admin/doctor">{t("done.doctor")}</ButtonLink>
        {mail && (
          <Button busy={action.busy} disabled={sent} onClick={() => void test()}>
            {t("done.test")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Asks again and again who answers there. */
function useComing(process: string): { phase: Phase; long: boolean } {
  const [phase, setPhase] = useState<Phase>("stopping");
  const [long, setLong] = useState(false);
  useEffect(() => {
    let wanted = true;
    const tooLong = setTimeout(() => setLong(true), LONG_MS);
    const ask = async () => {
      const seen = await look(
        (path, init) => fetch(path, init),
        session.present(),
        (body) => (body as { standing?: Standing | null }).standing?.process,
      );
      if (!wanted) return;
      setPhase((before) => phaseAfter(before, seen, process));
      timer = setTimeout(() => void ask(), EVERY_MS);
    };
    let timer = setTimeout(() => void ask(), EVERY_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
      clearTimeout(tooLong);
    };
  }, [process]);
  return { phase, long };
}
