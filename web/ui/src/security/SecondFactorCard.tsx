/** On the account page: two-step login, from setting it up to switching it off. */
import { useState } from "preact/hooks";
import { request, session } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { Badge, Button, Card, Loading, Notice } from "../components";
import { t } from "../i18n";
import { shortDate } from "../i18n/time";
import { Enrol } from "./Enrol";
import { Prove } from "./Prove";
import { Recovery } from "./Recovery";
import { type RecoveryCodes, type SecondFactorState, ts } from "./words";
import "./security.css";

/** Below this many it is time for new ones. */
const FEW = 3;

type Doing = { what: "nothing" | "enrol" | "renew" | "off" } | { what: "keep"; codes: string[] };

export function SecondFactorCard() {
  const { data, error, reload } = useFetched<SecondFactorState>("/api/me/second-factor");
  const [doing, setDoing] = useState<Doing>({ what: "nothing" });
  const stop = () => setDoing({ what: "nothing" });
  const keep = (it: RecoveryCodes) => setDoing({ what: "keep", codes: it.recoveryCodes });
  const enrolled = async (it: RecoveryCodes) => {
    keep(it);
    await reload();
    // What an admin may do can depend on it: the next token says so.
    const token = session.present();
    if (token !== null) await session.renew(token).catch(() => null);
  };
  const prove = (path: string) => (proof: { current: string; code: string }) =>
    request<RecoveryCodes>(`/api/me/second-factor/${path}`, { method: "POST", body: proof });
  return (
    <Card title={ts("title")}>
      {error ? <Notice kind="danger">{errorWords(error)}</Notice> : null}
      {!data && !error && <Loading words={t("common.loading")} />}
      {doing.what === "keep" ? (
        <Recovery codes={doing.codes} onKept={stop} />
      ) : doing.what === "enrol" ? (
        <Enrol onDone={enrolled} onCancel={stop} />
      ) : (
        data && <State it={data} onEnrol={() => setDoing({ what: "enrol" })} onRenew={() => setDoing({ what: "renew" })} onOff={() => setDoing({ what: "off" })} />
      )}
      <Prove
        open={doing.what === "renew"}
        title={ts("renew")}
        why={ts("renew.why")}
        submit={ts("renew.submit")}
        onClose={stop}
        onProof={async (proof) => {
          keep(await prove("recovery-codes")(proof));
          await reload();
        }}
      />
      <Prove
        open={doing.what === "off"}
        title={ts("off.title")}
        why={ts("off.why")}
        submit={ts("off")}
        danger
        done={ts("off.done")}
        onClose={stop}
        onProof={async (proof) => {
          await prove("off")(proof);
          stop();
          await reload();
        }}
      />
    </Card>
  );
}

interface StateProps {
  it: SecondFactorState;
  onEnrol: () => void;
  onRenew: () => void;
  onOff: () => void;
}

function State({ it, onEnrol, onRenew, onOff }: StateProps) {
  if (it.onSince === undefined || it.onSince === null) {
    return (
      <>
        <p>{ts("intro")}</p>
        {it.required && <Notice>{ts("required")}</Notice>}
        <div class="form-actions">
          <Button kind={it.required ? "primary" : "secondary"} onClick={onEnrol}>
            {ts("begin")}
          </Button>
        </div>
      </>
    );
  }
  const left = it.recoveryCodesLeft;
  return (
    <>
      <p>{ts("on", { date: shortDate(it.onSince) })}</p>
      <p>
        <Badge kind={left <= FEW ? "warn" : "info"}>{ts("left", { count: left })}</Badge>
      </p>
      {left <= FEW && <Notice kind="warn">{ts("few")}</Notice>}
      <div class="form-actions">
        <Button onClick={onRenew}>{ts("renew")}</Button>
        {!it.required && (
          <Button kind="danger-quiet" onClick={onOff}>
            {ts("off")}
          </Button>
        )}
      </div>
    </>
  );
}
