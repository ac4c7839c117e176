/** Where the one-time link on the operator's terminal leads: the first account of the server. */
import { request, type Session, session } from "../api";
import { useSubmit } from "../app/hooks";
import { navigate, type PageProps } from "../app/router";
import { Button, Field, Loading, PasswordField, toast } from "../components";
import { t } from "../i18n";
import { t as ts, useWords } from "../setup/words";
import { FormPage } from "./FormPage";
import { EMAIL_CHARS_MAX, NAME_CHARS_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN } from "./limits";
import { isStale } from "./VerifyPage";

const FIELDS = ["name", "email", "password"];

export default function SetupPage({ params }: PageProps) {
  const worded = useWords();
  const form = useSubmit(
    async (values) => {
      const answer = await request<Session>("/api/setup", {
        method: "POST",
        auth: "none",
        body: {
          token: params["token"],
          name: values.text("name"),
          email: values.text("email"),
          password: values.secret("password"),
        },
      });
      session.becomeMember(answer);
      // Who must set up a second factor first is no admin until then.
      navigate(answer.user.role === "admin" ? "/admin/setup" : "/", { replace: true });
      toast(ts("first.done"));
    },
    {
      fields: FIELDS,
      words: (error) => (isStale(error.status) && !FIELDS.includes(error.body.field ?? "") ? ts("first.stale") : undefined),
    },
  );
  if (!worded) return <Loading words={t("common.loading")} />;
  return (
    <FormPage title={ts("first.title")} intro={ts("first.intro")} failure={form.failure}>
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
        <Button type="submit" kind="primary" wide busy={form.busy}>
          {ts("first.submit")}
        </Button>
      </form>
    </FormPage>
  );
}
