/**
 * What a close code means: try again, or stop and say why. One table, mirrored from PROTOCOL.md.
 * 40xx: reconnect with backoff. 45xx: do not reconnect.
 */
/** Why a socket will not come back by itself; the page turns it into words. */
export type StopReason =
  | "closed" // we closed it
  | "signed-out" // the token is no longer good for anything: log in (or open the link) again
  | "revoked" // logged out elsewhere, password changed, removed by an admin
  | "forbidden"
  | "replaced" // the same device opened another socket; that one lives
  | "too-many-devices"
  | "protocol"; // the server does not understand us, twice

export type Verdict =
  { kind: "retry"; atLeastMs: number; refreshToken: boolean; once: boolean } | { kind: "stop"; reason: StopReason };

const retry = (atLeastMs = 0, refreshToken = false, once = false): Verdict => ({
  kind: "retry",
  atLeastMs,
  refreshToken,
  once,
});
const stop = (reason: StopReason): Verdict => ({ kind: "stop", reason });

/** The verdict of a close that the other side, or the network, caused. */
export function verdictOf(code: number): Verdict {
  switch (code) {
    case 1000:
      return stop("closed");
    case 1002: // protocol error
    case 1003: // binary
    case 1007: // not UTF-8
    case 1009: // too big
      return retry(0, false, true);
    case 1013: // overloaded
      return retry(5_000);
    case 4029: // rate limited
      return retry(30_000);
    case 4031: // token expired
      return retry(0, true);
    case 4500: // bad request, repeatedly
      return stop("protocol");
    case 4501: // unauthenticated
      return stop("signed-out");
    case 4503:
      return stop("forbidden");
    case 4509:
      return stop("replaced");
    case 4510:
      return stop("too-many-devices");
    case 4511:
      return stop("revoked");
    default:
      // 45xx that we do not know yet still means "do not come back".
      return code >= 4500 && code < 4600 ? stop("forbidden") : retry();
  }
}
