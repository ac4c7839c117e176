/** For operators: what clients said about hosts, the latest first; and hiding what must not stand there. */
import "../hosts/hosts.css";
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, Button, Dialog, Empty, Loading, Notice, StarIcon, TextArea, toast } from "../components";
import { Stars } from "../hosts/Stars";
import { type AdminReview, type AdminReviewList, th } from "../hosts/words";
import { t } from "../i18n";
import { shortDate } from "../i18n/time";
import { FailedPage } from "./ErrorPages";

const hiddenPath = (review: AdminReview): string => `/api/admin/reviews/${encodeURIComponent(review.callId)}/hidden`;

export default function AdminReviewsPage() {
  const { data, error, reload, set } = useFetched<AdminReviewList>("/api/admin/reviews");
  const [asked, setAsked] = useState<AdminReview | null>(null);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  const changed = (review: AdminReview) =>
    set({ ...data, reviews: data.reviews.map((it) => (it.callId === review.callId ? review : it)) });
  const more = async () => {
    try {
      const page = await request<AdminReviewList>(`/api/admin/reviews?before=${encodeURIComponent(data.next ?? "")}`);
      set({ ...page, reviews: [...data.reviews, ...page.reviews] });
    } catch (cause) {
      toast(errorWords(cause));
    }
  };
  const show = async (review: AdminReview) => {
    try {
      changed(await request<AdminReview>(hiddenPath(review), { method: "PUT", body: { hidden: false } }));
    } catch (cause) {
      toast(errorWords(cause));
    }
  };
  return (
    <div class="stack">
      <PageHead title={th("review.list")} intro={th("review.adminIntro")} />
      <div class="card">
        {data.reviews.length === 0 ? (
          <Empty icon={<StarIcon size={36} />} title={th("review.adminNone")} />
        ) : (
          <ul role="list" class="lines">
            {data.reviews.map((review) => (
              <Line key={review.callId} review={review} onHide={() => setAsked(review)} onShow={() => void show(review)} />
            ))}
          </ul>
        )}
        {data.next != null && (
          <div>
            <Button onClick={() => void more()}>{th("list.more")}</Button>
          </div>
        )}
      </div>
      {asked && <Hide review={asked} onClose={() => setAsked(null)} onDone={changed} />}
    </div>
  );
}

function Line({ review, onHide, onShow }: { review: AdminReview; onHide: () => void; onShow: () => void }) {
  const { author, hiddenReason } = review;
  return (
    <li class="line">
      <div class="line-words">
        <p class="review-head">
          <Stars stars={review.stars} />
          <span class="quiet small">
            {author} · {shortDate(review.at)}
          </span>
          {hiddenReason != null && <Badge kind="warn">{th("review.hidden")}</Badge>}
        </p>
        {review.text !== "" && <p class="keep-lines">{review.text}</p>}
        {hiddenReason != null && <p class="quiet small">{th("review.hiddenWhy", { reason: hiddenReason })}</p>}
        <a class="small" href={`/hosts/${encodeURIComponent(review.hostId)}`}>
          {th("review.toHost")}
        </a>
      </div>
      <div class="row-end">
        {hiddenReason == null ? (
          <Button kind="danger-quiet" aria-label={th("review.hideNamed", { author })} onClick={onHide}>
            {th("review.hide")}
          </Button>
        ) : (
          <Button aria-label={th("review.showNamed", { author })} onClick={onShow}>
            {th("review.show")}
          </Button>
        )}
      </div>
    </li>
  );
}

function Hide({ review, onClose, onDone }: { review: AdminReview; onClose: () => void; onDone: (review: AdminReview) => void }) {
  const form = useSubmit(
    async (values) => {
      onDone(await request<AdminReview>(hiddenPath(review), { method: "PUT", body: { hidden: true, reason: values.text("reason") } }));
      onClose();
    },
    { fields: ["reason"] },
  );
  return (
    <Dialog
      open
      title={th("review.hideNamed", { author: review.author })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{th("cancel")}</Button>
          <Button kind="danger" type="submit" form="hide-review" busy={form.busy}>
            {th("review.hide")}
          </Button>
        </>
      }
    >
      <form id="hide-review" class="form" onSubmit={form.onSubmit}>
        <p>{th("review.hideWords")}</p>
        <TextArea label={th("review.why")} name="reason" rows={3} maxLength={1_000} error={form.fieldError("reason")} />
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      </form>
    </Dialog>
  );
}
