/** Above every page of an admin who must set up two-step login before the admin pages open. */
import { Notice } from "../components";
import { ts } from "./words";
import "./security.css";

export function Due() {
  return (
    <div class="second-factor-due">
      <Notice kind="warn">
        {ts("due")} <a href="/account">{ts("due.link")}</a>
      </Notice>
    </div>
  );
}
