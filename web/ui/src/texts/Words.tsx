/** A text of the house, below a heading of the page. */
import type { ComponentChildren } from "preact";
import "./texts.css";
import type { Block, Line } from "./markdown";

/** `below`: the level of the heading that the text stands under. */
export function Words({ blocks, below, lang }: { blocks: readonly Block[]; below: number; lang: string }) {
  return (
    <div class="house-text" lang={lang || undefined} dir="auto">
      {blocks.map((block, at) => (
        <One key={at} block={block} below={below} />
      ))}
    </div>
  );
}

function One({ block, below }: { block: Block; below: number }) {
  switch (block.kind) {
    case "heading": {
      // A text's second level is the first one below its title.
      const Heading = `h${Math.min(6, below + Math.max(1, block.level - 1))}` as "h2";
      return <Heading>{inline(block.line)}</Heading>;
    }
    case "paragraph":
      return (
        <p>
          {block.lines.map((line, at) => (
            <>
              {at > 0 && <br />}
              {inline(line)}
            </>
          ))}
        </p>
      );
    case "list": {
      const items = block.items.map((item, at) => <li key={at}>{inline(item)}</li>);
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case "rule":
      return <hr />;
  }
}

const inline = (line: Line): ComponentChildren =>
  line.map((it, at) => {
    const words = it.bold ? <strong key={at}>{it.text}</strong> : it.text;
    if (!("href" in it)) return words;
    const own = it.href.startsWith("/");
    return (
      <a key={at} href={it.href} {...(own ? {} : { target: "_blank", rel: "noopener noreferrer" })}>
        {words}
      </a>
    );
  });
