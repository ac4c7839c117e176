/** Which browser this is, only to tell people where its switch for the camera is. */
export type Browser = "chrome" | "chrome-android" | "edge" | "firefox" | "safari" | "safari-ios" | "other";

export function browserOf(userAgent: string): Browser {
  if (/iPhone|iPad|iPod/.test(userAgent)) return "safari-ios";
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Edg\//.test(userAgent)) return "edge";
  if (/Chrome\/|Chromium\//.test(userAgent)) return /Android/.test(userAgent) ? "chrome-android" : "chrome";
  if (/Safari\//.test(userAgent)) return "safari";
  return "other";
}
