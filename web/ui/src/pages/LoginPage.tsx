import { useState } from "preact/hooks";
import { request, type Session, session } from "../api";
import { useSubmit } from "../app/hooks";
import { place } from "../app/router";
import { Button, Field, Notice, PasswordField } from "../components";
import { t } from "../i18n";
import { SecondStep, wantsCode } from "../security/SecondStep";
import { usePatience } from "../security/usePatience";
import { FormPage } from "./FormPage";
import { EMAIL_CHARS_MAX } from "./limits";
import { leadingOn } from "./onward";

interface Credentials {
  email: string;
  password: string;
}

async function logIn(body: Credentials & { code?: string }): Promise<void> {
  const answer = await request<Session>("/api/auth/login", { method: "POST", auth: "none", body });
  session.becomeMember(answer); // the route is for strangers: the app goes on to where `next` says
}

export default function LoginPage() {
  /** Set when the password was right and a code is wanted, too. */
  const [typed, setTyped] = useState<Credentials | null>(null);
  return typed === null ? (
    <Password onTyped={setTyped} />
  ) : (
    <SecondStep onCode={(code) => logIn({ ...typed, code })} onBack={() => setTyped(null)} words={wrong} />
  );
}

const wrong = (error: { status: number }) => (error.status === 401 ? t("login.wrong") : undefined);

function Password({ onTyped }: { onTyped: (typed: Credentials) => void }) {
  const patience = usePatience();
  const form = useSubmit(
    async (values) => {
      const typed = { email: values.text("email"), password: values.secret("password") };
      try {
        await logIn(typed);
      } catch (cause) {
        if (!wantsCode(cause)) throw cause;
        onTyped(typed);
      }
    },
    { words: (error) => (patience.note(error), wrong(error)) },
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
        <Button type="submit" kind="primary" wide busy={form.busy} disabled={patience.resting}>
          {t("login.submit")}
        </Button>
      </form>
    </FormPage>
  );
}
