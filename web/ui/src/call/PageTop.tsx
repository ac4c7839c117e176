/** The name of the product above the pages around a call; the call itself has the whole screen. */
import { t } from "../i18n";
import mark from "../styles/icon.svg";

export function PageTop() {
  return (
    <div class="site-header call-top">
      <div class="site-header-inner">
        <a class="brand" href="/">
          <img src={mark} alt="" width="30" height="30" />
          {t("product.name")}
        </a>
      </div>
    </div>
  );
}
