/** The words of notifications. Facts come from the server; they are said here, in the reader's language. */
import type { Notice } from "../generated/protocol";
import english from "../i18n/en/notices.json";
import { translator } from "../i18n/translate";
import { pairId } from "../messages/inbox";

export const tn = translator("notices", english);

/** One as it was fetched, or as it came. */
type Facts = Pick<Notice, "kind" | "name"> & { aboutId?: string | null | undefined };

export const said = (it: Facts): string => tn(`kind.${it.kind}`, { name: it.name });

/** Where one goes on from there. */
export function placeOf(it: Facts, me: string): string {
  const id = it.aboutId ?? "";
  switch (it.kind) {
    case "message":
      return `/messages/${pairId(me, id)}`;
    case "review":
      return `/hosts/${me}`;
    case "report":
      return "/admin/reports";
    case "payment":
      return "/wallet";
    default:
      return `/meetings/${id}`;
  }
}
