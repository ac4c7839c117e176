/** For whoever has no account to keep a language in: the languages, each under its own name. */
import { session } from "../api";
import { bestOf, language, LANGUAGES, speak, t } from "../i18n";

export function LanguageChoice() {
  if (session.identity.value.kind === "member") return null;
  return (
    <footer class="site-footer">
      <label class="language-choice">
        <span class="only-read">{t("frame.language")}</span>
        <select onChange={(event) => void speak(bestOf([event.currentTarget.value]))}>
          {LANGUAGES.map(({ value, label }) => (
            <option key={value} value={value} lang={value} selected={value === language()}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </footer>
  );
}
