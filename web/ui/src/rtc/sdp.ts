/**
 * The few lines of a session description that this app reads or adds. Everything else in it belongs
 * to the browser.
 */

/** Names the generation of ICE: another one means that ICE was begun anew. */
export const ufragOf = (sdp: string | undefined): string | undefined => /^a=ice-ufrag:(\S+)/m.exec(sdp ?? "")?.[1];

/**
 * Asks the other side to send at most so much picture (RFC 8866 `b=AS`, RFC 3890 `b=TIAS`).
 * Undefined asks for nothing.
 */
export function withVideoCeiling(sdp: string, kbps: number | undefined): string {
  if (kbps === undefined) return sdp;
  const [head = "", ...sections] = sdp.split(/(?=^m=)/m);
  const asked = sections.map((section) => {
    if (!section.startsWith("m=video")) return section;
    const lines = section.split("\r\n").filter((line) => !/^b=(AS|TIAS):/.test(line));
    // After the connection line, where the grammar wants it.
    const at = lines.findIndex((line) => line.startsWith("c=")) + 1 || 1;
    lines.splice(at, 0, `b=AS:${kbps}`, `b=TIAS:${kbps * 1000}`);
    return lines.join("\r\n");
  });
  return head + asked.join("");
}
