/**
 * Setup: what is different on every server, asked in steps that can be skipped and come back to. What is
 * answered lies in this tab until it is saved at the end; then the server begins anew with it.
 */
import "./setup.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api";
import { useAction, useFetched, useLosable } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { Button, Card, CheckIcon, Loading, Notice } from "../components";
import type { components } from "../generated/rest";
import { FailedPage } from "../pages/ErrorPages";
import { Begun } from "./Begun";
import { isStale, keyProblem } from "./Check";
import { answerAgain, type Answers, asStep, httpsOf, isDone, isSet, isTouched, type Standing, type Step, STEPS } from "./draft";
import type { Form } from "./fields";
import { ReviewStep } from "./ReviewStep";
import { type HttpsChoice, MailStep, NameStep, PaymentStep, PeopleStep } from "./steps";
import { keepUnsaved, unsaved } from "./unsaved";
import { t, useWords } from "./words";

type Body = components["schemas"]["SetupBody"];

const PATH = "/api/admin/setup";
const HERE = "/admin/setup";
const address = (step: Step): string => `${HERE}?step=${step}`;

export default function WizardPage() {
  const worded = useWords();
  const { data, error, reload, set } = useFetched<Body>(PATH);
  const load = async () => {
    const fresh = await request<Body>(PATH);
    set(fresh);
    return fresh.standing ?? null;
  };
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  return (
    <div class="stack">
      <PageHead title={t("title")} intro={t("intro")} />
      {!data || !worded ? (
        <Loading words={t("title")} />
      ) : data.standing ? (
        <Steps standing={data.standing} liveCalls={data.liveCalls} onReload={load} />
      ) : (
        <Notice>{t("off")}</Notice>
      )}
    </div>
  );
}

interface StepsProps {
  standing: Standing;
  liveCalls: number;
  onReload: () => Promise<Standing | null>;
}

function Steps({ standing: latest, liveCalls, onReload }: StepsProps) {
  const left = useRef(unsaved()).current;
  const [answers, setAnswers] = useState<Answers>(left?.answers ?? {});
  // What the answers were given to: another admin's change in between is to be seen, not overwritten.
  const [held, hold] = useState(left?.held ?? latest);
  const standing = Object.keys(answers).length === 0 ? latest : held;
  const reloading = useAction();
  const [problem, setProblem] = useState<Form["problem"]>(null);
  const [stale, setStale] = useState(false);
  const [begun, setBegun] = useState<{ process: string; publicUrl: string } | null>(null);
  const [https, setHttps] = useState<HttpsChoice>(() => {
    if (left) return left.https;
    const choice = httpsOf(standing.keys);
    return { choice, agreed: choice === "own", missed: false };
  });
  const some = begun === null && Object.keys(answers).length > 0;
  useEffect(() => keepUnsaved(some ? { answers, held, https } : null), [some, answers, held, https]);
  useLosable(some);
  const { query } = place.value;
  const step = asStep(query.get("step"));
  const over = begun !== null && !query.has("begun");
  useEffect(() => {
    if (!over) return;
    setBegun(null);
    setAnswers({});
    void onReload().catch(() => null);
  }, [over]);
  if (begun) return <Begun process={begun.process} publicUrl={begun.publicUrl} mail={isSet(standing.keys, answers, "mail.smtp_host")} />;
  const take = (next: Answers) => {
    hold(standing);
    setAnswers(next);
    setProblem(null); // no longer true of what is typed
  };
  const form: Form = { standing, answers, take, problem };
  const onFailed = (cause: unknown): boolean => {
    const found = keyProblem(cause);
    if (found) setProblem(found);
    if (isStale(cause)) setStale(true);
    return found !== null || isStale(cause);
  };
  const loadAgain = async () => {
    const fresh = await onReload();
    if (fresh === null) return;
    hold(fresh);
    setAnswers(answerAgain(fresh.keys, answers));
    setStale(false);
  };
  const onward = (to: Step) => {
    if (step === "name" && https.choice === "own" && !https.agreed) return setHttps({ ...https, missed: true });
    navigate(address(to));
  };
  return (
    <>
      <Row standing={standing} answers={answers} here={step} />
      {stale && (
        <Notice kind="danger">
          <p>{t("save.changed")}</p>
          <Button busy={reloading.busy} onClick={() => void reloading.run(loadAgain)}>
            {t("save.reload")}
          </Button>
        </Notice>
      )}
      <StepCard key={step} step={step}>
        {step === "name" && <NameStep form={form} onFailed={onFailed} https={https} onHttps={setHttps} />}
        {step === "mail" && <MailStep form={form} onFailed={onFailed} />}
        {step === "payment" && <PaymentStep form={form} onFailed={onFailed} />}
        {step === "people" && <PeopleStep form={form} onFailed={onFailed} />}
        {step === "review" && (
          <ReviewStep
            form={form}
            liveCalls={liveCalls}
            onFailed={onFailed}
            onSaved={(publicUrl) => {
              setBegun({ process: standing.process, publicUrl });
              navigate(`${HERE}?begun=1`, { replace: true });
            }}
          />
        )}
      </StepCard>
      <Onward step={step} touched={isTouched(answers, step)} onGo={onward} />
    </>
  );
}

/** All steps in a row, each a way to it. */
function Row({ standing, answers, here }: { standing: Standing; answers: Answers; here: Step }) {
  return (
    <nav aria-label={t("steps")}>
      <ol role="list" class="setup-steps">
        {STEPS.map((step, index) => {
          const touched = isTouched(answers, step);
          const done = !touched && isDone(standing.keys, step);
          return (
            <li key={step} class={touched ? "setup-touched" : done ? "setup-done" : undefined}>
              <a href={address(step)} aria-current={step === here ? "step" : undefined}>
                <span class="setup-number" aria-hidden="true">
                  {done ? <CheckIcon size={16} /> : index + 1}
                </span>
                <span class="setup-step-name">{t(`step.${step}`)}</span>
                {(touched || done) && <span class="only-read">{t(touched ? "state.changed" : "state.done")}</span>}
              </a>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

const TITLES = { name: "name.title", mail: "mail.title", payment: "pay.title", people: "people.title", review: "review.title" } as const;
const INTROS = { name: "name.intro", mail: "mail.intro", payment: "pay.intro", people: "people.intro", review: null } as const;

let entered = 0;

/** One question. Whoever comes to it from another hears it. */
function StepCard({ step, children }: { step: Step; children: preact.ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    entered += 1;
    if (entered > 1) heading.current?.focus({ preventScroll: true });
  }, []);
  const intro = INTROS[step];
  return (
    <Card class="setup-card">
      <h2 ref={heading} tabIndex={-1}>
        {t(TITLES[step])}
      </h2>
      {intro && <p class="quiet">{t(intro)}</p>}
      <div class="form">{children}</div>
    </Card>
  );
}

function Onward({ step, touched, onGo }: { step: Step; touched: boolean; onGo: (step: Step) => void }) {
  const at = STEPS.indexOf(step);
  const [before, next] = [STEPS[at - 1], STEPS[at + 1]];
  return (
    <div class="setup-onward">
      {before ? <Button onClick={() => navigate(address(before))}>{t("back")}</Button> : <a href="/">{t("later")}</a>}
      {next && (
        <Button kind={touched ? "primary" : "secondary"} onClick={() => onGo(next)}>
          {t(touched ? "next" : "skip")}
        </Button>
      )}
    </div>
  );
}
