/** The words of moderation, hands, reactions, recording and what comes after the call. */
import english from "../i18n/en/room.json";
import { type Key, translator } from "../i18n/translate";

export const tr = translator("room", english);
export type RoomWords = Key<typeof english>;
