/** The questions. Each step stands for itself; what is answered lies with the page. */
import { useId, useState } from "preact/hooks";
import { Badge, CopyLine, Notice, WarnIcon } from "../components";
import { Check } from "./Check";
import {
  addressOf, answer, GATEWAYS, type GatewayName, type Https, isSet, keyOf, needsPassword, turnsOn, valueOf, withHttps, withoutGateway, withSecurity,
} from "./draft";
import { type Form, SecretKey, SelectKey, SwitchKey, TextKey } from "./fields";
import { t } from "./words";

export interface StepProps {
  form: Form;
  /** Takes a failure of a check that the page itself knows what to do with. */
  onFailed: (cause: unknown) => boolean;
}

const TERMS = "https://letsencrypt.org/repository/";

/** How https comes about, and whether the authority's terms were agreed to. */
export interface HttpsChoice {
  choice: Https | null;
  agreed: boolean;
  /** The page was asked to go on without agreement. */
  missed: boolean;
}

interface NameProps extends StepProps {
  https: HttpsChoice;
  onHttps: (https: HttpsChoice) => void;
}

export function NameStep({ form, onFailed, https, onHttps }: NameProps) {
  const { keys, portsHeld } = form.standing;
  const [typed, setTyped] = useState<string | null>(null);
  const address = valueOf(keys, form.answers, "server.public_url");
  const apply = (answers: Form["answers"], { choice, agreed }: HttpsChoice) =>
    form.take(withHttps(keys, answers, choice === "own" && !agreed ? null : choice, portsHeld));
  const choose = (more: Partial<HttpsChoice>) => {
    const next = { ...https, missed: false, ...more };
    onHttps(next);
    apply(form.answers, next);
  };
  const rename = (text: string) => {
    setTyped(text);
    apply(answer(keys, form.answers, "server.public_url", addressOf(text)), https);
  };
  const secure = address.startsWith("https://");
  return (
    <>
      <TextKey
        form={form}
        name="server.public_url"
        hint={t("name.hint")}
        inputMode="url"
        shown={typed ?? address.replace(/^https:\/\//, "")}
        onType={rename}
      />
      {address !== "" && !secure && <Notice kind="warn">{t("name.plain")}</Notice>}
      {secure && (
        <>
          <fieldset class="setup-choices">
            <legend>{t("https.title")}</legend>
            <Choice label={t("https.own")} hint={t("https.ownHint")} checked={https.choice === "own"} onChoose={() => choose({ choice: "own" })} />
            <Choice
              label={t("https.proxy")}
              hint={t(portsHeld ? "https.held" : "https.proxyHint")}
              checked={https.choice === "proxy"}
              disabled={portsHeld}
              onChoose={() => choose({ choice: "proxy" })}
            />
            <Choice label={t("https.asItIs")} hint={t("https.asItIsHint")} checked={https.choice === "asItIs"} onChoose={() => choose({ choice: "asItIs" })} />
          </fieldset>
          {https.choice === "own" && (
            <div class="setup-inset">
              <Terms agreed={https.agreed} missed={https.missed} onAgree={(agreed) => choose({ agreed })} />
              <TextKey form={form} name="acme.contact_email" type="email" hint={t("https.contactHint")} />
              <SwitchKey form={form} name="acme.staging" hint={t("https.stagingHint")} />
            </div>
          )}
        </>
      )}
      <details class="setup-more" open={isSet(keys, form.answers, "relay.public_ips")}>
        <summary>{t("relay.title")}</summary>
        <div class="setup-inset">
          <TextKey form={form} name="relay.public_ips" hint={t("relay.hint")} />
          <TextKey form={form} name="relay.public_host" hint={t("relay.hostHint")} />
        </div>
      </details>
      {secure && <Check standing={form.standing} answers={form.answers} check="dns" onFailed={onFailed} />}
    </>
  );
}

function Terms({ agreed, missed, onAgree }: { agreed: boolean; missed: boolean; onAgree: (agreed: boolean) => void }) {
  const id = useId();
  return (
    <div>
      <label class="check">
        <input
          type="checkbox"
          name="terms"
          checked={agreed}
          aria-invalid={missed || undefined}
          aria-describedby={missed ? id : undefined}
          onChange={(event) => onAgree(event.currentTarget.checked)}
        />
        <span>
          {t("https.terms")}.{" "}
          <a href={TERMS} target="_blank" rel="noreferrer">
            {t("https.termsLink")}
          </a>
        </span>
      </label>
      {missed && (
        <p class="field-error" id={id} role="alert">
          <WarnIcon size={16} />
          <span>{t("https.termsNeeded")}</span>
        </p>
      )}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  hint: string;
  checked: boolean;
  disabled?: boolean;
  onChoose: () => void;
}

function Choice({ label, hint, checked, disabled = false, onChoose }: ChoiceProps) {
  const id = useId();
  return (
    <label class="setup-choice">
      <input type="radio" name="https" checked={checked} disabled={disabled} aria-describedby={id} onChange={onChoose} />
      <span class="setup-choice-name">{label}</span>
      <span class="small quiet" id={id}>
        {hint}
      </span>
    </label>
  );
}

export function MailStep({ form, onFailed }: StepProps) {
  const { keys } = form.standing;
  const host = valueOf(keys, form.answers, "mail.smtp_host");
  const options = (["tls", "starttls", "none"] as const).map((value) => ({ value, label: t(`security.${value}`) }));
  return (
    <>
      {host === "" && (
        <Notice>
          <p>{t("mail.without")}</p>
          <p>{t("mail.later")}</p>
        </Notice>
      )}
      <TextKey form={form} name="mail.smtp_host" inputMode="url" placeholder="smtp.example.org" />
      <div class="form-pair">
        <SelectKey
          form={form}
          name="mail.smtp_security"
          options={options}
          onChoose={(security) => form.take(withSecurity(keys, form.answers, security))}
        />
        <TextKey form={form} name="mail.smtp_port" inputMode="numeric" />
      </div>
      <div class="form-pair">
        <TextKey form={form} name="mail.smtp_user" hint={t("mail.userHint")} />
        <SecretKey form={form} name="mail.smtp_password" wanted={needsPassword(keys, form.answers) ? t("mail.again") : undefined} />
      </div>
      <div class="form-pair">
        <TextKey form={form} name="mail.from_address" type="email" hint={t("mail.fromHint")} />
        <TextKey form={form} name="mail.from_name" />
      </div>
      {host !== "" && <Check standing={form.standing} answers={form.answers} check="mail" onFailed={onFailed} />}
    </>
  );
}

const NAMES: Record<GatewayName, string> = { stripe: "Stripe", razorpay: "Razorpay", mpesa: "M-Pesa" };

export function PaymentStep({ form, onFailed }: StepProps) {
  const { keys } = form.standing;
  const used = (Object.keys(GATEWAYS) as GatewayName[]).filter((it) => isSet(keys, form.answers, turnsOn(it)));
  return (
    <>
      <div class="setup-services">
        {(Object.keys(GATEWAYS) as GatewayName[]).map((it) => (
          <GatewayFields key={it} form={form} gateway={it} used={used.includes(it)} />
        ))}
      </div>
      <TextKey form={form} name="payments.shop_name" />
      {used.length > 0 && <Check standing={form.standing} answers={form.answers} check="payments" onFailed={onFailed} />}
    </>
  );
}

function GatewayFields({ form, gateway, used }: { form: Form; gateway: GatewayName; used: boolean }) {
  const { keys } = form.standing;
  const concerned = GATEWAYS[gateway].some((name) => form.problem?.name === name);
  const address = valueOf(keys, form.answers, "server.public_url");
  const removed = GATEWAYS[gateway].some((name) => form.answers[name] === null) && !used;
  return (
    <details class="setup-service" open={used || concerned}>
      <summary>
        <strong>{NAMES[gateway]}</strong>
        <Badge kind={used ? "good" : "plain"}>{t(used ? "pay.isSet" : "pay.isNot")}</Badge>
      </summary>
      <div class="setup-inset">
        {removed ? (
          <Notice kind="warn">{t("pay.removed")}</Notice>
        ) : (
          GATEWAYS[gateway].map((name) => {
            const secret = keyOf(keys, name)?.value == null;
            return secret ? <SecretKey key={name} form={form} name={name} removable={false} /> : <TextKey key={name} form={form} name={name} />;
          })
        )}
        {gateway === "mpesa" && !removed && <SwitchKey form={form} name="payments.mpesa_till" />}
        {gateway !== "mpesa" && used && (
          <div class="field">
            <span class="field-legend">{t("pay.webhook")}</span>
            <CopyLine value={`${address}/api/payment/webhook/${gateway}`} label={`${t("pay.webhook")}, ${NAMES[gateway]}`} />
            <span class="field-hint">{t("pay.webhookHint")}</span>
          </div>
        )}
        {keyOf(keys, turnsOn(gateway))?.isSet && !removed && (
          <button type="button" class="button button-danger-quiet" onClick={() => form.take(withoutGateway(keys, form.answers, gateway))}>
            {t("pay.remove")}
          </button>
        )}
      </div>
    </details>
  );
}

export function PeopleStep({ form }: StepProps) {
  const options = (["review", "open"] as const).map((value) => ({ value, label: t(`people.${value}`) }));
  return (
    <>
      <SwitchKey form={form} name="accounts.signup_open" label={t("people.signup")} hint={t("people.signupHint")} />
      <SelectKey form={form} name="accounts.host_approval" options={options} />
    </>
  );
}
