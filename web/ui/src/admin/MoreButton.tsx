/** The button below a list of which the server gives a page at a time. */
import { Button } from "../components";
import { t } from "./words";

export function MoreButton({ busy, more }: { busy: boolean; more: (() => void) | undefined }) {
  if (!more) return null;
  return (
    <div>
      <Button busy={busy} onClick={more}>
        {t("list.more")}
      </Button>
    </div>
  );
}
