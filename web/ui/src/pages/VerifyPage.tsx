/** Where the sign-up mail leads. Waits for a press: programs that read mails open links, too. */
import { request, type Session, session } from "../api";
import { useSubmit } from "../app/hooks";
import { navigate, type PageProps } from "../app/router";
import { pendingPage } from "../booking/pending";
import { Button } from "../components";
import { t } from "../i18n";
import { FormPage } from "./FormPage";
import { takeOnward } from "./onward";

export default function VerifyPage({ params }: PageProps) {
  const form = useSubmit(
    async () => {
      const answer = await request<Session>("/api/auth/verify", {
        method: "POST",
        auth: "none",
        body: { token: params["token"] },
      });
      session.becomeMember(answer);
      const onward = takeOnward(Date.now());
      navigate(pendingPage(Date.now()) ?? onward ?? "/?new", { replace: true });
    },
    { words: (error) => (isStale(error.status) && !error.body.field ? t("verify.stale") : undefined) },
  );
  return (
    <FormPage
      title={t("verify.title")}
      intro={t("verify.intro")}
      failure={form.failure}
      below={
        form.failure && (
          <p>
            <a href="/login">{t("login.submit")}</a>
          </p>
        )
      }
    >
      <form class="form" onSubmit={form.onSubmit}>
        <Button type="submit" kind="primary" wide busy={form.busy}>
          {t("verify.submit")}
        </Button>
      </form>
    </FormPage>
  );
}

/** How the server says that a one-time link is unknown, used or too old. */
export const isStale = (status: number): boolean => [400, 401, 403, 404, 410].includes(status);
