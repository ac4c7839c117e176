/**
 * A host's own page: where the application stands, the profile that clients read, services and the
 * price of a minute. The whole profile is one form and is saved as one.
 */
import "./hosts.css";
import { useState } from "preact/hooks";
import { ta } from "../account/words";
import { type Me, request, session } from "../api";
import { FieldProblem, type FormValues, useFetched, useSubmit } from "../app/hooks";
import { errorWords } from "../app/errors";
import { PageHead } from "../app/PageHead";
import { EmbedCard } from "../booking/EmbedCard";
import { Button, Card, Field, Loading, Notice, PlusIcon, Switch, TextArea, toast } from "../components";
import { t } from "../i18n";
import { FailedPage } from "../pages/ErrorPages";
import { PictureCard } from "./PictureCard";
import { switchOnline, useOnline } from "./online";
import { type HostService, listOf, type MyHost, priceOf, th, typedPrice } from "./words";

const SERVICES_MAX = 20;
const LINE_MAX = 80;
const TEXT_MAX = 2_000;
const LETTER_MAX = 1_000;

export default function ProfilePage() {
  const { data, error, reload, set } = useFetched<MyHost>("/api/me/host-profile");
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  return (
    <div class="stack">
      <PageHead title={th("page.title")} intro={th("page.intro")} />
      <Status host={data} />
      {(data.role === "admin" || data.hostStatus === "approved") && <Online />}
      <PictureCard host={data} onSaved={set} />
      <Profile host={data} onSaved={set} />
      {(data.role === "admin" || data.hostStatus === "approved") && <EmbedCard hostId={data.userId} />}
      {(data.hostStatus === "none" || data.hostStatus === "rejected") && data.role !== "admin" && <Application onSent={reload} />}
    </div>
  );
}

const STATUS = {
  none: "status.none",
  pending: "status.pending",
  approved: "status.approved",
  rejected: "status.rejected",
  suspended: "status.suspended",
} as const;

function Status({ host }: { host: MyHost }) {
  const status = host.role === "admin" ? "approved" : (host.hostStatus as keyof typeof STATUS);
  const kind = status === "approved" ? "good" : status === "rejected" || status === "suspended" ? "warn" : "info";
  const answered = (status === "rejected" || status === "suspended") && host.reason !== "";
  return (
    <Notice kind={kind}>
      <p>{th(STATUS[status])}</p>
      {answered && <p>{th("status.reason", { reason: host.reason })}</p>}
    </Notice>
  );
}

function Online() {
  const on = useOnline();
  if (on === null) return null;
  const change = (to: boolean) => void switchOnline(to).catch((cause: unknown) => toast(errorWords(cause)));
  return (
    <div class="card">
      <Switch label={th("switch.label")} hint={th("switch.hint")} checked={on} onChange={change} />
    </div>
  );
}

interface Row extends HostService {
  key: number;
}

