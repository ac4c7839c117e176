import { render } from "preact";
import { afterEach, expect, it, vi } from "vitest";
import { speak } from "../i18n/languages";
import { remedy, saw, t, useWords } from "./words";

const expired = { code: "cert.expired", with: { host: "a.example" }, saw: "It expired.", remedy: "Renew it." };

afterEach(() => speak("en"));

it("comes in the reader's language, and only with the page", async () => {
  await speak("de");
  expect(t("title")).toBe("Doctor");
  const root = document.createElement("div");
  const Page = () => <p>{useWords() ? saw(expired) : ""}</p>;
  render(<Page />, root);
  expect(root.textContent).toBe("");
  await vi.waitFor(() => expect(root.textContent).toBe("Das Zertifikat von a.example ist abgelaufen."));
  render(null, root);
});

it("says what the server says where this page knows no better", () => {
  expect(saw(expired)).toBe("The certificate of a.example has expired.");
  expect(remedy(expired)).toContain("Renew it: files");
  const later = { code: "of.tomorrow", with: {}, saw: "Something new.", remedy: "Do it." };
  expect([saw(later), remedy(later)]).toEqual(["Something new.", "Do it."]);
  expect(remedy({ ...later, remedy: null })).toBeNull();
  const clock = { code: "clock.agrees", with: { who: "stripe, browser" }, saw: "" };
  expect(saw(clock)).toBe("The clock agrees with stripe, your browser.");
});
