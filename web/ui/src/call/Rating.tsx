/** After the call: stars and, if one likes, words. Once for each person and call, and changeable. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { Button, StarIcon, TextArea, toast } from "../components";
import "./gathering.css";
import { tr } from "./room-words";

const STARS = [1, 2, 3, 4, 5];
const TEXT_MAX = 1_000;

export function Rating({ meetingId }: { meetingId: string }) {
  const [stars, setStars] = useState(0);
  const [text, setText] = useState("");
  const [state, setState] = useState<"open" | "sending" | "sent">("open");
  const send = (event: Event) => {
    event.preventDefault();
    setState("sending");
    request(`/api/meetings/${encodeURIComponent(meetingId)}/rating`, { method: "PUT", body: { stars, text } }).then(
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
        <legend>{tr("rate.title")}</legend>
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
            hint={tr("rate.hint")}
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
