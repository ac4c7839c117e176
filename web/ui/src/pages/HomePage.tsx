import { PageHead } from "../app/PageHead";
import { t } from "../i18n";

export default function HomePage() {
  return <PageHead title={t("product.name")} />;
}
