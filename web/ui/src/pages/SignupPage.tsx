import { useState } from "preact/hooks";
import { request } from "../api";
import { useSubmit } from "../app/hooks";
import { Button, Field, MailIcon, PasswordField, Switch } from "../components";
import { language, t } from "../i18n";
import { deviceZone } from "../i18n/time";
import { Agree } from "../texts/Agree";
import { FormPage, SentPage } from "./FormPage";
import { EMAIL_CHARS_MAX, NAME_CHARS_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN } from "./limits";
import { keepOnward, leadingOn } from "./onward";

export default function SignupPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useSubmit(
    async (values) => {
      const email = values.text("email");
      await request("/api/auth/signup", {
        method: "POST",
        auth: "none",
        body: {
          name: values.text("name"),
          email,
          password: values.secret("password"),
          wantsToHost: values.on("wantsToHost"),
          language: language(),
          timeZone: deviceZone(),
          agreedTo: values.optional("agreedTo"),
        },
      });
      keepOnward(Date.now());
      setSentTo(email);
    },
    {
      fields: ["name", "email", "password", "agreedTo"],
      words: (error) => (error.status === 403 ? error.message : undefined), // sign-up is closed
    },
  );
  if (sentTo !== null) return <Sent email={sentTo} onAgain={() => setSentTo(null)} />;
  return (
    <FormPage
      title={t("signup.title")}
      intro={t("signup.intro")}
      failure={form.failure}
      below={
        <p>
          {t("signup.haveOne")} <a href={leadingOn("/login")}>{t("signup.login")}</a>
        </p>
      }
    >
      <form class="form" onSubmit={form.onSubmit}>
        <Field label={t("form.name")} hint={t("form.nameHint")} name="name" autocomplete="name" maxLength={NAME_CHARS_MAX} error={form.fieldError("name")} />
        <Field label={t("form.email")} name="email" type="email" autocomplete="email" maxLength={EMAIL_CHARS_MAX} error={form.fieldError("email")} />
        <PasswordField
          label={t("form.password")}
          hint={t("form.passwordHint")}
          name="password"
          autocomplete="new-password"
          minLength={PASSWORD_CHARS_MIN}
          maxLength={PASSWORD_CHARS_MAX}
          error={form.fieldError("password")}
        />
        <Switch label={t("signup.wantsToHost")} hint={t("signup.wantsToHostHint")} name="wantsToHost" />
        <Agree error={form.fieldError("agreedTo")} />
        <Button type="submit" kind="primary" wide busy={form.busy}>
          {t("signup.submit")}
        </Button>
      </form>
    </FormPage>
  );
}

function Sent({ email, onAgain }: { email: string; onAgain: () => void }) {
  return (
    <SentPage icon={<MailIcon size={32} />} title={t("signup.sentTitle")}>
      <p>{t("signup.sent", { email })}</p>
      <Button kind="quiet" onClick={onAgain}>
        {t("signup.again")}
      </Button>
    </SentPage>
  );
}
