/** For somebody who is logged in, when the texts are new to them: read, agree, or log out. */
import { useState } from "preact/hooks";
import { request, session } from "../api";
import { useAction, useFetched } from "../app/hooks";
import { leave } from "../app/leave";
import { Button, Dialog, Loading, Notice } from "../components";
import { language, t as common } from "../i18n";
import { KINDS, type Kind } from "./house";
import { titled } from "./markdown";
import "./texts.css";
import { t, type Text, type Texts } from "./words";
import { Words } from "./Words";

export function AskAgain() {
  const { data } = useFetched<Texts>("/api/texts");
  if (!data?.version) return null;
  return <Ask key={data.version} version={data.version} kinds={KINDS.filter((kind) => data[kind])} />;
}

function Ask({ version, kinds }: { version: string; kinds: readonly Kind[] }) {
  const { busy, failure, run } = useAction();
  const [leaving, setLeaving] = useState(false);
  const agree = () =>
    run(async () => {
      await request("/api/me/agreements", { method: "POST", body: { agreedTo: version } });
      const identity = session.identity.value;
      if (identity.kind === "member") session.updateMember({ ...identity.user, agreementDue: false });
    });
  return (
    <Dialog
      open
      dismissible={false}
      title={t("ask.title")}
      onClose={() => {}}
      actions={
        <>
          <Button busy={leaving} onClick={() => (setLeaving(true), void leave())}>
            {t("ask.leave")}
          </Button>
          <Button kind="primary" busy={busy} onClick={() => void agree()}>
            {t("ask.agree")}
          </Button>
        </>
      }
    >
      {/* Where reading begins; the first thing to press is below it. */}
      <p class="ask-words" tabIndex={-1} autofocus>
        {t("ask.words")}
      </p>
      {kinds.map((kind) => (
        <Shown key={kind} kind={kind} />
      ))}
      {failure && <Notice kind="danger">{failure}</Notice>}
      <p class="quiet small">
        {t("ask.not")} <a href="/account">{t("ask.account")}</a>
      </p>
    </Dialog>
  );
}

function Shown({ kind }: { kind: Kind }) {
  const { data } = useFetched<Text>(`/api/texts/${kind}?language=${language()}`);
  if (!data) return <Loading words={common("common.loading")} />;
  const { title, rest } = titled(data.words ?? "");
  return (
    <section>
      <h3 class="ask-title">{title ?? t(kind)}</h3>
      {/* Scrolled by keyboard too. */}
      <div class="ask-text" tabIndex={0} role="region" aria-label={title ?? t(kind)}>
        <Words blocks={rest} below={3} lang={data.language} />
      </div>
    </section>
  );
}
