/** What stands around a page: the header with the ways on, or the name only, or nothing. */
import type { ComponentChildren } from "preact";
import { type Me, session } from "../api";
import { ButtonLink } from "../components";
import { t } from "../i18n";
import mark from "../styles/icon.svg";
import { LanguageChoice } from "./LanguageChoice";
import { Later } from "./Later";
import { Menu, WayLink } from "./Menu";
import { place } from "./router";
import { MAIN, takesCalls } from "./ways";

type FrameProps = { children: ComponentChildren };

export function AppFrame({ children }: FrameProps) {
  const identity = session.identity.value;
  return (
    <>
      <header class="site-header">
        <div class="site-header-inner">
          <Brand />
          {identity.kind === "member" && <Member key={identity.user.userId} me={identity.user} />}
          {(identity.kind === "stranger" || identity.kind === "guest") && (
            <nav class="site-nav site-nav-end" aria-label={t("frame.nav")}>
              <a href="/login" aria-current={place.value.path === "/login" ? "page" : undefined}>
                {t("frame.login")}
              </a>
              <ButtonLink href="/signup">{t("frame.signup")}</ButtonLink>
            </nav>
          )}
        </div>
      </header>
      {identity.kind === "member" && identity.user.secondFactorDue && <Later load={loadDue} />}
      <main id="main" tabIndex={-1}>{children}</main>
      <LanguageChoice />
      <Later load={loadLegal} />
      <Later load={loadNotice} />
    </>
  );
}

/** One row at every width: where it is narrow, the ways on are in the menu only. */
function Member({ me }: { me: Me }) {
  return (
    <>
      <nav class="site-nav site-nav-wide" aria-label={t("frame.nav")}>
        {MAIN.map((way) => (
          <WayLink key={way.href} way={way} />
        ))}
      </nav>
      <div class="site-tools">
        {takesCalls(me) && <Later load={loadSwitch} />}
        {takesCalls(me) && <Later load={loadRequests} />}
        <Later load={loadUnread} />
        <Later load={loadBell} />
        <Later load={loadPurse} />
        <Menu me={me} />
      </div>
    </>
  );
}

export function PlainFrame({ children }: FrameProps) {
  return (
    <>
      <header class="site-header">
        <div class="site-header-inner narrow">
          <Brand />
        </div>
      </header>
      <main id="main" tabIndex={-1} class="narrow">
        {children}
      </main>
      <LanguageChoice />
      {/* The page of a join link, too: whoever comes there loads no more than they need. */}
      {document.querySelector("meta[name=texts]") && <Later load={loadLegal} />}
    </>
  );
}

export function BareFrame({ children }: FrameProps) {
  return (
    <main id="main" tabIndex={-1} class="bare">
      {children}
    </main>
  );
}

export const texts = () => import("../texts/around");
const loadLegal = () => texts().then((it) => it.Legal);
const loadNotice = () => import("../admin/HouseNotice").then((it) => it.HouseNotice);
const loadDue = () => import("../security/Due").then((it) => it.Due);
const loadPurse = () => import("../money/WalletBadge").then((it) => it.WalletBadge);
const loadUnread = () => import("../messages/Unread").then((it) => it.Unread);
const loadBell = () => import("../notices/Bell").then((it) => it.Bell);
const loadRequests = () => import("../meetings/RequestsBadge").then((it) => it.RequestsBadge);
const loadSwitch = () => import("../hosts/OnlineSwitch").then((it) => it.OnlineSwitch);

function Brand() {
  return (
    <a class="brand" href="/">
      <img src={mark} alt="" width="30" height="30" />
      <span>{t("product.name")}</span>
    </a>
  );
}
