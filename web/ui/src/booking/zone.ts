/** The zone in which this tab shows times: the device's, until its reader chooses another. */
import { signal } from "@preact/signals";
import { deviceZone } from "../i18n/time";

const KEPT = "parlor.zone";

export const zone = signal(kept() ?? deviceZone());

export function chooseZone(chosen: string): void {
  zone.value = chosen;
  try {
    sessionStorage.setItem(KEPT, chosen);
  } catch {
    // it holds until the next reload
  }
}

function kept(): string | null {
  try {
    const name = sessionStorage.getItem(KEPT);
    if (name !== null) new Intl.DateTimeFormat("en", { timeZone: name });
    return name;
  } catch {
    return null;
  }
}
