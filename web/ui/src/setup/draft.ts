/** What was answered on the page and is not saved yet. Pure. */
import type { components } from "../generated/rest";

export type Standing = components["schemas"]["SetupStanding"];
export type Key = components["schemas"]["SetupKey"];

/** By key; null takes a key out, so that it is as by default. What is not in it stays as it is. */
export type Answers = Readonly<Record<string, string | null>>;

export const STEPS = ["name", "mail", "payment", "people", "review"] as const;
export type Step = (typeof STEPS)[number];

const SECTIONS: Record<string, Step> = { server: "name", acme: "name", relay: "name", mail: "mail", payments: "payment", accounts: "people" };

/** Where a key is asked for. */
export const stepOf = (name: string): Step => SECTIONS[name.split(".")[0] ?? ""] ?? "review";

export const asStep = (text: string | null): Step => STEPS.find((it) => it === text) ?? "name";

export const keyOf = (keys: readonly Key[], name: string): Key | undefined => keys.find((it) => it.name === name);

/** The value of a key as it would be; a secret that is kept has none here. */
export function valueOf(keys: readonly Key[], answers: Answers, name: string): string {
  const answer = answers[name];
  return answer === undefined ? (keyOf(keys, name)?.value ?? "") : (answer ?? "");
}

/** Whether a key would have a value. */
export const isSet = (keys: readonly Key[], answers: Answers, name: string): boolean =>
  answers[name] === undefined ? (keyOf(keys, name)?.isSet ?? false) : answers[name] !== null;

/** With this answer: an empty one takes the key out; a secret's empty one keeps what there is. */
export function answer(keys: readonly Key[], answers: Answers, name: string, text: string | null): Answers {
  const key = keyOf(keys, name);
  const { [name]: _before, ...others } = answers;
  if (key === undefined || key.fixedBy) return others;
  const secret = key.value == null;
  const words = secret ? text : (text?.trim() ?? null);
  if (words === null || (words === "" && !secret)) return key.isSet ? { ...others, [name]: null } : others;
  if (words === "" || words === key.value) return others;
  return { ...others, [name]: words };
}

/** The same answers over what the server says by now. */
export const answerAgain = (keys: readonly Key[], answers: Answers): Answers => answerAll(keys, {}, answers);

const answerAll = (keys: readonly Key[], answers: Answers, all: Answers): Answers =>
  Object.entries(all).reduce((so, [name, text]) => answer(keys, so, name, text), answers);

/** What a person typed as the name of the server. */
export function addressOf(typed: string): string {
  const text = typed.trim().replace(/\/+$/, "");
  return text === "" || text.includes("://") ? text : `https://${text}`;
}

export const hostOf = (address: string): string => /^[a-z]+:\/\/(\[[^\]]*\]|[^:/]*)/.exec(address)?.[1] ?? "";

/** How https comes about: a certificate of our own, a proxy in front, or as it is in config.toml. */
export type Https = "own" | "proxy" | "asItIs";

export const HTTPS_DOORS: Answers = { "server.tls_listen": "0.0.0.0:443, [::]:443", "server.redirect_listen": "0.0.0.0:80, [::]:80" };

/** What is answered already; null while nobody thought about it. */
export function httpsOf(keys: readonly Key[]): Https | null {
  const value = (name: string) => valueOf(keys, {}, name);
  if (value("acme.domains") !== "") return "own";
  if (!keys.some((it) => it.answered && stepOf(it.name) === "name")) return null;
  return value("server.tls_listen") === "" && value("server.public_url").startsWith("https://") ? "proxy" : "asItIs";
}

