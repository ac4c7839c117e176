/**
 * Who books a kept time and how it is paid. Everything that it costs and what comes back on cancelling
 * stands here before the press; the press carries a key, so that twice is once.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Me, request } from "../api";
import type { ApiError } from "../api/error";
import { useNow, useSubmit } from "../app/hooks";
import { navigate, place } from "../app/router";
import { Button, ButtonLink, Card, Field, Notice, TextArea } from "../components";
import { language } from "../i18n";
import { EMAIL_CHARS_MAX, NAME_CHARS_MAX } from "../pages/limits";
import { usePurse, type Wallet } from "../money/purse";
import { BuyCoins } from "../paid/BuyCoins";
import { Agree } from "../texts/Agree";
import { type Draft, forgetDraft, keepMade, keepTyped, keyFor, typedOf } from "./draft";
import { Held } from "./Held";
import { giveBack, hold, nearOf } from "./holds";
import { Near } from "./Near";
import { type Repeat, Series, SERIES_PAID_MAX } from "./Series";
import { When } from "./When";
import { type Booked, policyWords, priceOf, pricesOf, priceWords, type Service, tb } from "./words";
import { zone } from "./zone";

const NOTE_CHARS_MAX = 4_000;

export interface DetailsProps {
  draft: Draft;
  service: Service;
  hostName: string;
  me: Me | null;
  onHeld: (draft: Draft) => void;
  /** Another time is wanted: this one is free again. */
  onAnother: () => void;
}

export function Details(props: DetailsProps) {
  const { draft, service, hostName, me, onHeld, onAnother } = props;
  const now = useNow(1_000);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const [repeat, setRepeat] = useState<Repeat | null>(null);
  const [near, setNear] = useState<number[] | null>(null);
  const [taking, setTaking] = useState<number | null>(null);
  const over = draft.until <= now;
  const another = () => {
    giveBack(draft);
    onAnother();
  };
  const take = async (at: number) => {
    setTaking(at);
    try {
      onHeld(await hold(service, at, draft.hostZone));
      setNear(null);
    } catch (cause) {
      setNear(nearOf(cause) ?? null);
    } finally {
      setTaking(null);
    }
  };
  return (
    <Card class="book-card">
      <div class="book-chosen">
        <h2 ref={heading} tabIndex={-1} class="only-read">
          {tb("details.title")}
        </h2>
        <When at={draft.startsAt} minutes={service.durationMinutes} hostZone={draft.hostZone} hostName={hostName} />
        <Button kind="quiet" onClick={another}>
          {tb("details.another")}
        </Button>
      </div>
      {near === null ? (
        <Held draft={draft} service={service} onHeld={onHeld} />
      ) : (
        <Near at={draft.startsAt} near={near} zone={zone.value} busy={taking} onChoose={(at) => void take(at)} />
      )}
      <Series draft={draft} service={service} repeat={repeat} onChange={setRepeat} />
      {service.priceMc > 0 && <Policy service={service} />}
      {me === null && service.priceMc > 0 ? (
        <NeedsAccount service={service} />
      ) : (
        <Booking {...props} over={over || near !== null} repeat={repeat} onTaken={setNear} />
      )}
    </Card>
  );
}

