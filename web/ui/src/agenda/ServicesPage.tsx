/** A host's own services: what is offered, what is put away, and the ways to make and change them. */
import "./agenda.css";
import { useState } from "preact/hooks";
import { request, session } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, Button, ButtonLink, CalendarIcon, Dialog, Empty, Loading, PlusIcon, toast } from "../components";
import { FailedPage } from "../pages/ErrorPages";
import { HostOnly } from "./HostOnly";
import { inOneLine } from "./service-form";
import { type Service, ta } from "./words";

export default function ServicesPage() {
  return (
    <HostOnly>
      <Services />
    </HostOnly>
  );
}

function Services() {
  const { data, error, reload } = useFetched<Service[]>("/api/services");
  const identity = session.identity.value;
  const me = identity.kind === "member" ? identity.user.userId : null;
  const [doomed, setDoomed] = useState<Service | null>(null);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={ta("services.title")} />;
  const offered = data.filter((it) => it.active);
  const archived = data.filter((it) => !it.active);
  const add = (
    <ButtonLink kind="primary" href="/services/new">
      <PlusIcon />
      {ta("services.new")}
    </ButtonLink>
  );
  return (
    <div class="stack-wide">
      <PageHead
        title={ta("services.title")}
        intro={ta("services.intro")}
        action={
          data.length > 0 && (
            <div class="row">
              {me && (
                <ButtonLink kind="quiet" href={`/hosts/${encodeURIComponent(me)}`}>
                  {ta("services.look")}
                </ButtonLink>
              )}
              {add}
            </div>
          )
        }
      />
      {data.length === 0 && (
        <div class="card">
          <Empty icon={<CalendarIcon size={36} />} title={ta("services.none")}>
            <p>{ta("services.noneWords")}</p>
            {add}
          </Empty>
        </div>
      )}
      {offered.length > 0 && <List services={offered} onChange={reload} onRemove={setDoomed} />}
      {archived.length > 0 && (
        <section class="stack-tight" aria-labelledby="archived">
          <h2 id="archived">{ta("services.archived")}</h2>
          <p class="quiet small">{ta("services.archivedWords")}</p>
          <List services={archived} onChange={reload} onRemove={setDoomed} />
        </section>
      )}
      <RemoveDialog service={doomed} onClose={() => setDoomed(null)} onRemoved={reload} />
    </div>
  );
}

interface ListProps {
  services: readonly Service[];
  onChange: () => Promise<void>;
  onRemove: (service: Service) => void;
}

function List({ services, onChange, onRemove }: ListProps) {
  return (
    <ul role="list" class="agenda-list">
      {services.map((service) => (
        <Row key={service.serviceId} service={service} onChange={onChange} onRemove={() => onRemove(service)} />
      ))}
    </ul>
  );
}

function Row({ service, onChange, onRemove }: { service: Service; onChange: () => Promise<void>; onRemove: () => void }) {
  const [busy, setBusy] = useState(false);
  const path = `/services/${encodeURIComponent(service.serviceId)}`;
  const name = service.title;
  const turn = async (active: boolean) => {
    setBusy(true);
    try {
      await request<Service>(`/api${path}`, { method: "PUT", body: { ...service, active } });
      toast(ta(active ? "services.offeredAgain" : "services.put", { name }));
      await onChange();
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <li class="card agenda-service">
      <div class="agenda-service-words">
        <h3>
          <a href={path}>{name}</a>
        </h3>
        <p class="quiet">{inOneLine(service)}</p>
        {service.details && <p class="agenda-clip">{service.details}</p>}
      </div>
      {service.approval && service.active && <Badge kind="info">{ta("services.asks")}</Badge>}
      <div class="agenda-service-tools">
        <ButtonLink href={path} aria-label={ta("services.editNamed", { name })}>
          {ta("services.edit")}
        </ButtonLink>
        {service.active ? (
          <Button kind="quiet" busy={busy} aria-label={ta("services.archiveNamed", { name })} onClick={() => void turn(false)}>
            {ta("services.archive")}
          </Button>
        ) : (
          <>
            <Button kind="quiet" busy={busy} aria-label={ta("services.offerNamed", { name })} onClick={() => void turn(true)}>
              {ta("services.offer")}
            </Button>
            <Button kind="danger-quiet" aria-label={ta("services.removeNamed", { name })} onClick={onRemove}>
              {ta("services.remove")}
            </Button>
          </>
        )}
      </div>
    </li>
  );
}

interface RemoveProps {
  service: Service | null;
  onClose: () => void;
  onRemoved: () => Promise<void>;
}

function RemoveDialog({ service, onClose, onRemoved }: RemoveProps) {
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    if (service === null) return;
    setBusy(true);
    try {
      await request(`/api/services/${encodeURIComponent(service.serviceId)}`, { method: "DELETE" });
      toast(ta("services.removed", { name: service.title }));
      await onRemoved();
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
      onClose();
    }
  };
  return (
    <Dialog
      open={service !== null}
      title={ta("services.removeTitle")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{ta("keep")}</Button>
          <Button kind="danger" busy={busy} onClick={() => void remove()}>
            {ta("services.remove")}
          </Button>
        </>
      }
    >
      <p>{ta("services.removeWords", { name: service?.title ?? "" })}</p>
    </Dialog>
  );
}
