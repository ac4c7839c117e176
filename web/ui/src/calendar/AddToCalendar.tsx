/** The ways to take an appointment into one's own calendar: a file, or two makers' pages. */
import "./calendar.css";
import { useState } from "preact/hooks";
import { ApiError } from "../api/error";
import { errorWords } from "../app/errors";
import { Button, CalendarIcon, toast } from "../components";
import { keep } from "../money/download";
import { type Appointment, googleLink, outlookLink } from "./links";
import { t } from "./words";

export interface AddToCalendarProps {
  appointment: Appointment;
  /** Asks the server for the file. */
  file: () => Promise<Response>;
}

export function AddToCalendar({ appointment, file }: AddToCalendarProps) {
  const [busy, setBusy] = useState(false);
  const save = () => {
    setBusy(true);
    file()
      .catch(() => {
        throw ApiError.unreachable();
      })
      .then((answer) => keep(answer, "meeting.ics"))
      .catch((cause: unknown) => toast(errorWords(cause)))
      .finally(() => setBusy(false));
  };
  return (
    <details class="calendar-ways">
      <summary class="button button-quiet">
        <CalendarIcon size={18} />
        {t("add")}
      </summary>
      <div class="calendar-choices">
        <Button busy={busy} onClick={save}>
          {t("add.file")}
        </Button>
        <a class="button button-secondary" href={googleLink(appointment)} target="_blank" rel="noopener noreferrer">
          {t("add.google")}
        </a>
        <a class="button button-secondary" href={outlookLink(appointment)} target="_blank" rel="noopener noreferrer">
          {t("add.outlook")}
        </a>
      </div>
      <p class="field-hint">{t("add.hint")}</p>
    </details>
  );
}
