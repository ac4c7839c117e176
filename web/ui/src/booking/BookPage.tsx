/**
 * Booking a service: a free time first, which is then kept for a while, and who books it. What is under
 * way stands in the tab, so that a reload or a log in goes on where it was.
 */
import "./booking.css";
import { useState } from "preact/hooks";
import { session } from "../api";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { Avatar, BackIcon, ButtonLink, CalendarIcon, Card, Empty, Loading } from "../components";
import { t } from "../i18n";
import { Launch } from "../messages/Launch";
import { FailedPage } from "../pages/ErrorPages";
import { Details } from "./Details";
import { type Draft, draftOf, forgetDraft, keepDraft } from "./draft";
import { Facts } from "./Facts";
import { Pick } from "./Pick";
import { type HostServices, type Service, tb } from "./words";

export default function BookPage({ params }: PageProps) {
  const [hostId, serviceId] = [params["host"] ?? "", params["service"] ?? ""];
  const { data, error, reload } = useFetched<HostServices>(`/api/hosts/${encodeURIComponent(hostId)}/services`);
  const identity = session.identity.value;
  const [draft, setDraft] = useState<Draft | null>(() => draftOf(hostId, serviceId, Date.now()));
  const [from, setFrom] = useState<number | null>(null);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data || identity.kind === "unknown") return <Loading words={t("common.loading")} />;
  const service = data.services.find((it) => it.serviceId === serviceId);
  const me = identity.kind === "member" ? identity.user : null;
  if (!service) {
    return (
      <div class="stack">
        <Back hostId={hostId} name={data.hostName} />
        <PageHead title={data.hostName} />
        <Card>
          <Empty icon={<CalendarIcon size={36} />} title={tb("gone.title")}>
            <p>{tb("gone.words", { name: data.hostName })}</p>
            <ButtonLink href={`/hosts/${encodeURIComponent(hostId)}`}>{tb("gone.others")}</ButtonLink>
          </Empty>
        </Card>
      </div>
    );
  }
  const held = (next: Draft) => {
    keepDraft(next);
    setDraft(next);
  };
  const given = () => {
    setFrom(draft?.startsAt ?? null);
    forgetDraft(serviceId);
    setDraft(null);
    window.scrollTo(0, 0);
  };
  return (
    <div class="stack book-page">
      <div>
        <Back hostId={hostId} name={data.hostName} />
        <PageHead title={service.title} />
      </div>
      <About service={service} name={data.hostName} />
      {draft === null ? (
        <Pick service={service} hostName={data.hostName} me={me} from={from} onHeld={held} />
      ) : (
        <Details key={draft.startsAt} draft={draft} service={service} hostName={data.hostName} me={me} onHeld={held} onAnother={given} />
      )}
      <Launch userId={hostId} name={data.hostName} about={service.title} />
    </div>
  );
}

function Back({ hostId, name }: { hostId: string; name: string }) {
  return (
    <a class="back" href={`/hosts/${encodeURIComponent(hostId)}`}>
      <BackIcon size={16} />
      {name}
    </a>
  );
}

/** With whom, how long, what it costs. */
function About({ service, name }: { service: Service; name: string }) {
  return (
    <div class="book-about">
      <Avatar name={name} />
      <div>
        <p class="book-facts">
          <strong>{name}</strong>
          <Facts service={service} />
        </p>
        {service.details !== "" && <p class="quiet keep-lines">{service.details}</p>}
      </div>
    </div>
  );
}
