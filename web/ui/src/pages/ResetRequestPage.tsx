import { useState } from "preact/hooks";
import { request } from "../api";
import { useSubmit } from "../app/hooks";
import { Button, ButtonLink, Field, MailIcon } from "../components";
import { t } from "../i18n";
import { FormPage, SentPage } from "./FormPage";
import { EMAIL_CHARS_MAX } from "./limits";

export default function ResetRequestPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useSubmit(
    async (values) => {
      const email = values.text("email");
      await request("/api/auth/reset-request", { method: "POST", auth: "none", body: { email } });
      setSentTo(email);
    },
    { fields: ["email"] },
  );
  if (sentTo !== null)
    return (
      <SentPage icon={<MailIcon size={32} />} title={t("reset.sentTitle")}>
        <p>{t("reset.sent", { email: sentTo })}</p>
        <ButtonLink kind="quiet" href="/login">
          {t("reset.back")}
        </ButtonLink>
      </SentPage>
    );
  return (
    <FormPage
      title={t("reset.title")}
      intro={t("reset.intro")}
      failure={form.failure}
      below={
        <p>
          <a href="/login">{t("reset.back")}</a>
        </p>
      }
    >
      <form class="form" onSubmit={form.onSubmit}>
        <Field label={t("form.email")} name="email" type="email" autocomplete="email" maxLength={EMAIL_CHARS_MAX} error={form.fieldError("email")} />
        <Button type="submit" kind="primary" wide busy={form.busy}>
          {t("reset.submit")}
        </Button>
      </form>
    </FormPage>
  );
}
