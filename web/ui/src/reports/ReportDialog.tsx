/**
 * Telling those who run the place about somebody: what is wrong, in one's own words, with the messages
 * that it is about. Says who reads it before anything is sent, and offers to block the other at once.
 */
import { useState } from "preact/hooks";
import { ApiError, request } from "../api";
import { useSubmit } from "../app/hooks";
import { Button, Dialog, Notice, Select, Switch, TextArea, toast } from "../components";
import type { ChatMessage } from "../generated/protocol";
import { clockTime, shortDate } from "../i18n/time";
import "./reports.css";
import { REASONS, reasonWords, tp } from "./words";

export interface ReportDialogProps {
  userId: string;
  name: string;
  conversationId?: string | undefined;
  roomId?: string | undefined;
  /** Messages of the other that may be attached, oldest first. */
  messages?: readonly ChatMessage[] | undefined;
  /** The one that was pointed at. */
  chosen?: number | undefined;
  onClose: () => void;
  onBlocked?: (() => void) | undefined;
}

export function ReportDialog({ userId, name, conversationId, roomId, messages = [], chosen, onClose, onBlocked }: ReportDialogProps) {
  const [reason, setReason] = useState("");
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set(chosen === undefined ? [] : [chosen]));
  const [block, setBlock] = useState(false);
  const form = useSubmit(
    async (values) => {
      const body = { userId, reason, text: values.text("text"), conversationId, roomId, messages: [...picked] };
      await request("/api/reports", { method: "POST", body });
      if (block) {
        await request(`/api/me/blocks/${encodeURIComponent(userId)}`, { method: "PUT" });
        onBlocked?.();
      }
      toast(tp(block ? "report.doneBlocked" : "report.done", { name }));
      onClose();
    },
    {
      fields: ["text"],
      words: (error: ApiError) => (error.status === 404 ? tp("report.noAccount", { name }) : undefined),
    },
  );
  const turn = (seq: number) => {
    const next = new Set(picked);
    if (!next.delete(seq)) next.add(seq);
    setPicked(next);
  };
  return (
    <Dialog
      open
      title={tp("report.title", { name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{tp("cancel")}</Button>
          <Button kind="danger" type="submit" form="report-person" busy={form.busy} disabled={reason === ""}>
            {tp("report")}
          </Button>
        </>
      }
    >
      <form id="report-person" class="form" onSubmit={form.onSubmit}>
        <p>{tp("report.who", { name })}</p>
        <Select
          label={tp("report.reason")}
          name="reason"
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          options={[{ value: "", label: tp("report.choose") }, ...REASONS.map((it) => ({ value: it, label: reasonWords(it) }))]}
        />
        <TextArea
          label={tp("report.text")}
          name="text"
          rows={3}
          maxLength={1_000}
          optional={reason !== "other"}
          error={form.fieldError("text")}
        />
        {messages.length > 0 && (
          <fieldset class="report-messages">
            <legend>{tp("report.messages")}</legend>
            <p class="field-hint">{tp("report.consent")}</p>
            {messages.map((it) => (
              <label key={it.msgSeq} class="report-message">
                <input type="checkbox" checked={picked.has(it.msgSeq)} onChange={() => turn(it.msgSeq)} />
                <span>
                  <span class="report-words" dir="auto">
                    {it.text}
                  </span>
                  <span class="quiet small">
                    {shortDate(it.at)}, {clockTime(it.at)}
                  </span>
                </span>
              </label>
            ))}
          </fieldset>
        )}
        <Switch label={tp("report.block", { name })} checked={block} onChange={setBlock} />
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      </form>
    </Dialog>
  );
}
