/** Why a camera or microphone is not there, as one word each; the page has sentences for them. */
export type MediaFault =
  /** Not https and not localhost: the browser does not even ask. */
  | "insecure"
  | "unsupported"
  /** The person, or an earlier answer, said no. */
  | "denied"
  /** The operating system says no to the browser. */
  | "denied-by-system"
  /** No such device. */
  | "missing"
  /** Another program holds it. */
  | "busy"
  | "failed";

/** What the browser's exception means. */
export function faultOf(error: unknown): MediaFault {
  const { name, message } = error as { name?: string; message?: string };
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
      return /system/i.test(message ?? "") ? "denied-by-system" : "denied";
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}

/** Before asking: whether asking is possible at all. */
export function surroundingsFault(): MediaFault | undefined {
  if (globalThis.isSecureContext === false) return "insecure";
  if (typeof navigator === "undefined" || navigator.mediaDevices?.getUserMedia === undefined) return "unsupported";
  return undefined;
}

/** Asking again can help without leaving the page. */
export const isRefusal = (fault: MediaFault | undefined): boolean => fault === "denied" || fault === "denied-by-system";
