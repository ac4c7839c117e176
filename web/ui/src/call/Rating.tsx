/** After a call: stars and, if one likes, words. Once for each person and call, and changeable. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { Button, StarIcon, TextArea, toast } from "../components";
import "./gathering.css";
import { tr } from "./room-words";

const STARS = [1, 2, 3, 4, 5];
const TEXT_MAX = 1_000;

export interface Rated {
  stars: number;
  text: string;
}

export interface RatingProps {
  /** Where it is put. */
  path: string;
  title?: string;
  /** Who reads the words. */
  hint?: string;
  /** What was said before. */
  before?: Rated | undefined;
}

export function Rating({ path, title, hint, before }: RatingProps) {
  const [stars, setStars] = useState(before?.stars ?? 0);
  const [text, setText] = useState(before?.text ?? "");
  const [state, setState] = useState<"open" | "sending" | "sent">(before ? "sent" : "open");
  const send = (event: Event) => {
    event.preventDefault();
    setState("sending");
    request(path, { method: "PUT", body: { stars, text } }).then(
      () => setState("sent"),
      () => {
        setState("open");
        toast(tr("rate.failed"));
      },
    );
  };
  if (state === "sent")
    return (
      <div class="rating" role="status">
        <p>
          <strong>{tr("rate.thanks")}</strong> {tr("rate.stars", { count: stars })}
        </p>
        <div>
          <Button onClick={() => setState("open")}>{tr("rate.change")}</Button>
        </div>
      </div>
    );
  return (
    <form class="rating" onSubmit={send}>
      <fieldset>
        <legend>{title ?? tr("rate.title")}</legend>
        <div class="stars">
          {STARS.map((count) => (
            <label key={count} class={count <= stars ? "star star-on" : "star"}>
              <input
                type="radio"
                name="stars"
                value={count}
                checked={count === stars}
                aria-label={tr("rate.stars", { count })}
                onChange={() => setStars(count)}
              />
              <StarIcon size={26} />
            </label>
          ))}
        </div>
      </fieldset>
      {stars > 0 && (
        <>
          <TextArea
            label={tr("rate.text")}
            hint={hint ?? tr("rate.hint")}
            optional
            rows={3}
            maxLength={TEXT_MAX}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <div>
            <Button type="submit" kind="primary" busy={state === "sending"}>
              {tr("rate.send")}
            </Button>
          </div>
        </>
      )}
    </form>
  );
}
