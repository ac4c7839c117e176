/** What can be booked with a host, on their page: each with its length, its price and its terms. */
import "./booking.css";
import { useFetched } from "../app/hooks";
import { ButtonLink, CalendarIcon, Card } from "../components";
import { Facts } from "./Facts";
import { bookAddress, type HostServices, policyWords, type Service, tb } from "./words";

export function Offers({ hostId, own }: { hostId: string; own: boolean }) {
  const { data } = useFetched<HostServices>(`/api/hosts/${encodeURIComponent(hostId)}/services`);
  if (!data || data.services.length === 0) return null;
  return (
    <Card title={tb("offers.title")}>
      <ul role="list" class="lines">
        {data.services.map((service) => (
          <Offer key={service.serviceId} service={service} own={own} />
        ))}
      </ul>
    </Card>
  );
}

function Offer({ service, own }: { service: Service; own: boolean }) {
  const terms = service.priceMc > 0 ? policyWords(service.cancellation) : [];
  return (
    <li class="book-offer">
      <div class="book-offer-words">
        <h3>{service.title}</h3>
        <p class="book-facts">
          <Facts service={service} />
          {service.approval && <span>{tb("offers.approval")}</span>}
        </p>
        {service.details !== "" && <p class="quiet keep-lines">{service.details}</p>}
        {terms.length > 0 && <p class="quiet small">{terms.join(" ")}</p>}
      </div>
      {!own && (
        <ButtonLink kind="primary" href={bookAddress(service)}>
          <CalendarIcon size={18} />
          <span>
            {tb("offers.book")} <span class="only-read">{service.title}</span>
          </span>
        </ButtonLink>
      )}
    </li>
  );
}
