import { PageHead } from "../app/PageHead";
import { ButtonLink, CameraIcon, LockIcon, MailIcon, UserIcon } from "../components";
import { t } from "../i18n";

/** For who comes without a login: what this place is, and the two ways in. */
export function Welcome() {
  return (
    <div class="stack-wide welcome">
      <div class="welcome-head">
        <PageHead title={t("welcome.title")} intro={t("welcome.intro")} />
        <div class="form-actions">
          <ButtonLink kind="primary" href="/login">
            {t("welcome.login")}
          </ButtonLink>
          <ButtonLink href="/signup">{t("welcome.signup")}</ButtonLink>
        </div>
      </div>
      <section class="welcome-invited">
        <MailIcon size={24} />
        <div>
          <h2>{t("welcome.invitedTitle")}</h2>
          <p>{t("welcome.invited")}</p>
        </div>
      </section>
      <ul role="list" class="welcome-points">
        <li>
          <LockIcon size={24} />
          <h2>{t("welcome.privateTitle")}</h2>
          <p>{t("welcome.private")}</p>
        </li>
        <li>
          <UserIcon size={24} />
          <h2>{t("welcome.calmTitle")}</h2>
          <p>{t("welcome.calm")}</p>
        </li>
        <li>
          <CameraIcon size={24} />
          <h2>{t("welcome.testTitle")}</h2>
          <p>{t("welcome.test")}</p>
          <p>
            <a href="/check">{t("welcome.testLink")}</a>
          </p>
        </li>
      </ul>
    </div>
  );
}
