/** The three questions of a call (R149, R150 and leaving), one at a time. */
import { Button, Dialog } from "../components";
import type { CallSession } from "./session";
import { tl } from "./link-words";
import { t } from "./words";

export function FailedDialog({ call, open }: { call: CallSession; open: boolean }) {
  return (
    <Dialog
      open={open}
      title={t("failed.title")}
      onClose={() => call.retry()}
      dismissible={false}
      actions={
        <>
          <Button onClick={() => void call.leave()}>{t("failed.end")}</Button>
          <Button onClick={() => call.retryWithAudio()}>{tl("failed.audio")}</Button>
          <Button kind="primary" onClick={() => call.retry()}>
            {t("failed.retry")}
          </Button>
        </>
      }
    >
      <p>{t("failed.body")}</p>
    </Dialog>
  );
}

export function PartnerLeftDialog({ call, open }: { call: CallSession; open: boolean }) {
  const wait = () => call.dismissPartnerLeft();
  return (
    <Dialog
      open={open}
      title={t("left.title")}
      onClose={wait}
      actions={
        <>
          <Button onClick={() => void call.leave()}>{t("left.end")}</Button>
          <Button kind="primary" onClick={wait}>
            {t("left.wait")}
          </Button>
        </>
      }
    >
      <p>{t("left.body", { name: call.partner.value ?? "" })}</p>
    </Dialog>
  );
}

/** Only who may end it for all is asked; everybody else just leaves and may come back. */
export function EndingDialog({ call, open, onClose }: { call: CallSession; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      title={t("ending.title")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("ending.cancel")}</Button>
          <Button onClick={() => void call.leave()}>{t("ending.leave")}</Button>
          <Button kind="danger" onClick={() => void call.endForAll().catch(() => void call.leave())}>
            {t("ending.all")}
          </Button>
        </>
      }
    >
      <p>{t("ending.body")}</p>
    </Dialog>
  );
}