/** The answers that a choice comes to, for this address. Doors that are open already stay. */
export function withHttps(keys: readonly Key[], answers: Answers, choice: Https | null, portsHeld: boolean): Answers {
  const address = valueOf(keys, answers, "server.public_url");
  const { "acme.domains": _names, "server.tls_listen": _tls, "server.redirect_listen": _redirect, ...others } = answers;
  if (!address.startsWith("https://")) {
    // Without https there is nothing to get a certificate for, and nobody to send there.
    const doors: Answers = portsHeld ? {} : { "server.redirect_listen": null };
    return answerAll(keys, others, { "acme.domains": null, ...doors });
  }
  if (choice === "proxy") return answerAll(keys, others, { "acme.domains": null, ...(portsHeld ? {} : { "server.tls_listen": null, "server.redirect_listen": null }) });
  if (choice !== "own") return others;
  const missing = Object.entries(HTTPS_DOORS).filter(([name]) => !keyOf(keys, name)?.isSet && !portsHeld);
  return answerAll(keys, others, { "acme.domains": hostOf(address), ...Object.fromEntries(missing) });
}

const PORTS: Record<string, string> = { tls: "465", starttls: "587", none: "25" };

/** Another way of protection; the port goes along where it is the usual one. */
export function withSecurity(keys: readonly Key[], answers: Answers, security: string): Answers {
  const port = valueOf(keys, answers, "mail.smtp_port");
  const before = answer(keys, answers, "mail.smtp_security", security);
  const usual = PORTS[security];
  return usual !== undefined && Object.values(PORTS).includes(port) ? answer(keys, before, "mail.smtp_port", usual) : before;
}

/** Whether the password must be typed again: the one that is kept goes to its own server only. */
export function needsPassword(keys: readonly Key[], answers: Answers): boolean {
  const moved = ["mail.smtp_host", "mail.smtp_port", "mail.smtp_security"].some((name) => answers[name] !== undefined);
  const password = "mail.smtp_password";
  return moved && (keyOf(keys, password)?.isSet ?? false) && answers[password] === undefined && valueOf(keys, answers, "mail.smtp_host") !== "";
}

export const GATEWAYS = {
  stripe: ["payments.stripe_secret_key", "payments.stripe_webhook_secret"],
  razorpay: ["payments.razorpay_key_id", "payments.razorpay_key_secret", "payments.razorpay_webhook_secret"],
  mpesa: ["payments.mpesa_consumer_key", "payments.mpesa_consumer_secret", "payments.mpesa_shortcode", "payments.mpesa_passkey"],
} as const;
export type GatewayName = keyof typeof GATEWAYS;

/** The key that switches a gateway on. */
export const turnsOn = (gateway: GatewayName): string => GATEWAYS[gateway][0];

/** Without a gateway: nothing of it stays. */
export const withoutGateway = (keys: readonly Key[], answers: Answers, gateway: GatewayName): Answers =>
  answerAll(keys, answers, Object.fromEntries(GATEWAYS[gateway].map((name) => [name, null])));

export interface Change {
  key: Key;
  to: string | null;
}

/** In the order in which setup asks. */
export const changesOf = (keys: readonly Key[], answers: Answers): Change[] =>
  STEPS.flatMap((step) =>
    keys.flatMap((key) => {
      const to = answers[key.name];
      return to === undefined || stepOf(key.name) !== step ? [] : [{ key, to }];
    }),
  );

export const isSecret = (key: Key): boolean => key.value == null;

/** Whether anything of a step is answered on this page. */
export const isTouched = (answers: Answers, step: Step): boolean => Object.keys(answers).some((name) => stepOf(name) === step);

/** How a step is told in the row of steps, without what is only on this page. */
export function isDone(keys: readonly Key[], step: Step): boolean {
  const some = (...names: string[]) => names.some((name) => isSet(keys, {}, name));
  if (step === "name") return valueOf(keys, {}, "server.public_url").startsWith("https://") && keys.some((it) => it.name === "server.public_url" && (it.answered || Boolean(it.fixedBy)));
  if (step === "mail") return some("mail.smtp_host");
  if (step === "payment") return some(...(Object.keys(GATEWAYS) as GatewayName[]).map(turnsOn));
  return step === "people" && keys.some((it) => it.answered && stepOf(it.name) === "people");
}
