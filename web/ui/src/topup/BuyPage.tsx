/** Buying coins as a page: the price list, and for a phone its number and the wait. */
import "./topup.css";
import { useState } from "preact/hooks";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate } from "../app/router";
import { Card, Loading } from "../components";
import { FailedPage } from "../pages/ErrorPages";
import { newKey, type Offer, type Package, payAddress, t } from "./orders";
import { Packages } from "./Packages";
import { PhoneStep } from "./PhoneStep";

export default function BuyPage() {
  const offers = useFetched<{ offers: Offer[] }>("/api/payment/offers");
  const [phone, setPhone] = useState<{ offer: Offer; pack: Package } | null>(null);
  const [key] = useState(newKey);
  if (offers.error) return <FailedPage error={offers.error} onRetry={() => void offers.reload()} />;
  return (
    <div class="stack topup-page">
      <PageHead title={t("buy.title")} intro={t("buy.intro")} />
      {!offers.data ? (
        <Loading words={t("buy.title")} />
      ) : (
        <Card>
          {phone ? (
            <PhoneStep {...phone} onBack={() => setPhone(null)} onPlaced={(order) => navigate(`/wallet/paid?order=${order.id}`)} />
          ) : (
            <Packages
              offers={offers.data.offers}
              address={(offer, pack) => payAddress(offer.gateway, pack, key)}
              onChoose={(offer, pack) => offer.needsPhone && setPhone({ offer, pack })}
            />
          )}
        </Card>
      )}
    </div>
  );
}
