/** What an admin decides about the books, each in a dialog of its own. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { request } from "../api";
import { FieldProblem, type Submission, useSubmit } from "../app/hooks";
import { Button, Dialog, Field, Notice, TextArea, toast } from "../components";
import type { components } from "../generated/rest";
import { coins, inCoins, parseCoins, t } from "./words";

type Dispute = components["schemas"]["DisputeBody"];
export type HostPayout = components["schemas"]["HostPayoutBody"];

interface Over {
  onClose: () => void;
  onDone: () => Promise<void>;
}

interface AskProps extends Over {
  open: boolean;
  title: string;
  send: string;
  danger?: boolean;
  submission: Submission;
  children: ComponentChildren;
}

function Ask({ open, title, send, danger, submission, onClose, children }: Omit<AskProps, "onDone">) {
  const id = useId();
  return (
    <Dialog
      open={open}
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind={danger ? "danger" : "primary"} type="submit" form={id} busy={submission.busy}>
            {send}
          </Button>
        </>
      }
    >
      <form id={id} class="form" onSubmit={submission.onSubmit} noValidate>
        {children}
        {submission.failure && <Notice kind="danger">{submission.failure}</Notice>}
      </form>
    </Dialog>
  );
}

export function DecideDialog({ dispute, onClose, onDone }: Over & { dispute: Dispute | null }) {
  const paid = dispute?.charged ?? 0;
  const submission = useSubmit(
    async (values) => {
      const refund = parseCoins(values.text("refund"));
      if (refund === null || refund < 0 || refund > paid) throw new FieldProblem("refund", t("disputes.range", { amount: inCoins(paid) }));
      const path = `/api/admin/disputes/${encodeURIComponent(dispute?.callId ?? "")}`;
      await request(path, { method: "POST", body: { refund, note: values.text("note") } });
      onClose();
      toast(t("disputes.done"));
      await onDone();
    },
    { fields: ["refund", "note"] },
  );
  return (
    <Ask open={dispute !== null} title={t("disputes.decide")} send={t("disputes.send")} submission={submission} onClose={onClose}>
      {dispute && (
        <>
          <p>{t("disputes.line", { client: dispute.clientName, host: dispute.hostName, amount: inCoins(dispute.charged) })}</p>
          <blockquote class="words">{dispute.reason}</blockquote>
          <Field
            label={t("disputes.refund")}
            name="refund"
            inputMode="decimal"
            autocomplete="off"
            defaultValue={coins(dispute.charged, { useGrouping: false })}
            hint={t("disputes.range", { amount: inCoins(dispute.charged) })}
            error={submission.fieldError("refund")}
          />
          <TextArea label={t("disputes.note")} name="note" maxLength={1000} hint={t("disputes.noteHint")} error={submission.fieldError("note")} />
        </>
      )}
    </Ask>
  );
}

export function PaidDialog({ payout, onClose, onDone }: Over & { payout: HostPayout | null }) {
  const submission = useSubmit(
    async (values) => {
      const path = `/api/admin/payouts/${encodeURIComponent(payout?.payout.id ?? "")}/paid`;
      await request(path, { method: "POST", body: { reference: values.text("reference") } });
      onClose();
      toast(t("payouts.paidDone"));
      await onDone();
    },
    { fields: ["reference"], words: (error) => (error.status === 409 ? error.body.message : undefined) },
  );
  return (
    <Ask open={payout !== null} title={t("payouts.paidTitle")} send={t("payouts.paid")} submission={submission} onClose={onClose}>
      {payout && (
        <>
          <p>{t("payouts.paidWords", { name: payout.hostName, amount: inCoins(payout.payout.amount) })}</p>
          <Field label={t("payouts.reference")} name="reference" maxLength={200} autocomplete="off" error={submission.fieldError("reference")} />
        </>
      )}
    </Ask>
  );
}

export function VoidDialog({ payout, onClose, onDone }: Over & { payout: HostPayout | null }) {
  const submission = useSubmit(
    async (values) => {
      const path = `/api/admin/payouts/${encodeURIComponent(payout?.payout.id ?? "")}/void`;
      await request(path, { method: "POST", body: { reason: values.text("reason") } });
      onClose();
      toast(t("payouts.voidDone"));
      await onDone();
    },
    { fields: ["reason"] },
  );
  return (
    <Ask open={payout !== null} title={t("payouts.voidTitle")} send={t("payouts.void")} danger submission={submission} onClose={onClose}>
      {payout && (
        <>
          <p>{t("payouts.voidWords", { name: payout.hostName, amount: inCoins(payout.payout.amount) })}</p>
          <Field label={t("payouts.reason")} name="reason" maxLength={200} autocomplete="off" error={submission.fieldError("reason")} />
        </>
      )}
    </Ask>
  );
}
