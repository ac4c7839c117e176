/** Says that somebody who runs the server is about to come in, or is here: who, why and until when. */
import { useNow } from "../app/hooks";
import { Notice } from "../components";
import { clockTime } from "../i18n/time";
import type { InCall } from "./panels";
import { tr } from "./room-words";

export function AdminNote({ call }: InCall) {
  const now = useNow(10_000);
  return call.gathering.admins.value
    .filter((it) => it.until > now)
    .map((it) => (
      <Notice key={it.name} kind="warn">
        {tr("adminEnters", { name: it.name, reason: it.reason, time: clockTime(it.until) })}
      </Notice>
    ));
}
