import { useState } from "preact/hooks";
import { ta } from "../account/words";
import { type Me, request, session } from "../api";
import { useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { install, installable } from "../app/install";
import { leave } from "../app/leave";
import { Button, ButtonLink, Card, Field, Notice, PasswordField, Select, toast } from "../components";
import { bestOf, LANGUAGES, speak, t } from "../i18n";
import { allZones, deviceZone } from "../i18n/time";
import { PrivacyCard } from "../chat/PrivacyCard";
import { Blocked } from "../hosts/Blocked";
import { FeedCard } from "../calendar/FeedCard";
import { th } from "../hosts/words";
import { t as tn } from "../notices/notify-words";
import { SecondFactorCard } from "../security/SecondFactorCard";
import { CopyCard } from "../privacy/CopyCard";
import { EraseCard } from "../privacy/EraseCard";
import { AgreedCard } from "../texts/Agreements";
import { Devices } from "./Devices";
import { NAME_CHARS_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN } from "./limits";

export default function AccountPage() {
  const identity = session.identity.value;
  if (identity.kind !== "member") return null;
  const me = identity.user;
  return (
    <div class="stack">
      <PageHead title={ta("title")} action={<LogOut />} />
      <Profile me={me} />
      <Hosting me={me} />
      <Password me={me} />
      <SecondFactorCard />
      <Devices />
      <Told />
      <FeedCard />
      <PrivacyCard />
      <Blocked />
      <Install />
      <AgreedCard />
      <CopyCard />
      <EraseCard />
    </div>
  );
}

function Told() {
  return (
    <Card title={tn("title")}>
      <p>{tn("card")}</p>
      <ButtonLink href="/account/notifications">{tn("link")}</ButtonLink>
    </Card>
  );
}

/** Only where the browser can. */
function Install() {
  const way = installable();
  if (way === "no") return null;
  return (
    <Card title={ta("install.title")}>
      <p>{ta(way === "now" ? "install.why" : "install.byHand")}</p>
      {way === "now" && (
        <div class="form-actions">
          <Button onClick={() => void install()}>{ta("install.now")}</Button>
        </div>
      )}
    </Card>
  );
}

function LogOut() {
  const [busy, setBusy] = useState(false);
  return (
    <Button busy={busy} onClick={() => (setBusy(true), void leave())}>
      {t("account.logout")}
    </Button>
  );
}

function Profile({ me }: { me: Me }) {
  const form = useSubmit(
    async (values) => {
      const body = {
        name: values.text("name"),
        phone: values.text("phone"), // empty removes it
        gender: values.text("gender"),
        language: values.text("language"),
        timeZone: values.text("timeZone"),
      };
      const saved = await request<Me>("/api/me", { method: "PUT", body });
      session.updateMember(saved);
      await speak(bestOf([saved.language]));
      toast(ta("saved"));
    },
    { fields: ["name", "phone", "gender", "language", "timeZone"] },
  );
  const zones = [...new Set([me.timeZone, deviceZone(), ...allZones()].filter(Boolean))].sort();
  return (
    <Card title={ta("profile")}>
      <form class="form" onSubmit={form.onSubmit}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <Field
          label={t("form.name")}
          hint={t("form.nameHint")}
          name="name"
          defaultValue={me.name}
          autocomplete="name"
          maxLength={NAME_CHARS_MAX}
          error={form.fieldError("name")}
        />
        <Field label={t("form.email")} hint={ta("emailHint")} value={me.email} type="email" readOnly />
        <div class="form-pair">
          <Field
            label={ta("phone")}
            optional
            name="phone"
            type="tel"
            autocomplete="tel"
            defaultValue={me.phone ?? ""}
            maxLength={32}
            error={form.fieldError("phone")}
          />
          <Field
            label={ta("gender")}
            optional
            hint={ta("genderHint")}
            name="gender"
            autocomplete="sex"
            defaultValue={me.gender ?? ""}
            maxLength={40}
            error={form.fieldError("gender")}
          />
        </div>
        <div class="form-pair">
          <Select label={ta("language")} hint={ta("languageHint")} name="language" defaultValue={bestOf([me.language])} options={LANGUAGES} error={form.fieldError("language")} />
          <Select
            label={ta("zone")}
            hint={me.timeZone === deviceZone() ? ta("zoneHint") : ta("zoneDevice", { zone: deviceZone() })}
            name="timeZone"
            defaultValue={me.timeZone}
            options={zones.map((zone) => ({ value: zone, label: zone.replace(/_/g, " ") }))}
            error={form.fieldError("timeZone")}
          />
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

const HOST_WORDS = {
  none: "hostNone",
  pending: "hostPending",
  approved: "hostApproved",
  rejected: "hostRejected",
  suspended: "hostSuspended",
} as const;

function Hosting({ me }: { me: Me }) {
  const status = me.role === "admin" ? "approved" : me.hostStatus;
  return (
    <Card title={ta("hosting")}>
      <p>{ta(HOST_WORDS[status])}</p>
      <ButtonLink href="/account/host">{status === "none" ? ta("hostApply") : th("link")}</ButtonLink>
    </Card>
  );
}

function Password({ me }: { me: Me }) {
  const [round, setRound] = useState(0);
  const form = useSubmit(
    async (values) => {
      const body = { current: values.secret("current"), password: values.secret("password") };
      await request("/api/me/password", { method: "POST", body });
      setRound(round + 1); // an empty form again
      toast(ta("passwordDone"));
    },
    {
      fields: ["current", "password"],
      words: (error) => (error.body.field === "current" ? ta("passwordWrong") : undefined),
    },
  );
  return (
    <Card title={ta("password")}>
      <form class="form" onSubmit={form.onSubmit} key={round}>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <input type="hidden" name="username" autocomplete="username" value={me.email} />
        <PasswordField label={ta("current")} name="current" autocomplete="current-password" error={form.fieldError("current")} />
        <PasswordField
          label={t("form.newPassword")}
          hint={t("form.passwordHint")}
          name="password"
          autocomplete="new-password"
          minLength={PASSWORD_CHARS_MIN}
          maxLength={PASSWORD_CHARS_MAX}
          error={form.fieldError("password")}
        />
        <div class="form-actions">
          <Button type="submit" busy={form.busy}>
            {ta("passwordSubmit")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
