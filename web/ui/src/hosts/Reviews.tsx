/** What clients said about a host, the latest first, as far back as the reader asks. */
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { Button, Card, Notice } from "../components";
import { shortDate } from "../i18n/time";
import { Rating, Stars } from "./Stars";
import { type HostDetails, type ReviewList, th } from "./words";

export function Reviews({ host }: { host: HostDetails }) {
  const [list, setList] = useState<ReviewList | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const newest = useRef(0);
  const load = async (before?: string) => {
    const mine = ++newest.current;
    setBusy(true);
    try {
      const path = `/api/hosts/${encodeURIComponent(host.userId)}/reviews`;
      const page = await request<ReviewList>(before ? `${path}?before=${encodeURIComponent(before)}` : path);
      if (mine !== newest.current) return;
      setList((old) => (before && old ? { ...page, reviews: [...old.reviews, ...page.reviews] } : page));
      setError(null);
    } catch (cause) {
      if (mine === newest.current) setError(cause);
    } finally {
      if (mine === newest.current) setBusy(false);
    }
  };
  // The sum on the host's card says that there is a new one, or a changed one.
  useEffect(() => {
    void load();
    return () => void (newest.current += 1);
  }, [host.userId, host.ratings, host.ratingCenti]);
  if (list === null && error === null) return null;
  return (
    <Card title={th("review.list")} aside={<Rating centi={host.ratingCenti} count={host.ratings} />}>
      {error !== null && <Notice kind="danger">{errorWords(error)}</Notice>}
      {list?.reviews.length === 0 && <p class="quiet">{th("review.none")}</p>}
      {list && list.reviews.length > 0 && (
        <ul role="list" class="lines">
          {list.reviews.map((it) => (
            <li key={it.callId} class="review">
              <p class="review-head">
                <Stars stars={it.stars} />
                <span class="quiet small">
                  {it.author} · {shortDate(it.at)}
                </span>
              </p>
              {it.text !== "" && <p class="keep-lines">{it.text}</p>}
            </li>
          ))}
        </ul>
      )}
      {list?.next != null && (
        <div>
          <Button busy={busy} onClick={() => void load(list.next ?? undefined)}>
            {th("list.more")}
          </Button>
        </div>
      )}
    </Card>
  );
}
