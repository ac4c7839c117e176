import { useState } from "preact/hooks";
import { type ApiError, request, type Session, session } from "../api";
import { useSubmit } from "../app/hooks";
import { navigate, type PageProps } from "../app/router";
import { Button, PasswordField, toast } from "../components";
import { t } from "../i18n";
import { SecondStep, wantsCode } from "../security/SecondStep";
import { FormPage } from "./FormPage";
import { PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN } from "./limits";
import { isStale } from "./VerifyPage";

async function reset(body: { token: string | undefined; password: string; code?: string }): Promise<void> {
  const answer = await request<Session>("/api/auth/reset", { method: "POST", auth: "none", body });
  session.becomeMember(answer);
  navigate("/", { replace: true });
  toast(t("reset.done"));
}

const stale = (error: ApiError) => (isStale(error.status) && error.body.field !== "password" ? t("reset.stale") : undefined);

export default function ResetPage({ params }: PageProps) {
  const token = params["token"];
  /** Set when a code of the second factor is wanted, too. */
  const [password, setPassword] = useState<string | null>(null);
  return password === null ? (
    <NewPassword token={token} onTyped={setPassword} />
  ) : (
    <SecondStep onCode={(code) => reset({ token, password, code })} onBack={() => setPassword(null)} words={stale} />
  );
}

function NewPassword({ token, onTyped }: { token: string | undefined; onTyped: (password: string) => void }) {
  const form = useSubmit(
    async (values) => {
      const password = values.secret("password");
      try {
        await reset({ token, password });
      } catch (cause) {
        if (!wantsCode(cause)) throw cause;
        onTyped(password);
      }
    },
    { fields: ["password"], words: stale },
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
