/** The balance in the header of every page, live. Loaded after the page: nobody waits for it. */
import { place } from "../app/router";
import { CoinIcon } from "../components";
import { usePurse } from "./purse";
import { coins, t } from "./words";

export function WalletBadge() {
  const wallet = usePurse();
  if (!wallet) return null;
  const words = t("badge", { amount: coins(wallet.available) });
  return (
    <a class="wallet-badge" href="/wallet" aria-label={words} aria-current={place.value.path === "/wallet" ? "page" : undefined}>
      <CoinIcon size={18} />
      <span>{coins(wallet.available, { maximumFractionDigits: 2 })}</span>
    </a>
  );
}
