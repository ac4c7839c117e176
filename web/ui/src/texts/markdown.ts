/**
 * The little Markdown that a house's texts may have: headings, lists, rules, bold words and links. It is cut
 * into pieces and never into HTML, so whatever else stands there is shown as it was written.
 */
import { type Piece, pieces } from "../chat/rich";

export type Span = Piece & { bold?: true };
/** A line of spans; what follows a forced end of line is another one. */
export type Line = Span[];
export type Block =
  | { kind: "heading"; level: number; line: Line }
  | { kind: "paragraph"; lines: Line[] }
  | { kind: "list"; ordered: boolean; start: number; items: Line[] }
  | { kind: "rule" };

const HEADING = /^(#{1,6})\s+(.+?)\s*#*$/;
const RULE = /^(?:-{3,}|\*{3,}|_{3,})$/;
const ITEM = /^(?:[-*+]|(\d{1,3})[.)])\s+(.+)$/;
/** Two spaces or a backslash at the end of a line keep it apart from the next. */
const BREAK = /(?: {2,}|\\)$/;

export function blocks(text: string): Block[] {
  const found: Block[] = [];
  // Open until an empty line or another block.
  let open: string[] = [];
  const close = () => {
    if (open.length > 0) found.push({ kind: "paragraph", lines: broken(open) });
    open = [];
  };
  let list = null as (Block & { kind: "list" }) | null;
  let item: string[] = [];
  const closeList = () => {
    if (list) list.items.push(spans(item.join(" ")));
    item = [];
    list = null;
  };
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const heading = HEADING.exec(line);
    const bullet = ITEM.exec(line);
    if (line === "" || heading || RULE.test(line)) {
      close();
      closeList();
      if (heading) found.push({ kind: "heading", level: heading[1]!.length, line: spans(heading[2]!) });
      else if (line !== "") found.push({ kind: "rule" });
    } else if (bullet) {
      close();
      const ordered = bullet[1] !== undefined;
      if (list?.ordered === ordered) list.items.push(spans(item.join(" ")));
      else {
        closeList();
        list = { kind: "list", ordered, start: Number(bullet[1] ?? 1), items: [] };
        found.push(list);
      }
      item = [bullet[2]!];
    } else if (list) item.push(line);
    else open.push(raw.trimStart());
  }
  close();
  closeList();
  return found;
}

function broken(lines: readonly string[]): Line[] {
  const whole: string[] = [""];
  for (const line of lines) {
    const before = whole[whole.length - 1];
    whole[whole.length - 1] = (before === "" ? "" : `${before} `) + line.replace(BREAK, "").trimEnd();
    if (BREAK.test(line)) whole.push("");
  }
  return whole.filter((it) => it !== "").map(spans);
}

const MARKED = /\*\*(\S(?:.*?\S)?)\*\*|\[([^\]]+)\]\(([^()\s]+)\)/g;

export function spans(text: string): Line {
  const found: Line = [];
  let from = 0;
  for (const match of text.matchAll(MARKED)) {
    const [whole, bold, label, address] = match;
    const href = address === undefined ? undefined : safe(address);
    if (bold === undefined && href === undefined) continue;
    found.push(...pieces(text.slice(from, match.index)));
    if (bold !== undefined) found.push(...pieces(bold).map((it): Span => ({ ...it, bold: true })));
    else if (href !== undefined && label !== undefined) found.push({ text: label, href });
    from = match.index + whole.length;
  }
  return [...found, ...pieces(text.slice(from))];
}

/** Pages of this server, and addresses of the web and of people; nothing that runs. */
function safe(address: string): string | undefined {
  if (/^\/(?![/\\])/.test(address)) return address;
  try {
    const url = new URL(address);
    const known = ["http:", "https:", "mailto:", "tel:"].includes(url.protocol);
    return known && url.username === "" && url.password === "" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The title that a text begins with, and what is below it. */
export function titled(text: string): { title: string | null; rest: Block[] } {
  const [first, ...rest] = blocks(text);
  if (first?.kind !== "heading" || first.level !== 1) return { title: null, rest: first ? [first, ...rest] : [] };
  return { title: first.line.map((it) => it.text).join(""), rest };
}
