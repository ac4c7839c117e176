export function Spinner({ large }: { large?: boolean }) {
  return <span class={large ? "spinner spinner-large" : "spinner"} aria-hidden="true" />;
}

/** Fills the space of a page that is on its way, with words for who does not see it turn. */
export function Loading({ words }: { words: string }) {
  return (
    <div class="loading" role="status">
      <Spinner large />
      <p>{words}</p>
    </div>
  );
}
