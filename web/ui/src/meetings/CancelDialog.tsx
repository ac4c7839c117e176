/** Calling off: what comes back stands there before the decision, and again after it. */
import { useEffect, useState } from "preact/hooks";
import type { Meeting } from "../api";
import { errorWords } from "../app/errors";
import { useAction } from "../app/hooks";
import { Button, Dialog, Notice, Spinner, TextArea, toast } from "../components";
import { t } from "../i18n";
import { inCoins } from "../money/words";
import type { Actions, Quote } from "./actions";
import { Choice } from "./Choice";
import { type Side } from "./kinds";
import { REMARK_CHARS_MAX } from "./limits";
import { tm } from "./words";

export interface CancelDialogProps {
  meeting: Meeting;
  side: Side;
  /** The name of the other one. */
  other: string;
  open: boolean;
  actions: Actions;
  /** The rest of the series can be called off with it. */
  series?: boolean;
  onClose: () => void;
  onCancelled: (meeting: Meeting) => void;
}

/** This one, the rest of its series, or everybody of its session. */
type Reach = "one" | "following" | "session";

export function CancelDialog(props: CancelDialogProps) {
  const { meeting, side, other, open, actions, series = false, onClose, onCancelled } = props;
  const [reach, setReach] = useState<Reach>("one");
  const following = reach === "following";
  const [quote, setQuote] = useState<Quote | null>(null);
  const [remark, setRemark] = useState("");
  const { busy, failure, setFailure, run } = useAction();
  useEffect(() => {
    if (!open) return;
    let wanted = true;
    setQuote(null);
    setFailure(null);
    actions.quote(following).then(
      (answer) => wanted && setQuote(answer),
      (cause: unknown) => wanted && setFailure(errorWords(cause)),
    );
    return () => {
      wanted = false;
    };
  }, [open, following]);
  const group = side === "host" && actions.cancelSession ? meeting.booking?.group : undefined;
  const all = group && reach === "session" ? group.taken : quote !== null && quote.meetings > 1 ? quote.meetings : 1;
  const cancel = () =>
    run(async () => {
      onCancelled(reach === "session" && actions.cancelSession ? await actions.cancelSession() : await actions.cancel(remark, following));
      toast(tm("cancel.done"));
      onClose();
    });
  return (
    <Dialog
      open={open}
      title={tm("cancel.title")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("meeting.cancelKeep")}</Button>
          <Button kind="danger" busy={busy} disabled={quote === null} onClick={() => void cancel()}>
            {all > 1 ? tm("cancel.doAll", { count: all }) : tm("cancel.do")}
          </Button>
        </>
      }
    >
      <div class="stack meeting-dialog">
        {failure && <Notice kind="danger">{failure}</Notice>}
        {(series || group) && (
          <fieldset class="meeting-choice">
            <legend class="field-legend">{tm(series ? "series.which" : "group.which")}</legend>
            <Choice label={group ? tm("group.place", { name: other }) : tm("series.this")} checked={reach === "one"} onChoose={() => setReach("one")} />
            {series && <Choice label={tm("series.following")} checked={following} onChoose={() => setReach("following")} />}
            {group && <Choice label={tm("group.whole", { count: group.taken })} checked={reach === "session"} onChoose={() => setReach("session")} />}
          </fieldset>
        )}
        {reach === "session" ? (
          <p role="status">{tm("group.told")}</p>
        ) : (
          <>
            <div role="status">{quote ? <QuoteWords quote={quote} side={side} other={other} /> : !failure && <Spinner />}</div>
            <TextArea
              label={tm("cancel.remark", { name: other })}
              optional
              rows={2}
              maxLength={REMARK_CHARS_MAX}
              value={remark}
              onInput={(event) => setRemark(event.currentTarget.value)}
            />
            <p class="field-hint">{tm("cancel.hint", { name: other })}</p>
          </>
        )}
      </div>
    </Dialog>
  );
}

/** What goes back and what is kept, as the one who asks sees it. */
export function QuoteWords({ quote, side, other }: { quote: Quote; side: Side; other: string }) {
  const { refundMc, keptMc, refundBps } = quote;
  if (refundMc === 0 && keptMc === 0) return <p>{tm("quote.free")}</p>;
  const rows: [string, string][] =
    side === "client"
      ? [
          [tm("quote.back"), inCoins(refundMc)],
          [tm("quote.keeps", { name: other }), inCoins(keptMc)],
        ]
      : [
          [tm("quote.backTo", { name: other }), inCoins(refundMc)],
          [tm("quote.youKeep"), inCoins(keptMc)],
        ];
  return (
    <div class="meeting-quote" data-refund={refundMc}>
      <dl class="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {side === "host" && <p class="field-hint">{tm("quote.hostAll")}</p>}
      {side === "client" && refundBps === 0 && <p class="field-hint">{tm("quote.nothing")}</p>}
    </div>
  );
}
