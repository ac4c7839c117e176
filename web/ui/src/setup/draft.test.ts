import { describe, expect, it } from "vitest";
import { addressOf, answer, answerAgain, asStep, changesOf, hostOf, httpsOf, isDone, isSet, type Key, needsPassword, stepOf, turnsOn, valueOf, withHttps, withSecurity, withoutGateway } from "./draft";

const key = (name: string, value: string | null, more: Partial<Key> = {}): Key => ({ name, value, default: "", isSet: value !== "" && value !== null, answered: false, fixedBy: null, ...more });

const KEYS: Key[] = [
  key("server.public_url", "http://localhost:8080"),
  key("server.tls_listen", ""),
  key("server.redirect_listen", ""),
  key("acme.domains", ""),
  key("mail.smtp_host", "smtp.example.org"),
  key("mail.smtp_port", "465"),
  key("mail.smtp_security", "tls"),
  key("mail.smtp_password", null, { isSet: true }),
  key("mail.from_name", "Parlor", { default: "Parlor" }),
  key("mail.from_address", "a@example.org", { fixedBy: "PARLOR__MAIL__FROM_ADDRESS" }),
  key("payments.stripe_secret_key", null, { isSet: true }),
  key("payments.stripe_webhook_secret", null, { isSet: true }),
];
const say = (name: string, text: string | null, before = {}) => answer(KEYS, before, name, text);

describe("an answer", () => {
  it("is what is not as it is already", () => {
    expect(say("mail.smtp_host", " mail.example.org ")).toEqual({ "mail.smtp_host": "mail.example.org" });
    expect(say("mail.smtp_host", "smtp.example.org", { "mail.smtp_host": "other" })).toEqual({});
  });
  it("takes out when it is empty, and nothing where nothing is", () => {
    expect(say("mail.smtp_host", "")).toEqual({ "mail.smtp_host": null });
    expect(say("acme.domains", "")).toEqual({});
  });
  it("of a secret keeps when it is empty, and is not trimmed", () => {
    expect(say("mail.smtp_password", "", { "mail.smtp_password": "half" })).toEqual({});
    expect(say("mail.smtp_password", " x ")).toEqual({ "mail.smtp_password": " x " });
    expect(say("mail.smtp_password", null)).toEqual({ "mail.smtp_password": null });
  });
  it("changes nothing that is fixed or unknown", () => {
    expect(say("mail.from_address", "b@example.org")).toEqual({});
    expect(say("server.data_dir", "/x")).toEqual({});
  });
  it("is none where somebody else said the same meanwhile", () => {
    expect(answerAgain(KEYS, { "mail.smtp_host": "smtp.example.org", "mail.smtp_port": "587", "acme.domains": null })).toEqual({ "mail.smtp_port": "587" });
  });
  it("is shown, and told in the order of the questions", () => {
    const answers = { "mail.smtp_password": "x", "server.public_url": "https://a.example", "mail.smtp_host": null };
    expect([valueOf(KEYS, answers, "server.public_url"), valueOf(KEYS, answers, "mail.smtp_host"), valueOf(KEYS, {}, "mail.smtp_password")]).toEqual(["https://a.example", "", ""]);
    expect([isSet(KEYS, answers, "mail.smtp_host"), isSet(KEYS, {}, "mail.smtp_password")]).toEqual([false, true]);
    expect(changesOf(KEYS, answers).map((it) => [it.key.name, it.to])).toEqual([["server.public_url", "https://a.example"], ["mail.smtp_host", null], ["mail.smtp_password", "x"]]);
  });
});

describe("the name and https", () => {
  it("is an address, whatever of it was typed", () => {
    expect(["meet.example.org/", "https://a.b", " http://localhost:1 ", ""].map(addressOf)).toEqual(["https://meet.example.org", "https://a.b", "http://localhost:1", ""]);
    expect(["https://meet.example.org:8443", "http://[::1]:80", "nothing"].map(hostOf)).toEqual(["meet.example.org", "[::1]", ""]);
  });
  it("opens doors and asks for a certificate, and takes both back", () => {
    const named = say("server.public_url", "https://meet.example.org");
    const own = withHttps(KEYS, named, "own", false);
    expect(own).toMatchObject({ "acme.domains": "meet.example.org", "server.tls_listen": "0.0.0.0:443, [::]:443", "server.redirect_listen": "0.0.0.0:80, [::]:80" });
    expect(withHttps(KEYS, own, "proxy", false)).toEqual(named);
    expect(withHttps(KEYS, own, "asItIs", false)).toEqual(named);
    const held = withHttps(KEYS, named, "own", true);
    expect(held).toEqual({ ...named, "acme.domains": "meet.example.org" });
  });
  it("goes with the name, and away without https", () => {
    const own = withHttps(KEYS, say("server.public_url", "https://a.example"), "own", false);
    const other = withHttps(KEYS, answer(KEYS, own, "server.public_url", "https://b.example"), "own", false);
    expect(other["acme.domains"]).toBe("b.example");
    expect(withHttps(KEYS, answer(KEYS, own, "server.public_url", "http://a.example"), "own", false)).toEqual({ "server.public_url": "http://a.example" });
  });
  it("is not guessed before somebody answered", () => {
    const of = (changes: Record<string, Partial<Key>>) => httpsOf(KEYS.map((it) => ({ ...it, ...changes[it.name] })));
    expect(of({})).toBeNull();
    expect(of({ "acme.domains": { value: "a.example" } })).toBe("own");
    expect(of({ "server.public_url": { value: "https://a.example", answered: true } })).toBe("proxy");
    expect(of({ "server.public_url": { value: "https://a.example", answered: true }, "server.tls_listen": { value: "0.0.0.0:443" } })).toBe("asItIs");
  });
});

describe("mail and payment", () => {
  it("takes the usual port along with the protection", () => {
    expect(withSecurity(KEYS, {}, "starttls")).toEqual({ "mail.smtp_security": "starttls", "mail.smtp_port": "587" });
    const own = { "mail.smtp_port": "2525" };
    expect(withSecurity(KEYS, own, "starttls")).toEqual({ ...own, "mail.smtp_security": "starttls" });
  });
  it("asks for the password of another mail server", () => {
    expect(needsPassword(KEYS, {})).toBe(false);
    expect(needsPassword(KEYS, { "mail.smtp_host": "other.example" })).toBe(true);
    expect(needsPassword(KEYS, { "mail.smtp_host": "other.example", "mail.smtp_password": "new" })).toBe(false);
    expect(needsPassword(KEYS, { "mail.smtp_host": null })).toBe(false);
  });
  it("leaves nothing of a gateway that is taken out", () => {
    expect(withoutGateway(KEYS, {}, "stripe")).toEqual({ "payments.stripe_secret_key": null, "payments.stripe_webhook_secret": null });
    expect(turnsOn("mpesa")).toBe("payments.mpesa_consumer_key");
  });
});

it("knows where a key is asked for, and what is done", () => {
  expect(["acme.domains", "relay.public_ips", "mail.smtp_port", "payments.mpesa_till", "accounts.signup_open"].map(stepOf)).toEqual(["name", "name", "mail", "payment", "people"]);
  expect([asStep("mail"), asStep("nowhere"), asStep(null)]).toEqual(["mail", "name", "name"]);
  expect((["name", "mail", "payment", "people", "review"] as const).map((step) => isDone(KEYS, step))).toEqual([false, true, true, false, false]);
});
