/** What the tab says: the page, and before it how much waits. */
let page = document.title;
let waiting = 0;

function show(): void {
  document.title = waiting > 0 ? `(${waiting > 99 ? "99+" : waiting}) ${page}` : page;
}

export function titlePage(words: string): void {
  page = words;
  show();
}

export function countInTitle(count: number): void {
  waiting = count;
  show();
}
