/** "Camera Access Required" (R132): says why, shows where the switch is, and tries again. */
import { useEffect, useState } from "preact/hooks";
import { Button, Dialog } from "../components";
import { t } from "../call/words";
import { AccessSteps } from "./FaultNotice";
import { isRefusal } from "./faults";
import type { LocalMedia } from "./local-media";

export function AccessDialog({ media, open, onClose }: { media: LocalMedia; open: boolean; onClose: () => void }) {
  const [steps, setSteps] = useState(false);
  const faults = [media.microphone.value.fault, media.camera.value.fault];
  const refused = faults.some(isRefusal);
  useEffect(() => {
    if (open && !refused) onClose();
  }, [open, refused]);
  const retry = () =>
    void media.start({
      audio: media.microphone.value.fault !== undefined,
      video: media.camera.value.fault !== undefined,
    });
  return (
    <Dialog
      open={open && refused}
      title={t("access.title")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("access.cancel")}</Button>
          {steps ? (
            <Button kind="primary" onClick={retry}>
              {t("fault.retry")}
            </Button>
          ) : (
            <Button kind="primary" onClick={() => setSteps(true)}>
              {t("access.open")}
            </Button>
          )}
        </>
      }
    >
      <p>{t("access.body")}</p>
      <div aria-live="polite">{steps && <AccessSteps system={faults.includes("denied-by-system")} />}</div>
    </Dialog>
  );
}
