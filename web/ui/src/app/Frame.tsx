/** What stands around a page: the header with the ways on, or the name only, or nothing. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { session } from "../api";
import { ButtonLink } from "../components";
import { t } from "../i18n";
import mark from "../styles/icon.svg";
import { LanguageChoice } from "./LanguageChoice";
import { th } from "../hosts/words";
import { place } from "./router";

type FrameProps = { children: ComponentChildren };

export function AppFrame({ children }: FrameProps) {
  const identity = session.identity.value;
  return (
    <>
      <header class="site-header">
        <div class="site-header-inner">
          <Brand />
          {identity.kind === "member" && <Purse key={identity.user.userId} />}
          {identity.kind === "member" && (
            <nav class="site-nav" aria-label={t("frame.nav")}>
              <NavLink href="/">{t("frame.meetings")}</NavLink>
              <NavLink href="/hosts">{th("nav")}</NavLink>
              <NavLink href="/calls">{t("frame.calls")}</NavLink>
              {identity.user.role === "admin" && <NavLink href="/admin/hosts">{t("frame.hosts")}</NavLink>}
              {identity.user.role === "admin" && <NavLink href="/admin/live">{t("frame.live")}</NavLink>}
              {identity.user.role === "admin" && <NavLink href="/admin/books">{t("frame.books")}</NavLink>}
              <NavLink href="/account">{t("frame.account")}</NavLink>
            </nav>
          )}
          {(identity.kind === "stranger" || identity.kind === "guest") && (
            <nav class="site-nav" aria-label={t("frame.nav")}>
              <NavLink href="/login">{t("frame.login")}</NavLink>
              <ButtonLink href="/signup">{t("frame.signup")}</ButtonLink>
            </nav>
          )}
        </div>
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
      <LanguageChoice />
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

type PurseView = typeof import("../money/WalletBadge").WalletBadge;

/** The balance, live. Its code comes after the page. */
function Purse() {
  const [badge, setBadge] = useState<{ View: PurseView } | null>(null);
  useEffect(() => {
    void import("../money/WalletBadge").then((it) => setBadge({ View: it.WalletBadge }), () => {});
  }, []);
  return badge && <badge.View />;
}

function Brand() {
  return (
    <a class="brand" href="/">
      <img src={mark} alt="" width="30" height="30" />
      <span>{t("product.name")}</span>
    </a>
  );
}

function NavLink({ href, children }: { href: string; children: ComponentChildren }) {
  return (
    <a href={href} aria-current={place.value.path === href ? "page" : undefined}>
      {children}
    </a>
  );
}
