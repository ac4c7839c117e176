/** Stands in the frame of the app and shows nothing itself: it keeps the operator's line above it true. */
import { useEffect } from "preact/hooks";
import { followNotice } from "./house-notice";

export function HouseNotice() {
  useEffect(followNotice, []);
  return null;
}
