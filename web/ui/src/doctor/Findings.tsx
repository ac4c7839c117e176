/** Findings as a list: what was looked at, how it is, what to do, and lines to copy. */
import { Badge, type BadgeKind, CheckIcon, CopyLine, InfoIcon, WarnIcon } from "../components";
import type { components } from "../generated/rest";
import { checkWords, remedy, saw, t, verdictWords } from "./words";

export type Finding = components["schemas"]["FindingBody"];

const KINDS: Record<string, BadgeKind> = { failed: "danger", warning: "warn", ok: "good" };

export const isTrouble = ({ verdict }: Finding): boolean => verdict === "failed" || verdict === "warning";

export function Findings({ findings }: { findings: Finding[] }) {
  return (
    <ul role="list" class="lines">
      {findings.map((it) => (
        <Line key={`${it.check} ${it.about} ${it.code}`} finding={it} />
      ))}
    </ul>
  );
}

function Line({ finding }: { finding: Finding }) {
  const { check, about, verdict, commands } = finding;
  const todo = remedy(finding);
  const Icon = verdict === "ok" ? CheckIcon : isTrouble(finding) ? WarnIcon : InfoIcon;
  return (
    <li class={`line finding finding-${verdict}`}>
      <span class="finding-icon" role="img" aria-label={verdictWords(verdict)}>
        <Icon />
      </span>
      <div class="finding-words">
        <p class="finding-head">
          <strong>{checkWords(check)}</strong>
          {verdict !== "ok" && <Badge kind={KINDS[verdict] ?? "plain"}>{verdictWords(verdict)}</Badge>}
        </p>
        {about !== "" && <p class="quiet small finding-about">{about}</p>}
        <p class={verdict === "ok" ? "quiet" : undefined}>{saw(finding)}</p>
        {todo !== null && <p class="finding-todo">{todo}</p>}
        {isTrouble(finding) && commands.map((line) => <CopyLine key={line} value={line} label={t("line")} />)}
      </div>
    </li>
  );
}