function Profile({ host, onSaved }: { host: MyHost; onSaved: (host: MyHost) => void }) {
  const { profile, rules } = host;
  const [rows, setRows] = useState<Row[]>(() => profile.services.map((service, key) => ({ ...service, key })));
  const form = useSubmit(
    async (values) => {
      const body = {
        title: values.text("title"),
        languages: listOf(values.text("languages")),
        specialties: listOf(values.text("specialties")),
        bio: values.text("bio"),
        audioCostPerMin: price(values, "audioCostPerMin"),
        videoCostPerMin: price(values, "videoCostPerMin"),
        services: rows.map(({ key, id }) => ({
          ...(id ? { id } : {}),
          title: values.text(`service-${key}`),
          priceNote: values.text(`price-${key}`),
          details: values.text(`details-${key}`),
        })),
      };
      const saved = await request<MyHost>("/api/me/host-profile", { method: "PUT", body });
      // Kept by their place: what was typed stays typed, and a new one gets the id it was given.
      setRows(rows.map((row, place) => ({ ...row, ...saved.profile.services[place] })));
      onSaved(saved);
      toast(th("saved"));
    },
    { fields: ["title", "languages", "specialties", "bio", "audioCostPerMin", "videoCostPerMin"] },
  );
  const add = () => setRows([...rows, { key: 1 + Math.max(-1, ...rows.map((row) => row.key)), title: "", priceNote: "", details: "" }]);
  return (
    <Card title={th("profile.title")}>
      <form class="form" onSubmit={form.onSubmit}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <Field label={th("profile.line")} hint={th("profile.lineHint")} optional name="title" defaultValue={profile.title} maxLength={LINE_MAX} error={form.fieldError("title")} />
        <div class="form-pair">
          <Field label={th("profile.languages")} hint={th("profile.languagesHint")} optional name="languages" defaultValue={profile.languages.join(", ")} error={form.fieldError("languages")} />
          <Field label={th("profile.specialties")} hint={th("profile.specialtiesHint")} optional name="specialties" defaultValue={profile.specialties.join(", ")} error={form.fieldError("specialties")} />
        </div>
        <TextArea label={th("profile.bio")} optional name="bio" rows={6} defaultValue={profile.bio} maxLength={TEXT_MAX} error={form.fieldError("bio")} />
        <h3>{th("price.title")}</h3>
        <p class="quiet">{th("price.intro", { least: typedPrice(rules.least), most: typedPrice(rules.most) })}</p>
        <div class="form-pair">
          <Field label={th("price.audio")} optional name="audioCostPerMin" inputMode="decimal" defaultValue={typedPrice(profile.audioCostPerMin)} error={form.fieldError("audioCostPerMin")} />
          <Field label={th("price.video")} optional name="videoCostPerMin" inputMode="decimal" defaultValue={typedPrice(profile.videoCostPerMin)} error={form.fieldError("videoCostPerMin")} />
        </div>
        <h3>{th("service.title")}</h3>
        <p class="quiet">{th("service.intro")}</p>
        {rows.map((row, place) => (
          <Service key={row.key} row={row} number={place + 1} onRemove={() => setRows(rows.filter((one) => one.key !== row.key))} />
        ))}
        <div>
          <Button disabled={rows.length >= SERVICES_MAX} onClick={add}>
            <PlusIcon />
            {th("service.add")}
          </Button>
        </div>
        <div class="form-actions">
          <Button type="submit" kind="primary" busy={form.busy}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Service({ row, number, onRemove }: { row: Row; number: number; onRemove: () => void }) {
  return (
    <fieldset class="form host-service">
      <legend>{th("service.legend", { number })}</legend>
      <div class="form-pair">
        <Field label={th("service.name")} name={`service-${row.key}`} defaultValue={row.title} maxLength={LINE_MAX} />
        <Field label={th("service.price")} optional name={`price-${row.key}`} defaultValue={row.priceNote ?? ""} maxLength={LINE_MAX} />
      </div>
      <TextArea label={th("service.details")} optional name={`details-${row.key}`} rows={3} defaultValue={row.details ?? ""} maxLength={TEXT_MAX} />
      <div>
        <Button kind="danger-quiet" aria-label={th("service.removeNamed", { number })} onClick={onRemove}>
          {th("service.remove")}
        </Button>
      </div>
    </fieldset>
  );
}

function price(values: FormValues, field: string): number | null {
  const found = priceOf(values.text(field));
  if (found === undefined) throw new FieldProblem(field, th("price.wrong"));
  return found;
}

function Application({ onSent }: { onSent: () => Promise<void> }) {
  const form = useSubmit(
    async (values) => {
      const after = await request<Me>("/api/me/host-application", { method: "POST", body: { message: values.text("message") } });
      session.updateMember(after);
      toast(ta(after.hostStatus === "approved" ? "hostNow" : "hostAsked"));
      await onSent();
    },
    { fields: ["message"] },
  );
  return (
    <Card title={th("apply.title")}>
      <form class="form" onSubmit={form.onSubmit}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <TextArea label={th("apply.message")} hint={th("apply.messageHint")} optional name="message" rows={4} maxLength={LETTER_MAX} error={form.fieldError("message")} />
        <div class="form-actions">
          <Button type="submit" kind="primary" busy={form.busy}>
            {th("apply.send")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
