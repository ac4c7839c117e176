/** The lines that a host copies into their own website to have a booking button there. */
import { Card, CopyLine } from "../components";
import { tb } from "./words";

export function EmbedCard({ hostId }: { hostId: string }) {
  const page = new URL(`/hosts/${encodeURIComponent(hostId)}`, location.href).href;
  const script = new URL("/embed.js", location.href).href;
  const lines = `<script src="${script}" data-host="${hostId}" async></script>`;
  return (
    <Card title={tb("embed.title")}>
      <p>{tb("embed.page")}</p>
      <CopyLine value={page} label={tb("embed.pageLabel")} />
      <p>{tb("embed.words")}</p>
      <CopyLine value={lines} label={tb("embed.label")} />
      <p class="field-hint">{tb("embed.operator")}</p>
    </Card>
  );
}
