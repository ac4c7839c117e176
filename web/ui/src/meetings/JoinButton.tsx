import { useId } from "preact/hooks";
import type { Meeting } from "../api";
import { Button, ButtonLink, type ButtonKind, CameraIcon } from "../components";
import { t } from "../i18n";
import { reasonWords, type Side } from "./kinds";
import { callAddress, joinStateAt } from "./meeting";

export function JoinLink({ meeting, kind, describedBy }: { meeting: Meeting; kind: ButtonKind; describedBy?: string }) {
  return (
    <ButtonLink kind={kind} href={callAddress(meeting.meetingId)} {...(describedBy ? { "aria-describedby": describedBy } : {})}>
      <CameraIcon />
      <span>
        {t("home.join")} <span class="only-read">{meeting.subject}</span>
      </span>
    </ButtonLink>
  );
}

/** Join, and why it is as it is. A door that is closed keeps its button, so that it can be found. */
export function JoinButton({ meeting, side, now }: { meeting: Meeting; side: Side; now: number }) {
  const id = useId();
  const open = joinStateAt(meeting.joinable, now) === "open";
  return (
    <div class="join-button">
      {open ? (
        <JoinLink meeting={meeting} kind="primary" describedBy={id} />
      ) : (
        <Button kind="primary" disabled aria-describedby={id}>
          <CameraIcon />
          {t("home.join")}
        </Button>
      )}
      <span id={id} class="quiet small">
        {reasonWords(meeting, side, now)}
      </span>
    </div>
  );
}
