import { useRef, useState } from "preact/hooks";
import { commandKey, type Me, type Meeting, type NewMeeting, request, session } from "../api";
import { useNow, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { BackIcon, Button, ButtonLink, Card, CheckIcon, CopyLine, Field, Notice, Switch, TextArea } from "../components";
import { t } from "../i18n";
import { clockRange, dayName } from "../i18n/time";
import { NotFoundPage } from "../pages/ErrorPages";
import { DESCRIPTION_CHARS_MAX, EMAIL_CHARS_MAX, NAME_CHARS_MAX, SUBJECT_CHARS_MAX } from "../pages/limits";
import { personalLink } from "./meeting";
import { readWhen, suggestedStart, WhenFields } from "./WhenFields";

const MINUTES_USUAL = 50;

export default function NewMeetingPage() {
  const [made, setMade] = useState<Meeting | null>(null);
  const identity = session.identity.value;
  if (identity.kind !== "member") return null;
  const { role, hostStatus } = identity.user;
  if (role === "client" && hostStatus !== "approved") return <NotFoundPage />;
  if (made) return <Made meeting={made} onAnother={() => setMade(null)} />;
  return <NewMeetingForm me={identity.user} onMade={setMade} />;
}

function NewMeetingForm({ me, onMade }: { me: Me; onMade: (meeting: Meeting) => void }) {
  const now = useNow(30_000);
  const [first] = useState(() => suggestedStart(Date.now()));
  // The same press sent twice makes one meeting; a changed form is another one.
  const attempt = useRef({ body: "", key: "" });
  const form = useSubmit(
    async (values) => {
      const meeting: NewMeeting = {
        clientEmail: values.text("clientEmail"),
        subject: values.text("subject"),
        lobby: values.on("lobby"),
        ...readWhen(values, Date.now()),
      };
      const clientName = values.optional("clientName");
      const description = values.optional("description");
      if (clientName) meeting.clientName = clientName;
      if (description) meeting.description = description;
      const body = JSON.stringify(meeting);
      if (body !== attempt.current.body) attempt.current = { body, key: commandKey() };
      onMade(
        await request<Meeting>("/api/meetings/create", { method: "POST", body: meeting, idempotencyKey: attempt.current.key }),
      );
    },
    { fields: ["clientEmail", "clientName", "subject", "description", "scheduledAt>date"] },
  );
  return (
    <div class="stack">
      <div>
        <a class="back" href="/">
          <BackIcon size={16} />
          {t("common.back")}
        </a>
        <PageHead title={t("new.title")} />
      </div>
      <form class="form" onSubmit={form.onSubmit}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <Card title={t("new.who")} class="form-card">
          <div class="form-pair">
            <Field
              label={t("new.clientEmail")}
              hint={t("new.clientEmailHint")}
              name="clientEmail"
              type="email"
              autocomplete="off"
              maxLength={EMAIL_CHARS_MAX}
              error={form.fieldError("clientEmail")}
            />
            <Field label={t("new.clientName")} optional name="clientName" autocomplete="off" maxLength={NAME_CHARS_MAX} error={form.fieldError("clientName")} />
          </div>
        </Card>
        <Card title={t("new.when")} class="form-card">
          <WhenFields me={me} now={now} at={first} minutes={MINUTES_USUAL} error={form.fieldError("date")} />
        </Card>
        <Card title={t("new.what")} class="form-card">
          <Field label={t("new.subject")} hint={t("new.subjectHint")} name="subject" maxLength={SUBJECT_CHARS_MAX} error={form.fieldError("subject")} />
          <TextArea label={t("new.description")} optional name="description" maxLength={DESCRIPTION_CHARS_MAX} rows={3} error={form.fieldError("description")} />
          <Switch label={t("new.lobby")} hint={t("new.lobbyHint")} name="lobby" defaultChecked />
        </Card>
        <div class="form-actions">
          <Button type="submit" kind="primary" busy={form.busy}>
            {t("new.submit")}
          </Button>
          <ButtonLink kind="quiet" href="/">
            {t("common.cancel")}
          </ButtonLink>
        </div>
      </form>
    </div>
  );
}

function Made({ meeting, onAnother }: { meeting: Meeting; onAnother: () => void }) {
  const link = personalLink(meeting);
  const name = meeting.client.name || t("new.theInvited");
  return (
    <div class="stack">
      <PageHead title={t("new.doneTitle")} />
      <Card>
        <Notice kind="good">{t("new.done", { email: meeting.client.email ?? name })}</Notice>
        <div>
          <h2>{meeting.subject}</h2>
          <p class="quiet">
            {dayName(meeting.scheduledAt, Date.now())}, {clockRange(meeting.scheduledAt, meeting.durationMinutes)}
          </p>
        </div>
        {link && (
          <div class="stack-tight">
            <h3>{t("new.linkTitle")}</h3>
            <CopyLine value={link} label={t("new.linkTitle")} />
            <p class="field-hint">{t("new.linkHint", { name })}</p>
          </div>
        )}
        <div class="form-actions">
          <ButtonLink kind="primary" href={`/meetings/${encodeURIComponent(meeting.meetingId)}`}>
            <CheckIcon />
            {t("new.toMeeting")}
          </ButtonLink>
          <Button kind="quiet" onClick={onAnother}>
            {t("new.another")}
          </Button>
        </div>
      </Card>
    </div>
  );
}
