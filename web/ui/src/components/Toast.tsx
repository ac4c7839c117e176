/** Short news at the foot of the page, read out politely: `toast("Link copied")`. */
import { signal } from "@preact/signals";
import { t } from "../i18n";
import { Button } from "./Button";
import { CrossIcon } from "./Icon";

interface ToastItem {
  id: number;
  words: string;
}

const SHOWN_MS = 6_000;
const SHOWN_MAX = 3;
const shown = signal<readonly ToastItem[]>([]);
let last = 0;

export function toast(words: string): void {
  last += 1;
  const item = { id: last, words };
  shown.value = [...shown.value, item].slice(-SHOWN_MAX);
  setTimeout(() => dismiss(item.id), SHOWN_MS);
}

function dismiss(id: number): void {
  shown.value = shown.value.filter((item) => item.id !== id);
}

/** Stands once in the app, always, so that screen readers know the region before it speaks. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((item) => (
        <div class="toast" key={item.id}>
          <span>{item.words}</span>
          <Button kind="quiet" iconOnly aria-label={t("common.dismiss")} onClick={() => dismiss(item.id)}>
            <CrossIcon />
          </Button>
        </div>
      ))}
    </div>
  );
}
