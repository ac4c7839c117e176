import { useState } from "preact/hooks";
import { ta } from "../account/words";
import { type Login, request } from "../api";
import { errorWords } from "../app/errors";
import { useAction, useFetched, useNow } from "../app/hooks";
import { Badge, Button, Card, DeviceIcon, Loading, Notice, toast } from "../components";
import { t } from "../i18n";
import { inWords } from "../i18n/time";
import { ts } from "../security/words";

/** Where this account is logged in, and the way to end that from here. */
export function Devices() {
  const { data, error, reload } = useFetched<Login[]>("/api/me/logins");
  const now = useNow(30_000);
  const action = useAction();
  const endOthers = () =>
    action.run(async () => {
      const { ended } = await request<{ ended: number }>("/api/me/logins", { method: "DELETE" });
      await reload();
      toast(ts("devices.ended", { count: ended }));
    });
  const logins = [...(data ?? [])].sort((a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt - a.lastSeenAt);
  return (
    <Card title={ta("devices")}>
      <p class="quiet">{ta("devicesHint")}</p>
      {error ? <Notice kind="danger">{errorWords(error)}</Notice> : null}
      {!data && !error && <Loading words={t("common.loading")} />}
      <ul role="list" class="lines">
        {logins.map((login) => (
          <Device key={login.loginId} login={login} now={now} onRevoked={reload} />
        ))}
      </ul>
      {action.failure && <Notice kind="danger">{action.failure}</Notice>}
      {logins.length > 1 && (
        <div class="form-actions">
          <Button kind="danger-quiet" busy={action.busy} onClick={() => void endOthers()}>
            {ts("devices.endOthers")}
          </Button>
        </div>
      )}
    </Card>
  );
}

function Device({ login, now, onRevoked }: { login: Login; now: number; onRevoked: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const name = login.deviceName || ta("unknownDevice");
  const revoke = async () => {
    setBusy(true);
    try {
      await request(`/api/me/logins/${encodeURIComponent(login.loginId)}`, { method: "DELETE" });
      await onRevoked();
      toast(ta("revoked"));
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <li class="line">
      <span class="line-icon">
        <DeviceIcon />
      </span>
      <div class="line-words">
        <span>{name}</span>
        <span class="quiet small">
          {ta("lastSeen", { when: inWords(Math.min(login.lastSeenAt, now - 1), now) })}
          {" · "}
          {ts("devices.since", { when: inWords(Math.min(login.createdAt, now - 1), now) })}
        </span>
      </div>
      {login.current ? (
        <Badge kind="info">{ta("thisDevice")}</Badge>
      ) : (
        <Button busy={busy} aria-label={ta("revokeNamed", { device: name })} onClick={() => void revoke()}>
          {ta("revoke")}
        </Button>
      )}
    </li>
  );
}
