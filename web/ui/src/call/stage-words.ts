/** The words of the stage: panels, the overflow menu, shortcuts, layouts. A catalogue of their own. */
import { type Key, translator } from "../i18n/translate";
import english from "../i18n/en/stage.json";

export const ts = translator("stage", english);
export type StageWords = Key<typeof english>;
