/** The way to report somebody. What one fills in comes when it is asked for. */
import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { session } from "../api";
import { errorWords } from "../app/errors";
import { Button, toast } from "../components";
import type { ReportDialogProps } from "./ReportDialog";
import { tp } from "./words";

export type ReportButtonProps = Omit<ReportDialogProps, "onClose">;

/** Only who has an account reports, and nobody themselves. */
export function mayReport(userId: string): boolean {
  const identity = session.identity.value;
  return identity.kind === "member" && identity.user.userId !== userId;
}

export function ReportButton(report: ReportButtonProps) {
  const [asking, setAsking] = useState(false);
  if (!mayReport(report.userId)) return null;
  return (
    <>
      <Button kind="quiet" aria-label={tp("report.named", { name: report.name })} onClick={() => setAsking(true)}>
        {tp("report")}
      </Button>
      {asking && <LazyReport {...report} onClose={() => setAsking(false)} />}
    </>
  );
}

/** The dialog, once its code is there. */
export function LazyReport(props: ReportDialogProps) {
  const [Shown, setShown] = useState<ComponentType<ReportDialogProps> | null>(null);
  const [asked, setAsked] = useState(false);
  if (!asked) {
    setAsked(true);
    import("./ReportDialog").then(
      ({ ReportDialog }) => setShown(() => ReportDialog),
      (cause: unknown) => {
        toast(errorWords(cause));
        props.onClose();
      },
    );
  }
  return Shown === null ? null : <Shown {...props} />;
}
