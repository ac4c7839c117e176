/** The pages for an address that nothing answers and for what could not be loaded. */
import { ApiError } from "../api/error";
import { PageHead } from "../app/PageHead";
import { Button, ButtonLink } from "../components";
import { t } from "../i18n";

export function NotFoundPage() {
  return (
    <div class="stack message-page">
      <PageHead title={t("notFound.title")} intro={t("notFound.intro")} />
      <div>
        <ButtonLink kind="primary" href="/">
          {t("notFound.home")}
        </ButtonLink>
      </div>
    </div>
  );
}

/** The page's code did not come: mostly the server is away or was just updated. */
export function BrokenPage() {
  return (
    <div class="stack message-page">
      <PageHead title={t("broken.title")} intro={t("broken.intro")} />
      <div>
        <Button kind="primary" onClick={() => location.reload()}>
          {t("broken.reload")}
        </Button>
      </div>
    </div>
  );
}

/** What the page shows could not be fetched. A thing that is not there gets the other page. */
export function FailedPage({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return <NotFoundPage />;
  return (
    <div class="stack message-page">
      <PageHead title={t("failed.title")} intro={t("failed.intro")} />
      <div>
        <Button kind="primary" onClick={onRetry}>
          {t("common.retry")}
        </Button>
      </div>
    </div>
  );
}
