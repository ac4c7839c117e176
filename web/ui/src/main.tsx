import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/app.css";
import "./styles/pages.css";
import { render } from "preact";
import { followOtherTabs, session } from "./api";
import { App } from "./app/App";
import { startRouter } from "./app/router";
import { routes } from "./app/routes";
import { language } from "./i18n";

const root = document.getElementById("app");
if (root) {
  document.documentElement.lang = language;
  startRouter(routes);
  followOtherTabs();
  void session.restore();
  render(<App routes={routes} />, root);
}
