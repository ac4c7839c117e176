import { request, type Session, session } from "../api";
import { useSubmit } from "../app/hooks";
import { navigate, type PageProps } from "../app/router";
import { Button, PasswordField, toast } from "../components";
import { t } from "../i18n";
import { FormPage } from "./FormPage";
import { PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN } from "./limits";
import { isStale } from "./VerifyPage";

export default function ResetPage({ params }: PageProps) {
  const form = useSubmit(
    async (values) => {
      const answer = await request<Session>("/api/auth/reset", {
        method: "POST",
        auth: "none",
        body: { token: params["token"], password: values.secret("password") },
      });
      session.becomeMember(answer);
      navigate("/", { replace: true });
      toast(t("reset.done"));
    },
    {
      fields: ["password"],
      words: (error) => (isStale(error.status) && error.body.field !== "password" ? t("reset.stale") : undefined),
    },
  );
  return (
    <FormPage
      title={t("reset.title")}
      intro={t("reset.newIntro")}
      failure={form.failure}
      below={
        form.failure && (
          <p>
            <a href="/reset">{t("reset.askAgain")}</a>
          </p>
        )
      }
    >
      <form class="form" onSubmit={form.onSubmit}>
        <PasswordField
          label={t("form.newPassword")}
          hint={t("form.passwordHint")}
          name="password"
          autocomplete="new-password"
          minLength={PASSWORD_CHARS_MIN}
          maxLength={PASSWORD_CHARS_MAX}
          error={form.fieldError("password")}
        />
        <Button type="submit" kind="primary" wide busy={form.busy}>
          {t("reset.newSubmit")}
        </Button>
      </form>
    </FormPage>
  );
}
