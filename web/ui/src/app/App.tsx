/** From the address and the person to a page in its frame. Decides who may see what, nothing else. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { session } from "../api";
import type { Identity } from "../api/session";
import { Loading, Toasts } from "../components";
import { t } from "../i18n";
import { BrokenPage, NotFoundPage } from "../pages/ErrorPages";
import { AppFrame, BareFrame, PlainFrame } from "./Frame";
import { OfflineBanner } from "./OfflineBanner";
import { findRoute, navigate, type Page, type Params, place, type Route, safeNext } from "./router";

export function App({ routes }: { routes: readonly Route[] }) {
  const found = findRoute(routes, place.value.path);
  return (
    <>
      <a class="skip" href="#main">
        {t("frame.skip")}
      </a>
      <OfflineBanner />
      {found ? (
        <Routed key={found.route.pattern} route={found.route} params={found.params} />
      ) : (
        <AppFrame>
          <NotFoundPage />
        </AppFrame>
      )}
      <CallLayer />
      <Toasts />
    </>
  );
}

type LayerView = typeof import("../paid/CallLayer").CallLayer;

/** Rings on every page of a member; its code comes when somebody is signed in. */
function CallLayer() {
  const identity = session.identity.value;
  const user = identity.kind === "member" ? identity.user.userId : null;
  const [layer, setLayer] = useState<{ View: LayerView } | null>(null);
  useEffect(() => {
    if (user !== null) void import("../paid/CallLayer").then((it) => setLayer({ View: it.CallLayer }), () => {});
  }, [user]);
  return user !== null && layer !== null ? <layer.View key={user} /> : null;
}

function Routed({ route, params }: { route: Route; params: Params }) {
  const verdict = mayEnter(route.access, session.identity.value);
  const elsewhere = verdict === "login" ? loginAddress() : verdict === "home" ? safeNext(place.value.query.get("next")) : null;
  useEffect(() => {
    if (elsewhere !== null) navigate(elsewhere, { replace: true });
  }, [elsewhere]);
  const Frame = { app: AppFrame, plain: PlainFrame, bare: BareFrame }[route.frame];
  return (
    <Frame>
      {verdict === "enter" && <Loaded key={JSON.stringify(params)} route={route} params={params} />}
      {verdict === "unknown-address" && <NotFoundPage />}
      {(verdict === "wait" || elsewhere !== null) && <Loading words={t("common.loading")} />}
    </Frame>
  );
}

type Verdict = "enter" | "wait" | "login" | "home" | "unknown-address";

/** Only for showing: what a person may read or do is decided by the server, every time. */
export function mayEnter(access: Route["access"], identity: Identity): Verdict {
  if (access === "anyone") return "enter";
  if (identity.kind === "unknown") return "wait";
  const member = identity.kind === "member" ? identity.user : null;
  if (access === "stranger") return member ? "home" : "enter";
  if (!member) return "login";
  return access === "admin" && member.role !== "admin" ? "unknown-address" : "enter";
}

function loginAddress(): string {
  const { path, query } = place.value;
  const search = query.size > 0 ? `?${query}` : "";
  return path === "/" ? "/login" : `/login?next=${encodeURIComponent(path + search)}`;
}

/** All pages of the operator stand in one frame; nobody else loads it. */
const loadPage = async ({ access, page }: Route): Promise<Page> => {
  const [file, admin] = await Promise.all([page(), access === "admin" && import("../admin/AdminFrame")]);
  return admin ? admin.framed(file.default) : file.default;
};

/** Fetches the page's own code; a failure of that (an update of the server, no network) has words. */
function Loaded({ route, params }: { route: Route; params: Params }): ComponentChildren {
  const [page, setPage] = useState<{ Page: Page } | "failed" | null>(null);
  useEffect(() => {
    let wanted = true;
    loadPage(route).then(
      (it) => wanted && setPage({ Page: it }),
      () => wanted && setPage("failed"),
    );
    return () => {
      wanted = false;
    };
  }, [route]);
  if (page === null) return <Loading words={t("common.loading")} />;
  if (page === "failed") return <BrokenPage />;
  return <page.Page params={params} />;
}
