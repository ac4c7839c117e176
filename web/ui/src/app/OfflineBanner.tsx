import { signal } from "@preact/signals";
import { OfflineIcon } from "../components";
import { t } from "../i18n";

const online = signal(typeof navigator === "undefined" || navigator.onLine !== false);
if (typeof window !== "undefined") {
  window.addEventListener("online", () => (online.value = true));
  window.addEventListener("offline", () => (online.value = false));
}

/** Stands always, speaks only without a network: a region that appears with its text is not read. */
export function OfflineBanner() {
  return (
    <div role="status">
      {!online.value && (
        <div class="offline">
          <OfflineIcon size={18} />
          {t("frame.offline")}
        </div>
      )}
    </div>
  );
}
