/** Paying by a push to a phone: the number, then "look at your phone" until it is decided. */
import { useState } from "preact/hooks";
import { session } from "../api";
import { useSubmit } from "../app/hooks";
import { Button, Field, Notice, Spinner } from "../components";
import { newKey, type Offer, type Order, type Package, place, price, t } from "./orders";

export interface PhoneStepProps {
  offer: Offer;
  pack: Package;
  onPlaced: (order: Order) => void;
  onBack: () => void;
  /** The booking that the coins are for. */
  meetingId?: string;
}

export function PhoneStep({ offer, pack, onPlaced, onBack, meetingId }: PhoneStepProps) {
  const identity = session.identity.value;
  const known = identity.kind === "member" ? (identity.user.phone ?? "") : "";
  // One key per try: after a refusal the next request is another command.
  const [key, setKey] = useState(newKey);
  const form = useSubmit(
    async (values) => {
      try {
        const placed = await place(offer.gateway, pack.id, key, { phone: values.text("phone"), ...(meetingId === undefined ? {} : { meetingId }) });
        onPlaced(placed.order);
      } catch (cause) {
        setKey(newKey());
        throw cause;
      }
    },
    { fields: ["phone"] },
  );
  const sum = price(pack.priceMinor, pack.currency);
  return (
    <form class="form" onSubmit={form.onSubmit}>
      {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      <p>
        <strong>{t("phone.for", { coins: pack.coins, price: sum })}</strong>
      </p>
      <Field
        label={t("phone.label")}
        hint={t("phone.hint")}
        name="phone"
        type="tel"
        inputMode="tel"
        autocomplete="tel"
        defaultValue={known}
        maxLength={20}
        error={form.fieldError("phone")}
      />
      <div class="form-actions">
        <Button onClick={onBack}>{t("phone.back")}</Button>
        <Button type="submit" kind="primary" busy={form.busy}>
          {t("phone.ask")}
        </Button>
      </div>
    </form>
  );
}

export function LookAtPhone({ order }: { order: Order }) {
  return (
    <div class="topup-wait" role="status">
      <Spinner />
      <div>
        <strong>{t("phone.look")}</strong>
        <p>{t("phone.confirm", { price: price(order.priceMinor, order.currency) })}</p>
      </div>
    </div>
  );
}
