/** The operator's switch: what people may not begin at the moment, and what everybody reads. */
import "./admin.css";
import { useState } from "preact/hooks";
import { request } from "../api";
import { useAction, useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Button, Card, Loading, Notice, Switch, TextArea, toast } from "../components";
import type { components } from "../generated/rest";
import { FailedPage } from "../pages/ErrorPages";
import { showNotice } from "./house-notice";
import { t } from "./words";

type Standing = components["schemas"]["MaintenanceBody"];
const PATH = "/api/admin/maintenance";
const OFF: Standing = { message: "", joins: false, bookings: false, payments: false };

export default function MaintenancePage() {
  const { data, error, reload, set } = useFetched<Standing>(PATH);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  return (
    <div class="stack">
      <PageHead title={t("hold.title")} intro={t("hold.intro")} />
      {data ? <Form key={JSON.stringify(data)} standing={data} onTurned={set} /> : <Loading words={t("hold.title")} />}
    </div>
  );
}

function Form({ standing, onTurned }: { standing: Standing; onTurned: (it: Standing) => void }) {
  const [wanted, setWanted] = useState(standing);
  const { busy, failure, run } = useAction();
  const isOn = standing.joins || standing.bookings || standing.payments || standing.message !== "";
  const turn = (it: Standing) =>
    run(async () => {
      onTurned(await request<Standing>(PATH, { method: "PUT", body: it }));
      toast(t("hold.saved"));
      void showNotice();
    });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void turn(wanted);
  };
  return (
    <Card>
      <Notice kind={isOn ? "warn" : "good"}>{t(isOn ? "hold.on" : "hold.isOff")}</Notice>
      <form class="form" onSubmit={submit}>
        <TextArea
          label={t("hold.message")}
          hint={t("hold.messageHint")}
          name="message"
          rows={3}
          maxLength={500}
          optional
          value={wanted.message ?? ""}
          onInput={(event) => setWanted({ ...wanted, message: event.currentTarget.value })}
        />
        <div class="stack-tight">
          <Switch label={t("hold.joins")} hint={t("hold.joinsHint")} checked={wanted.joins ?? false} onChange={(joins) => setWanted({ ...wanted, joins })} />
          <Switch label={t("hold.bookings")} checked={wanted.bookings ?? false} onChange={(bookings) => setWanted({ ...wanted, bookings })} />
          <Switch label={t("hold.payments")} checked={wanted.payments ?? false} onChange={(payments) => setWanted({ ...wanted, payments })} />
        </div>
        {failure && <Notice kind="danger">{failure}</Notice>}
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={busy}>
            {t("hold.save")}
          </Button>
          {isOn && (
            <Button busy={busy} onClick={() => void turn(OFF)}>
              {t("hold.off")}
            </Button>
          )}
        </div>
      </form>
      <p class="quiet small">{t("hold.cli")}</p>
    </Card>
  );
}
