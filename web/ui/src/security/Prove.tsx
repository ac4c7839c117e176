/** Password and code once more, before something that a stolen login must not do. */
import { useId } from "preact/hooks";
import { ta } from "../account/words";
import { useSubmit } from "../app/hooks";
import { Button, Dialog, Notice, PasswordField, toast } from "../components";
import { t } from "../i18n";
import { CodeField } from "./CodeField";
import { usePatience } from "./usePatience";
import { ts } from "./words";

interface ProveProps {
  open: boolean;
  title: string;
  why: string;
  submit: string;
  danger?: boolean;
  /** False where there is no second factor to show. */
  withCode?: boolean;
  /** Said when it is done. */
  done?: string;
  onClose: () => void;
  onProof: (proof: { current: string; code: string }) => Promise<void>;
}

export function Prove({ open, title, why, submit, danger, withCode = true, done, onClose, onProof }: ProveProps) {
  const id = useId();
  const patience = usePatience();
  const form = useSubmit(
    async (values) => {
      await onProof({ current: values.secret("current"), code: values.text("code") });
      if (done !== undefined) toast(done);
    },
    {
      fields: ["current", "code"],
      words: (error) => {
        patience.note(error);
        if (error.code === "wrong_code") return ts("wrong");
        return error.body.field === "current" ? ta("passwordWrong") : undefined;
      },
    },
  );
  return (
    <Dialog
      open={open}
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form={id} kind={danger ? "danger" : "primary"} busy={form.busy} disabled={patience.resting}>
            {submit}
          </Button>
        </>
      }
    >
      <form class="form" id={id} onSubmit={form.onSubmit}>
        <p>{why}</p>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <PasswordField label={ta("current")} name="current" autocomplete="current-password" error={form.fieldError("current")} />
        {withCode && <CodeField error={form.fieldError("code")} />}
      </form>
    </Dialog>
  );
}
