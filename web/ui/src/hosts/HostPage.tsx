/**
 * One host: who it is, what can be booked, how they stand at this moment, what a call costs before it
 * rings, and what others say. It stays true by itself. Strangers see what the host published, and
 * come in to call.
 */
import "./hosts.css";
import { useEffect } from "preact/hooks";
import { session } from "../api";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { Offers } from "../booking/Offers";
import { Avatar, BackIcon, ButtonLink, Card, Loading } from "../components";
import { t } from "../i18n";
import { Launch } from "../messages/Launch";
import { MessageButton } from "../messages/MessageButton";
import { FailedPage } from "../pages/ErrorPages";
import { ReportButton } from "../reports/ReportButton";
import { BlockButton } from "./Block";
import { CallCard } from "./CallCard";
import { Live, pricesOf } from "./HostLine";
import { Reviews } from "./Reviews";
import { Rating } from "./Stars";
import { type HostNews, useHostNews } from "./watch";
import { type HostCard, type HostDetails, languageName, th } from "./words";

export default function HostPage({ params }: PageProps) {
  const id = params["id"] ?? "";
  const { data, error, reload, set } = useFetched<HostDetails>(`/api/hosts/${encodeURIComponent(id)}`);
  const identity = session.identity.value;
  const member = identity.kind === "member";
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  const own = member && identity.user.userId === id;
  const changed = (card: HostCard) => {
    if (card.userId !== id) return;
    set({ ...data, ...card });
    void reload();
  };
  return (
    <div class="stack">
      {member && (
        <a class="back" href="/hosts">
          <BackIcon size={18} />
          {th("list.title")}
        </a>
      )}
      {member ? <News onCard={changed} onMissed={() => void reload()} /> : <AskAgain ask={() => void reload()} />}
      <Who host={data} />
      <Offers hostId={id} own={own} />
      {member && <CallCard host={data} own={own} />}
      {!member && identity.kind !== "unknown" && <ToCall host={data} />}
      {data.bio !== "" && (
        <Card title={th("host.about")}>
          <p class="keep-lines">{data.bio}</p>
        </Card>
      )}
      <Services host={data} />
      <Reviews host={data} />
      {!own && <Launch userId={id} name={data.name} />}
      {member && !own && (
        <div class="row">
          <MessageButton userId={id} />
          <ReportButton userId={id} name={data.name} />
          <BlockButton userId={id} name={data.name} />
        </div>
      )}
    </div>
  );
}

/** Somebody with an account is told. */
function News(news: HostNews) {
  useHostNews(news);
  return null;
}

const ASK_MS = 60_000;

/** A stranger has no line to the server. */
function AskAgain({ ask }: { ask: () => void }) {
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && ask(), ASK_MS);
    return () => clearInterval(timer);
  }, []);
  return null;
}

/** What a call costs, for who has no account yet. */
function ToCall({ host }: { host: HostDetails }) {
  const prices = pricesOf(host);
  if (prices === "") return null;
  return (
    <Card title={th("host.call")}>
      <p>{prices}</p>
      <div>
        <ButtonLink href={`/login?next=${encodeURIComponent(`/hosts/${host.userId}`)}`}>{th("host.toCall")}</ButtonLink>
      </div>
    </Card>
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
