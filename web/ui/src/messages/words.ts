/** The words of messages between two people. What is said inside a thread has `chat`'s words. */
import { translator } from "../i18n/translate";
import english from "../i18n/en/messages.json";
import type { components } from "../generated/rest";

export const tm = translator("messages", english);

export type Entry = components["schemas"]["ConversationBody"];
export type Hits = components["schemas"]["HitList"];
