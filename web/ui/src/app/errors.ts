/** One table from a failure to words for the person who sees it. */
import { ApiError } from "../api/error";
import { t } from "../i18n";
import { lengthInWords } from "../i18n/time";

export function errorWords(cause: unknown): string {
  if (!(cause instanceof ApiError)) return t("error.unknown");
  switch (cause.code) {
    case "unreachable":
      return t("error.unreachable");
    case "rate_limited":
      return cause.body.retryAfterMs && cause.body.retryAfterMs >= 60_000
        ? t("error.rate_limitedFor", { wait: lengthInWords(cause.body.retryAfterMs / 1000) })
        : t("error.rate_limited");
    case "unavailable":
      return t("error.unavailable");
    case "read_only":
      return t("error.read_only");
    case "internal":
      // The operator finds the log's lines by it.
      return [t("error.internal"), cause.body.requestId && `(${cause.body.requestId})`].filter(Boolean).join(" ");
    case "forbidden":
      return t("error.forbidden");
    case "not_found":
      return t("error.not_found");
    default:
      return cause.body.message || t("error.unknown"); // the server's words name the field's trouble
  }
}
