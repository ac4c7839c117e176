import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/app.css";
import "./styles/pages.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { followOtherTabs, session } from "./api";
import { App } from "./app/App";
import { prepareToInstall } from "./app/install";
import { startRouter } from "./app/router";
import { routes } from "./app/routes";
import { bestOf, preferred, speak } from "./i18n";

const root = document.getElementById("app");
if (root) {
  prepareToInstall();
  startRouter(routes);
  followOtherTabs();
  void session.restore();
  // Nobody reads a page in two languages: it waits for its words, which are one small file.
  void speak(preferred()).then(() => render(<App routes={routes} />, root));
  effect(() => {
    const identity = session.identity.value;
    if (identity.kind === "member") void speak(bestOf([identity.user.language]));
  });
}
