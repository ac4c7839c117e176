import { request, type Session, session } from "../api";
import { useSubmit } from "../app/hooks";
import { place } from "../app/router";
import { Button, Field, Notice, PasswordField } from "../components";
import { t } from "../i18n";
import { FormPage } from "./FormPage";
import { EMAIL_CHARS_MAX } from "./limits";
import { leadingOn } from "./onward";

export default function LoginPage() {
  const form = useSubmit(
    async (values) => {
      const answer = await request<Session>("/api/auth/login", {
        method: "POST",
        auth: "none",
        body: { email: values.text("email"), password: values.secret("password") },
      });
      session.becomeMember(answer); // the route is for strangers: the app goes on to where `next` says
    },
    { words: (error) => (error.status === 401 ? t("login.wrong") : undefined) },
  );
  const forMeeting = place.value.query.get("next")?.startsWith("/video-call/");
  return (
    <FormPage
      title={t("login.title")}
      failure={form.failure}
      below={
        <>
          <p>
            <a href="/reset">{t("login.forgot")}</a>
          </p>
          <p>
            {t("login.noAccount")} <a href={leadingOn("/signup")}>{t("login.signup")}</a>
          </p>
        </>
      }
    >
      {forMeeting && <Notice>{t("login.forMeeting")}</Notice>}
      <form class="form" onSubmit={form.onSubmit}>
        <Field label={t("form.email")} name="email" type="email" autocomplete="username" maxLength={EMAIL_CHARS_MAX} />
        <PasswordField label={t("form.password")} name="password" autocomplete="current-password" />
        <Button type="submit" kind="primary" wide busy={form.busy}>
          {t("login.submit")}
        </Button>
      </form>
    </FormPage>
  );
}
