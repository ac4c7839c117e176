/**
 * Where the mail leads that tells of a copy which an operator had made. Opening the page takes nothing,
 * since programs that read mails open links.
 */
import { useEffect, useState } from "preact/hooks";
import { ApiError, request } from "../api";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { Card, Loading } from "../components";
import { t as common } from "../i18n";
import { FailedPage } from "../pages/ErrorPages";
import { isStale } from "../pages/VerifyPage";
import { type Copy, Download } from "./CopyCard";
import { t } from "./words";

export default function MyDataPage({ params }: PageProps) {
  const path = `/api/exports/${encodeURIComponent(params["token"] ?? "")}`;
  const [it, setIt] = useState<Copy | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = () => {
    request<Copy>(path, { auth: "none" }).then((answer) => (setIt(answer), setError(null)), setError);
  };
  useEffect(load, [path]);
  if (error instanceof ApiError && isStale(error.status)) {
    return (
      <div class="stack message-page">
        <PageHead title={t("copy.void")} intro={t("copy.voidWhat")} />
      </div>
    );
  }
  if (error) return <FailedPage error={error} onRetry={load} />;
  if (!it) return <Loading words={common("common.loading")} />;
  return (
    <div class="stack">
      <PageHead title={t("copy.link")} />
      <Card title={t("copy")}>
        <Download it={it} path={`${path}/file`} onTaken={load} />
      </Card>
    </div>
  );
}
