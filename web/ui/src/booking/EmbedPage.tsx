/**
 * The button for a host's own website, shown there in a frame: who, whether they can be called now,
 * and two links that open this place in a tab of its own. It asks as a stranger and keeps nothing,
 * since a browser may give a frame no storage at all.
 */
import "../hosts/hosts.css";
import "./booking.css";
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useTitle } from "../app/PageHead";
import { type PageProps, place } from "../app/router";
import { Avatar, CalendarIcon, CameraIcon, Loading, Notice } from "../components";
import { Live } from "../hosts/HostLine";
import type { HostDetails } from "../hosts/words";
import { t } from "../i18n";
import { tb } from "./words";

const ASK_MS = 60_000;

export default function EmbedPage({ params }: PageProps) {
  const id = params["host"] ?? "";
  const [host, setHost] = useState<HostDetails | null>(null);
  const [error, setError] = useState<unknown>(null);
  useTitle(host?.name ?? t("product.name"));
  useEffect(() => {
    const ask = () => {
      if (document.visibilityState !== "visible") return;
      request<HostDetails>(`/api/hosts/${encodeURIComponent(id)}`, { auth: "none" }).then(
        (answer) => {
          setHost(answer);
          setError(null);
        },
        setError,
      );
    };
    ask();
    const timer = setInterval(ask, ASK_MS);
    document.addEventListener("visibilitychange", ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [id]);
  if (host === null) return error === null ? <Loading words={t("common.loading")} /> : <Notice kind="danger">{errorWords(error)}</Notice>;
  const page = `/hosts/${encodeURIComponent(id)}`;
  const service = place.value.query.get("service");
  const calls = host.audioCostPerMin != null || host.videoCostPerMin != null;
  return (
    <div class="embed card">
      <div class="embed-who">
        <Avatar name={host.name} picture={host.profilePictureUrl} large />
        <div>
          <h1>{host.name}</h1>
          {host.title !== "" && <p class="quiet small">{host.title}</p>}
          <Live host={host} />
        </div>
      </div>
      <div class="embed-ways">
        <a class="button button-primary" target="_blank" rel="noopener" href={service ? `/book/${encodeURIComponent(id)}/${encodeURIComponent(service)}` : page}>
          <CalendarIcon size={18} />
          {tb("offers.book")}
        </a>
        {calls && host.status === "online" && (
          <a class="button button-secondary" target="_blank" rel="noopener" href={page}>
            <CameraIcon size={18} />
            {tb("embed.call")}
          </a>
        )}
      </div>
    </div>
  );
}
