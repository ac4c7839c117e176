/** Setting up two-step login: the password, the picture for the app, and the first code. */
import { useState } from "preact/hooks";
import { ta } from "../account/words";
import { request, session } from "../api";
import { useSubmit } from "../app/hooks";
import { Button, CopyLine, Notice, PasswordField } from "../components";
import { t } from "../i18n";
import { CodeField } from "./CodeField";
import { usePatience } from "./usePatience";
import { type Enrolment, type RecoveryCodes, ts } from "./words";

interface EnrolProps {
  onDone: (codes: RecoveryCodes) => Promise<void>;
  onCancel: () => void;
}

export function Enrol({ onDone, onCancel }: EnrolProps) {
  const [begun, setBegun] = useState<Enrolment | null>(null);
  return begun === null ? (
    <Password onBegun={setBegun} onCancel={onCancel} />
  ) : (
    <FirstCode begun={begun} onDone={onDone} onCancel={onCancel} />
  );
}

function Password({ onBegun, onCancel }: { onBegun: (it: Enrolment) => void; onCancel: () => void }) {
  const patience = usePatience();
  const form = useSubmit(
    async (values) => {
      const body = { current: values.secret("current") };
      onBegun(await request<Enrolment>("/api/me/second-factor/begin", { method: "POST", body }));
    },
    {
      fields: ["current"],
      words: (error) => (patience.note(error), error.body.field === "current" ? ta("passwordWrong") : undefined),
    },
  );
  const identity = session.identity.value;
  return (
    <form class="form" onSubmit={form.onSubmit}>
      <p>{ts("begin.why")}</p>
      {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      {identity.kind === "member" && <input type="hidden" name="username" autocomplete="username" value={identity.user.email} />}
      <PasswordField label={ta("current")} name="current" autocomplete="current-password" error={form.fieldError("current")} />
      <div class="form-actions">
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
        <Button type="submit" kind="primary" busy={form.busy} disabled={patience.resting}>
          {ts("continue")}
        </Button>
      </div>
    </form>
  );
}

function FirstCode({ begun, onDone, onCancel }: EnrolProps & { begun: Enrolment }) {
  const patience = usePatience();
  const form = useSubmit(
    async (values) => {
      const body = { setup: begun.setup, code: values.text("code") };
      await onDone(await request<RecoveryCodes>("/api/me/second-factor/confirm", { method: "POST", body }));
    },
    {
      fields: ["code"],
      words: (error) => (patience.note(error), error.code === "wrong_code" ? ts("wrong") : undefined),
    },
  );
  return (
    <form class="form" onSubmit={form.onSubmit}>
      <p>{ts("scan")}</p>
      {/* White in the dark as well: not every app reads a picture the other way round. */}
      <svg class="second-factor-picture" role="img" aria-label={ts("picture")} viewBox={`0 0 ${begun.qrSize} ${begun.qrSize}`} shape-rendering="crispEdges">
        <rect width="100%" height="100%" fill="#fff" />
        <path d={begun.qrPath} fill="#000" />
      </svg>
      <div class="field">
        <span class="field-hint">{ts("byHand")}</span>
        <CopyLine value={begun.secret} label={ts("byHand")} />
      </div>
      {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      <CodeField only error={form.fieldError("code")} />
      <div class="form-actions">
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
        <Button type="submit" kind="primary" busy={form.busy} disabled={patience.resting}>
          {ts("confirm")}
        </Button>
      </div>
    </form>
  );
}