function Policy({ service }: { service: Service }) {
  return (
    <div class="book-policy">
      <h3>{tb("policy.title")}</h3>
      <ul>
        {policyWords(service.cancellation).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

function NeedsAccount({ service }: { service: Service }) {
  const next = encodeURIComponent(place.value.path);
  return (
    <div class="book-account">
      <p>{tb("account.words", { price: priceOf(service) })}</p>
      <div class="form-actions">
        <ButtonLink kind="primary" href={`/login?next=${next}`}>
          {tb("account.login")}
        </ButtonLink>
        <ButtonLink href={`/signup?next=${next}`}>{tb("account.signup")}</ButtonLink>
      </div>
      <p class="quiet small">{tb("account.kept")}</p>
    </div>
  );
}

type FormProps = DetailsProps & {
  over: boolean;
  repeat: Repeat | null;
  onTaken: (near: number[]) => void;
};

/** What costs nothing needs no look into a wallet. */
const Booking = (props: FormProps) => (props.service.priceMc > 0 ? <Paid {...props} /> : <Form {...props} purse={null} />);
const Paid = (props: FormProps) => <Form {...props} purse={usePurse()} />;

function Form({ draft, service, hostName, me, over, repeat, onTaken, purse }: FormProps & { purse: Wallet | null }) {
  const typed = typedOf(draft.serviceId);
  const dates = repeat?.free ?? [draft.startsAt];
  const total = service.priceMc * dates.length;
  const costs = service.priceMc > 0;
  const enough = purse !== null && purse.available >= total && dates.length <= SERIES_PAID_MAX;
  const pay = costs && !service.approval && enough;
  const form = useSubmit(
    async (values) => {
      const wish = {
        hostId: draft.hostId,
        serviceId: draft.serviceId,
        startsAt: draft.startsAt,
        note: values.text("note"),
        pay,
        ...(me === null ? { name: values.text("name"), email: values.text("email"), language: language(), timeZone: zone.value, agreedTo: values.optional("agreedTo") } : {}),
        ...(repeat ? { series: { everyWeeks: repeat.everyWeeks, count: repeat.count, skipTaken: repeat.taken.length > 0 } } : {}),
      };
      const body = { ...wish, ...(draft.holdId === null ? {} : { holdId: draft.holdId }) };
      const key = keyFor(draft.serviceId, { ...wish, me: me?.userId ?? null });
      const { meetings } = await request<Booked>("/api/bookings", { method: "POST", body, idempotencyKey: key }).catch((cause: unknown) => {
        const near = nearOf(cause);
        if (near) onTaken(near);
        throw cause;
      });
      const first = meetings[0];
      if (!first) return;
      const manageLink = me === null ? (first.booking?.manageLink ?? null) : null;
      keepMade(first.meetingId, { manageLink, hostZone: draft.hostZone, starts: meetings.map((it) => it.scheduledAt) });
      forgetDraft(draft.serviceId);
      navigate(`/book/done/${encodeURIComponent(first.meetingId)}`, { replace: true });
    },
    { fields: ["email", "name", "note", "agreedTo"], words: (error: ApiError) => (error.code === "slot_taken" ? tb("near.again") : undefined) },
  );
  const keep = (event: Event) => {
    const values = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(values.get(name) ?? "");
    keepTyped(draft.serviceId, { name: text("name"), email: text("email"), note: text("note") });
  };
  return (
    <form class="form" onSubmit={form.onSubmit} onInput={keep}>
      {me === null ? (
        <>
          <div class="form-pair">
            <Field label={tb("form.name")} name="name" autocomplete="name" maxLength={NAME_CHARS_MAX} defaultValue={typed.name} error={form.fieldError("name")} />
            <Field
              label={tb("form.email")}
              hint={tb("form.emailHint")}
              name="email"
              type="email"
              autocomplete="email"
              maxLength={EMAIL_CHARS_MAX}
              defaultValue={typed.email}
              error={form.fieldError("email")}
            />
          </div>
          <p class="quiet small">
            {tb("form.haveAccount")} <a href={`/login?next=${encodeURIComponent(place.value.path)}`}>{tb("account.login")}</a>
          </p>
        </>
      ) : (
        <p class="quiet">{tb("form.as", { name: me.name, email: me.email })}</p>
      )}
      <TextArea
        label={tb("form.note", { name: hostName })}
        hint={tb("form.noteHint")}
        optional
        name="note"
        rows={3}
        maxLength={NOTE_CHARS_MAX}
        defaultValue={typed.note}
        error={form.fieldError("note")}
      />
      {costs && <Cost total={total} count={dates.length} service={service} have={purse?.available ?? null} series={repeat !== null} hostName={hostName} />}
      {me === null && <Agree error={form.fieldError("agreedTo")} />}
      {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      <div class="form-actions">
        <Button type="submit" kind="primary" busy={form.busy} disabled={over || (costs && !service.approval && repeat !== null && !enough)}>
          {submitWords(service, total, dates.length, pay)}
        </Button>
      </div>
      <p class="quiet small">{tb(service.approval ? "form.approval" : "form.mail", { name: hostName })}</p>
    </form>
  );
}

function submitWords(service: Service, total: number, count: number, pay: boolean): string {
  if (service.approval) return tb("submit.request");
  if (service.priceMc === 0) return count > 1 ? tb("submit.bookMany", { count }) : tb("submit.book");
  return pay ? tb("submit.pay", { price: priceWords(total) }) : tb("submit.toPay");
}

interface CostProps {
  total: number;
  count: number;
  service: Service;
  have: number | null;
  series: boolean;
  hostName: string;
}

/** The sum, what the wallet has of it, and when it is taken. */
function Cost({ total, count, service, have, series, hostName }: CostProps) {
  const short = have !== null && have < total;
  return (
    <div class="book-cost">
      <p class="book-sum">
        <span>{count > 1 ? tb("cost.many", { count, price: priceOf(service) }) : tb("cost.price")}</span>
        <strong>{pricesOf(service, count)}</strong>
      </p>
      {service.approval ? (
        <p class="quiet small">{tb("cost.later", { name: hostName })}</p>
      ) : (
        have !== null && (
          <p class="quiet small">
            {tb("cost.have", { coins: priceWords(have) })} {short ? tb(series ? "cost.shortSeries" : service.priceMoney ? "cost.money" : "cost.short", { currency: service.priceMoney?.currency ?? "" }) : tb("cost.aside")}
          </p>
        )
      )}
      {series && short && !service.approval && <BuyCoins kind="secondary" />}
    </div>
  );
}
