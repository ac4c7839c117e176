/**
 * The price list: how to pay, then how many coins. Each package is a link or a button of its own,
 * so that one press is enough; who shows the list says what a press does.
 */
import "./topup.css";
import { useId, useState } from "preact/hooks";
import { Badge, Empty, CoinIcon } from "../components";
import { deviceZone } from "../i18n/time";
import { gatewayName, type Offer, type Package, price, t } from "./orders";

export interface PackagesProps {
  offers: readonly Offer[];
  /** Where a package of this gateway is paid, for gateways with a page. */
  address: (offer: Offer, pack: Package) => string;
  /** In a new tab: the page that shows the list must stay. */
  newTab?: boolean;
  /** A package was pressed; for gateways without a page this is all that happens. */
  onChoose: (offer: Offer, pack: Package) => void;
}

export function Packages({ offers, address, newTab = false, onChoose }: PackagesProps) {
  const [chosen, choose] = useState(0);
  const name = useId();
  const [wanted, want] = useState(usualCurrency);
  const offer = offers[chosen] ?? offers[0];
  if (!offer) {
    return (
      <Empty icon={<CoinIcon size={36} />} title={t("buy.closed")}>
        <p>{t("buy.closedHint")}</p>
      </Empty>
    );
  }
  const lists = byCurrency(offer.packages);
  const [currency, packages] = lists.find(([code]) => code === wanted) ?? lists[0] ?? ["", []];
  return (
    <div class="topup">
      {offers.length > 1 && (
        <fieldset class="topup-ways">
          <legend>{t("buy.way")}</legend>
          {offers.map((it, index) => (
            <label key={it.gateway} class="topup-way">
              <input type="radio" name={name} checked={index === chosen} onChange={() => choose(index)} />
              <span class="topup-way-name">{gatewayName(it.gateway)}</span>
              <span class="quiet small">{t(`gateway.${it.gateway}Hint` as "gateway.demoHint")}</span>
            </label>
          ))}
        </fieldset>
      )}
      {lists.length > 1 && (
        <fieldset class="topup-currencies">
          <legend>{t("buy.currency")}</legend>
          {lists.map(([code]) => (
            <label key={code} class="topup-currency">
              <input type="radio" name={`${name}-currency`} checked={code === currency} onChange={() => want(code)} />
              <span>{code}</span>
            </label>
          ))}
        </fieldset>
      )}
      <List offer={offer} packages={packages} address={address} newTab={newTab} onChoose={onChoose} />
      <p class="quiet small">
        {offer.gateway === "demo" ? t("buy.demo") : newTab && !offer.needsPhone ? t("buy.newTab") : offer.needsPhone ? t("phone.hint") : t("buy.leaves", { gateway: gatewayName(offer.gateway) })}
      </p>
    </div>
  );
}

interface ListProps extends Omit<PackagesProps, "offers"> {
  offer: Offer;
  packages: Package[];
}

function List({ offer, packages, address, newTab, onChoose }: ListProps) {
  const best = Math.min(...packages.map((it) => it.priceMinor / it.coins));
  return (
    <ul role="list" class="topup-packages" aria-label={t("buy.packages")}>
      {packages.map((pack) => {
        const cheap = packages.length > 1 && pack.priceMinor / pack.coins === best;
        const inside = (
          <>
            <span class="topup-coins">{t("buy.coins", { coins: pack.coins })}</span>
            {cheap && <Badge kind="good">{t("buy.best")}</Badge>}
            <span class="topup-price">{price(pack.priceMinor, pack.currency)}</span>
          </>
        );
        return (
          <li key={pack.id}>
            {offer.needsPhone ? (
              <button type="button" class="topup-package" onClick={() => onChoose(offer, pack)}>
                {inside}
              </button>
            ) : (
              <a
                class="topup-package"
                href={address(offer, pack)}
                onClick={() => onChoose(offer, pack)}
                {...(newTab ? { target: "_blank", rel: "noopener" } : {})}
              >
                {inside}
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** A guess from the clock's zone; the list has all of them. */
function usualCurrency(): string {
  const zone = deviceZone();
  if (zone === "Africa/Nairobi") return "KES";
  return zone === "Asia/Kolkata" || zone === "Asia/Calcutta" ? "INR" : "USD";
}

/** In the order of the price list. */
function byCurrency(packages: readonly Package[]): [string, Package[]][] {
  const groups = new Map<string, Package[]>();
  for (const pack of packages) groups.set(pack.currency, [...(groups.get(pack.currency) ?? []), pack]);
  return [...groups];
}
