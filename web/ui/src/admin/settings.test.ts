import { describe, expect, it } from "vitest";
import { found, type Section, type Setting } from "./settings";

const key = (name: string, more: Partial<Setting> = {}): Setting => ({
  ...{ key: name, about: "About it.", default: "1", value: "1", secret: false, changed: false, inSetup: false, layers: [] },
  ...more,
});
const sections: Section[] = [
  { name: "relay", about: "", keys: [key("port_min", { about: "Lowest port." }), key("secret", { secret: true, changed: true, layers: [{ from: "environment", place: "PARLOR__RELAY__SECRET" }] })] },
  { name: "mail", about: "", keys: [key("smtp_host", { value: '"mail.example.org"', changed: true, layers: [{ from: "file", place: "config.toml:7" }] })] },
];
const names = (search: string, changed = false) => found(sections, search, changed).flatMap(({ name, keys }) => keys.map((it) => `${name}.${it.key}`));

describe("a search in the settings", () => {
  it.each([
    ["", ["relay.port_min", "relay.secret", "mail.smtp_host"]],
    ["relay.port", ["relay.port_min"]],
    ["LOWEST relay", ["relay.port_min"]],
    ["example.org", ["mail.smtp_host"]],
    ["config.toml", ["mail.smtp_host"]],
    ["nothing", []],
  ])("for %j finds %j", (search, expected) => expect(names(search)).toEqual(expected));

  it("can leave out what is as by default", () => expect(names("", true)).toEqual(["relay.secret", "mail.smtp_host"]));
});
