import { type Me, type Meeting, request } from "../api";
import { useSubmit } from "../app/hooks";
import { Button, Card, Field, Notice, TextArea, toast } from "../components";
import { t } from "../i18n";
import { DESCRIPTION_CHARS_MAX, SUBJECT_CHARS_MAX } from "../pages/limits";
import { readWhen, WhenFields } from "./WhenFields";

export interface EditMeetingProps {
  meeting: Meeting;
  me: Me;
  now: number;
  path: string;
  /** With the meeting as it stands now, or null when nothing was changed. */
  onDone: (changed: Meeting | null) => void;
}

export function EditMeeting({ meeting, me, now, path, onDone }: EditMeetingProps) {
  const form = useSubmit(
    async (values) => {
      const body = {
        subject: values.text("subject"),
        description: values.text("description"),
        ...readWhen(values, Date.now()),
      };
      onDone(await request<Meeting>(path, { method: "PUT", body }));
      toast(t("meeting.rescheduled"));
    },
    { fields: ["subject", "description", "scheduledAt>date"] },
  );
  return (
    <Card title={t("meeting.rescheduleTitle")}>
      <Notice>{t("meeting.rescheduleHint")}</Notice>
      <form class="form" onSubmit={form.onSubmit}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <WhenFields me={me} now={now} at={meeting.scheduledAt} minutes={meeting.durationMinutes} error={form.fieldError("date")} />
        <Field label={t("new.subject")} name="subject" defaultValue={meeting.subject} maxLength={SUBJECT_CHARS_MAX} error={form.fieldError("subject")} />
        <TextArea
          label={t("new.description")}
          optional
          name="description"
          defaultValue={meeting.description ?? ""}
          maxLength={DESCRIPTION_CHARS_MAX}
          rows={3}
          error={form.fieldError("description")}
        />
        <div class="form-actions">
          <Button type="submit" kind="primary" busy={form.busy}>
            {t("common.save")}
          </Button>
          <Button kind="quiet" onClick={() => onDone(null)}>
            {t("common.cancel")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
