/**
 * A mail's HTML in a frame of its own: no scripts, no forms, nothing loaded. The app's policy allows
 * no styles in attributes, and a frame without an address inherits it; so the attributes are put aside
 * before the text is read and set afterwards, which is allowed.
 */

const ASIDE = "data-worn";

/** The nodes of a mail's body, without what could act. Their styles are put aside. */
export function parsed(html: string): HTMLElement {
  const safe = html.replace(/(<[^>]*?)\sstyle=/gi, `$1 ${ASIDE}=`);
  const body = new DOMParser().parseFromString(safe, "text/html").body;
  for (const node of body.querySelectorAll("script, style, link, iframe, object, embed, form, meta, base, img")) node.remove();
  return body;
}

/** Shows the mail in the frame; its links lead nowhere. */
export function show(frame: HTMLIFrameElement, html: string): void {
  const paper = frame.contentDocument;
  if (!paper) return;
  const body = paper.importNode(parsed(html), true);
  for (const element of [body, ...body.querySelectorAll<HTMLElement>(`[${ASIDE}]`)]) {
    element.style.cssText = element.getAttribute(ASIDE) ?? "";
    element.removeAttribute(ASIDE);
  }
  for (const link of body.querySelectorAll("a")) {
    link.removeAttribute("href");
    link.style.textDecoration ||= "underline";
  }
  paper.body.replaceWith(body);
  frame.style.blockSize = `${Math.min(paper.documentElement.scrollHeight + 8, 900)}px`;
}
