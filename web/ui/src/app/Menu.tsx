/** The menu of a member: a button in the header, and below it every way on, in groups. */
import type { Me } from "../api";
import { Avatar, Button, Popover } from "../components";
import { t } from "../i18n";
import { leave } from "./leave";
import { place } from "./router";
import { MAIN, operator, own, type Way } from "./ways";

export function Menu({ me }: { me: Me }) {
  const { path } = place.value;
  return (
    // Another page: a closed menu.
    <Popover key={path} label={t("frame.menu")} sign={<Avatar name={me.name} />}>
      {(close, id) => (
        <nav class="menu-panel" id={id} aria-label={t("frame.menu")} onClick={(event) => event.target instanceof HTMLAnchorElement && close()}>
          <p class="menu-who">
            <strong>{me.name}</strong>
            <span class="quiet small">{me.email}</span>
          </p>
          <Ways ways={MAIN} only="narrow" />
          <Ways ways={own(me)} />
          <Ways ways={operator(me)} />
          <Button kind="quiet" wide onClick={() => void leave()}>
            {t("account.logout")}
          </Button>
        </nav>
      )}
    </Popover>
  );
}

function Ways({ ways, only }: { ways: readonly Way[]; only?: "narrow" }) {
  if (ways.length === 0) return null;
  return (
    <div class={only ? "menu-group menu-narrow" : "menu-group"}>
      <ul role="list">
        {ways.map((way) => (
          <li key={way.href}>
            <WayLink way={way} />
          </li>
        ))}
      </ul>
    </div>
  );
}

export function WayLink({ way }: { way: Way }) {
  return (
    <a href={way.href} aria-current={place.value.path === way.href ? "page" : undefined}>
      {t(way.words)}
    </a>
  );
}
