import { PageHead } from "../app/PageHead";
import { t } from "../i18n";

export default function JoinPage() {
  return <PageHead title={t("product.name")} />;
}
