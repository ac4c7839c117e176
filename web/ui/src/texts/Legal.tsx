/**
 * At the end of every page: where the terms and the privacy notice stand. And, over it, the question to
 * somebody to whom they are new; its code comes only then.
 */
import { session } from "../api";
import { Later } from "../app/Later";
import { place } from "../app/router";
import "./texts.css";
import { house } from "./house";
import { t } from "./words";

/**
 * Never in a call, which has no such frame, nor where one goes into one; not where the texts stand; and not on
 * the account page, where whoever does not agree erases themselves.
 */
const LEFT_ALONE = /^\/(terms|privacy|account|check|j\/.+|meetings\/.+)$/;

const loadAgain = () => import("./AskAgain").then((it) => it.AskAgain);

export function Legal() {
  const identity = session.identity.value;
  const due = identity.kind === "member" && identity.user.agreementDue && !LEFT_ALONE.test(place.value.path);
  return (
    <>
      <nav class="legal" aria-label={t("legal")}>
        {house()?.kinds.includes("terms") && <a href="/terms">{t("terms")}</a>}
        <a href="/privacy">{t("privacy")}</a>
      </nav>
      {due && <Later load={loadAgain} />}
    </>
  );
}
