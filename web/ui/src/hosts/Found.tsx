/**
 * What can be booked with any host, by the words that somebody looks for: each with its host, its
 * length, its price and the way to its free times. Stands over the hosts that the same words find.
 */
import "../booking/booking.css";
import { useEffect, useState } from "preact/hooks";
import { useFetched } from "../app/hooks";
import { Facts } from "../booking/Facts";
import { bookAddress, type FoundService } from "../booking/words";
import { Button, ButtonLink, CalendarIcon } from "../components";
import { th } from "./words";

/** More than these are shown when they are asked for: below them stand the hosts. */
const SHOWN = 4;

export interface FoundProps {
  words: string;
  myId: string | null;
  /** Whether anything is found: then an empty list of hosts is no failure. */
  onFound: (some: boolean) => void;
}

export function Found({ words, myId, onFound }: FoundProps) {
  const { data } = useFetched<FoundService[]>(`/api/services/search?q=${encodeURIComponent(words)}`);
  const [all, setAll] = useState(false);
  const some = data !== null && data.length > 0;
  useEffect(() => {
    onFound(some);
    return () => onFound(false);
  }, [some]);
  if (!some) return null;
  const shown = all ? data : data.slice(0, SHOWN);
  return (
    <section aria-labelledby="services-found" class="stack-tight">
      <h2 id="services-found">{th("found.title")}</h2>
      <ul role="list" class="host-list">
        {shown.map((it) => (
          <li key={it.serviceId} class="host-line host-found">
            <div class="book-offer-words">
              <h3>
                <a href={bookAddress(it)}>{it.title}</a>
              </h3>
              <p class="book-facts">
                <strong>{it.hostName}</strong>
                <Facts service={it} />
              </p>
              {it.details !== "" && <p class="quiet small host-found-details">{it.details}</p>}
            </div>
            {it.hostId !== myId && (
              <ButtonLink kind="primary" href={bookAddress(it)}>
                <CalendarIcon size={18} />
                <span>
                  {th("found.book")} <span class="only-read">{it.title}</span>
                </span>
              </ButtonLink>
            )}
          </li>
        ))}
      </ul>
      {shown.length < data.length && (
        <div>
          <Button onClick={() => setAll(true)}>{th("found.all", { count: data.length })}</Button>
        </div>
      )}
    </section>
  );
}
