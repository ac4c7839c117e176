/** The words around terms and privacy notice, and the shapes of their requests. */
import type { components } from "../generated/rest";
import english from "../i18n/en/texts.json";
import { translator } from "../i18n/translate";
import type { Kind } from "./house";

export const t = translator("texts", english);

export type Text = components["schemas"]["TextBody"];
export type Texts = components["schemas"]["TextsBody"];
export type Agreement = components["schemas"]["AgreementBody"];

/** Which sentence fits to the texts that there are. */
export const which = (kinds: readonly Kind[]): "both" | Kind => (kinds.length > 1 ? "both" : (kinds[0] ?? "terms"));
