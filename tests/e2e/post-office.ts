// A mail server of the test's own: takes every mail but those to nobody@, and keeps what it was given.
import { type AddressInfo, type Server as Net, createServer } from "node:net";

export interface PostOffice {
  net: Net;
  /** What a server needs to send its mails here. */
  settings: Record<string, string>;
  port: string;
  /** The mails as they came over the line. */
  texts: string[];
}

export async function postOffice(): Promise<PostOffice> {
  const texts: string[] = [];
  const net = createServer((socket) => {
    let text: string | null = null;
    let rest = "";
    socket.on("error", () => undefined);
    socket.write("220 here\r\n");
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString()).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (text !== null && line !== ".") text += `${line}\n`;
        else if (text !== null) {
          texts.push(text);
          text = null;
          socket.write("250 taken\r\n");
        } else if (/^DATA/i.test(line)) {
          text = "";
          socket.write("354 go on\r\n");
        } else if (/^RCPT.*nobody@/i.test(line)) socket.write("550 there is nobody\r\n");
        else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
        else socket.write("250 fine\r\n");
      }
    });
  });
  await new Promise<void>((ready) => net.listen(0, "127.0.0.1", ready));
  const port = String((net.address() as AddressInfo).port);
  return { net, port, texts, settings: { MAIL__SMTP_HOST: "127.0.0.1", MAIL__SMTP_PORT: port, MAIL__SMTP_SECURITY: "none" } };
}

/** The newest mail to an address that has this link, as its reader sees the link; waits for it. */
export async function linkIn(texts: readonly string[], to: string, way: string, after = 0): Promise<string> {
  const pattern = new RegExp(`http\\S+?${way}[A-Za-z0-9_-]+`);
  for (;;) {
    const mine = texts.slice(after).filter((text) => text.includes(`<${to}>`) || text.includes(`To: ${to}`));
    for (const text of mine.reverse()) {
      const link = pattern.exec(decoded(text));
      if (link) return link[0];
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Quoted-printable without its soft line ends. */
const decoded = (text: string): string =>
  text.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
