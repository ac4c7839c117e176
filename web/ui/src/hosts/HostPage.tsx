/**
 * One host: who it is, how they stand at this moment, what a call costs before it rings, and what
 * others say. It stays true by itself.
 */
import "./hosts.css";
import { session } from "../api";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { Avatar, BackIcon, Card, Loading } from "../components";
import { t } from "../i18n";
import { FailedPage } from "../pages/ErrorPages";
import { BlockButton } from "./Block";
import { CallCard } from "./CallCard";
import { Live } from "./HostLine";
import { Reviews } from "./Reviews";
import { Rating } from "./Stars";
import { useHostNews } from "./watch";
import { type HostDetails, languageName, th } from "./words";

export default function HostPage({ params }: PageProps) {
  const id = params["id"] ?? "";
  const { data, error, reload, set } = useFetched<HostDetails>(`/api/hosts/${encodeURIComponent(id)}`);
  useHostNews({
    onCard(card) {
      if (card.userId !== id) return;
      if (data) set({ ...data, ...card });
      void reload();
    },
    onMissed: () => void reload(),
  });
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  const identity = session.identity.value;
  const own = identity.kind === "member" && identity.user.userId === id;
  return (
    <div class="stack">
      <a class="back" href="/hosts">
        <BackIcon size={18} />
        {th("list.title")}
      </a>
      <Who host={data} />
      <CallCard host={data} own={own} />
      {data.bio !== "" && (
        <Card title={th("host.about")}>
          <p class="keep-lines">{data.bio}</p>
        </Card>
      )}
      <Services host={data} />
      <Reviews host={data} />
      {!own && (
        <div>
          <BlockButton userId={id} name={data.name} />
        </div>
      )}
    </div>
  );
}

function Who({ host }: { host: HostDetails }) {
  return (
    <div class="host-who">
      <Avatar name={host.name} picture={host.profilePictureUrl} huge />
      <div class="host-who-words">
        <PageHead title={host.name} action={<Live host={host} />} />
        {host.title !== "" && <p>{host.title}</p>}
        {(host.ratings > 0 || host.totalCalls > 0) && (
          <p class="host-numbers">
            <Rating centi={host.ratingCenti} count={host.ratings} />
            {host.totalCalls > 0 && <span class="quiet small">{th("host.calls", { count: host.totalCalls })}</span>}
          </p>
        )}
        <Tags name={th("list.languages")} tags={host.languages.map(languageName)} />
        <Tags name={th("host.specialties")} tags={host.specialties} />
      </div>
    </div>
  );
}

function Tags({ name, tags }: { name: string; tags: string[] }) {
  if (tags.length === 0) return null;
  return (
    <ul role="list" class="host-tags" aria-label={name}>
      {tags.map((tag) => (
        <li key={tag}>{tag}</li>
      ))}
    </ul>
  );
}

function Services({ host }: { host: HostDetails }) {
  if (host.services.length === 0) return null;
  return (
    <Card title={th("service.title")}>
      <ul role="list" class="lines">
        {host.services.map((service) => (
          <li key={service.id ?? service.title} class="host-offer">
            <h3>{service.title}</h3>
            {service.priceNote && <p class="small">{service.priceNote}</p>}
            {service.details && <p class="quiet keep-lines">{service.details}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
