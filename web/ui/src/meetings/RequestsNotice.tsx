/** That requests wait, where a host looks first; nothing while none do. */
import { ButtonLink, MailIcon } from "../components";
import { tm } from "./words";

export function RequestsNotice({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <div class="requests-notice">
      <MailIcon />
      <p>{tm("request.intro", { count })}</p>
      <ButtonLink kind="primary" href="/requests">
        {tm("request.answer")}
      </ButtonLink>
    </div>
  );
}
