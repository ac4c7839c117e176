/** Further people of a meeting, for its host: each with a link of their own. */
import { useState } from "preact/hooks";
import { type Meeting, request } from "../api";
import { errorWords } from "../app/errors";
import { useSubmit } from "../app/hooks";
import { Button, Card, CopyLine, Field, Notice, toast } from "../components";
import { t } from "../i18n";
import { NAME_CHARS_MAX } from "../pages/limits";

export interface GuestsProps {
  meeting: Meeting;
  /** Of the meeting's own resource. */
  path: string;
  onChange: (meeting: Meeting) => void;
}

type Guest = NonNullable<Meeting["guests"]>[number];

export function Guests({ meeting, path, onChange }: GuestsProps) {
  const guests = meeting.guests ?? [];
  return (
    <Card title={t("guests.title")}>
      <p>{t("guests.intro")}</p>
      {guests.length > 0 && (
        <ul class="plain-list stack">
          {guests.map((guest) => (
            <li key={guest.email}>
              <Invited guest={guest} path={path} onChange={onChange} />
            </li>
          ))}
        </ul>
      )}
      <AskIn path={path} onChange={onChange} />
    </Card>
  );
}

function Invited({ guest, path, onChange }: { guest: Guest } & Omit<GuestsProps, "meeting">) {
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    try {
      onChange(await request<Meeting>(`${path}/guests/${encodeURIComponent(guest.email)}`, { method: "DELETE" }));
      toast(t("guests.removed", { name: guest.name }));
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="stack-tight">
      <div class="row">
        <span>
          {guest.name}
          {guest.email !== guest.name && <span class="quiet"> · {guest.email}</span>}
        </span>
        <Button kind="quiet" busy={busy} aria-label={t("guests.removeNamed", { name: guest.name })} onClick={() => void remove()}>
          {t("guests.remove")}
        </Button>
      </div>
      <CopyLine value={guest.link} label={t("meeting.link", { name: guest.name })} />
    </div>
  );
}

function AskIn({ path, onChange }: Omit<GuestsProps, "meeting">) {
  // A new form after each person, so that it is empty for the next.
  const [asked, setAsked] = useState(0);
  return <AskForm key={asked} path={path} onChange={(meeting) => {
    onChange(meeting);
    setAsked(asked + 1);
  }} />;
}

function AskForm({ path, onChange }: Omit<GuestsProps, "meeting">) {
  const form = useSubmit(
    async (values) => {
      const body = { email: values.text("email"), name: values.text("name") };
      onChange(await request<Meeting>(`${path}/guests`, { method: "POST", body }));
      toast(t("guests.asked", { email: body.email }));
    },
    { fields: ["email", "name"] },
  );
  return (
    <form class="form" onSubmit={form.onSubmit}>
      {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      <div class="form-pair">
        <Field label={t("new.clientEmail")} name="email" type="email" error={form.fieldError("email")} />
        <Field label={t("new.clientName")} optional name="name" maxLength={NAME_CHARS_MAX} error={form.fieldError("name")} />
      </div>
      <div class="form-actions">
        <Button type="submit" busy={form.busy}>
          {t("guests.ask")}
        </Button>
      </div>
    </form>
  );
}
