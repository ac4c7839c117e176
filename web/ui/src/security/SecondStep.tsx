/** After the right password: the code. What was typed before stays on the page until then. */
import { ApiError } from "../api";
import { useSubmit } from "../app/hooks";
import { Button } from "../components";
import { FormPage } from "../pages/FormPage";
import { CodeField } from "./CodeField";
import { usePatience } from "./usePatience";
import { ts } from "./words";

export interface SecondStepProps {
  /** Sends everything again, with the code. */
  onCode: (code: string) => Promise<void>;
  onBack: () => void;
  /** Words for a failure that is not about the code. */
  words?: (error: ApiError) => string | undefined;
}

/** Whether the server wants a code besides what was sent. */
export const wantsCode = (cause: unknown): boolean => cause instanceof ApiError && cause.code === "second_factor_needed";

export function SecondStep({ onCode, onBack, words }: SecondStepProps) {
  const patience = usePatience();
  const form = useSubmit((values) => onCode(values.text("code")), {
    fields: ["code"],
    words: (error) => {
      patience.note(error);
      return error.code === "wrong_code" ? ts("wrong") : words?.(error);
    },
  });
  return (
    <FormPage
      title={ts("step.title")}
      intro={ts("step.intro")}
      failure={form.failure}
      below={<p>{ts("step.lost")}</p>}
    >
      <form class="form" onSubmit={form.onSubmit}>
        <CodeField error={form.fieldError("code")} />
        <Button type="submit" kind="primary" wide busy={form.busy} disabled={patience.resting}>
          {ts("step.submit")}
        </Button>
        <Button kind="quiet" wide onClick={onBack}>
          {ts("step.back")}
        </Button>
      </form>
    </FormPage>
  );
}
