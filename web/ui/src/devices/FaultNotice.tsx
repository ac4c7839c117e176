/** A device that is not there, and what a person can do about it. */
import { Button, Notice } from "../components";
import { t, tOr } from "../call/words";
import { browserOf } from "./browser";
import { isRefusal } from "./faults";
import type { LocalMedia } from "./local-media";

/** One notice for both when they share the fault, else one each. */
export function FaultNotices({ media, onHow }: { media: LocalMedia; onHow?: () => void }) {
  const microphone = media.microphone.value.fault;
  const camera = media.camera.value.fault;
  if (microphone === undefined && camera === undefined) return null;
  const retry = () => void media.start({ audio: microphone !== undefined, video: camera !== undefined });
  const both = microphone === camera && isRefusal(microphone);
  return (
    <Notice kind="warn">
      <div class="stack-tight">
        {both && <p>{t("fault.denied.title")}</p>}
        {!both && camera !== undefined && <p>{tOr(`fault.${camera}.video`, "fault.failed.video")}</p>}
        {!both && microphone !== undefined && <p>{tOr(`fault.${microphone}.audio`, "fault.failed.audio")}</p>}
        <div class="row">
          <Button onClick={retry}>{t("fault.retry")}</Button>
          {onHow && (isRefusal(camera) || isRefusal(microphone)) && (
            <Button kind="quiet" onClick={onHow}>
              {t("fault.how")}
            </Button>
          )}
        </div>
      </div>
    </Notice>
  );
}

/** Where this browser has its switch. */
export function AccessSteps({ system }: { system: boolean }) {
  const browser = browserOf(navigator.userAgent);
  return (
    <div class="stack-tight">
      <p>{t("access.cannotOpen")}</p>
      <p>
        <strong>{tOr(`access.steps.${browser}`, "access.steps.unknown")}</strong>
      </p>
      {system && <p class="quiet">{t("access.system")}</p>}
    </div>
  );
}
