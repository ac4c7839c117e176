/** The words of reports about people, and of accounts out of service. */
import type { components } from "../generated/rest";
import english from "../i18n/en/reports.json";
import { translator } from "../i18n/translate";

export const tp = translator("reports", english);

export type Report = components["schemas"]["ReportBody"];
export type ReportList = components["schemas"]["ReportList"];
export type Verdict = components["schemas"]["ReportVerdict"];
export type Standing = components["schemas"]["AccountStandingBody"];

export const REASONS = ["harassment", "hate", "sexual", "violence", "fraud", "spam", "impersonation", "other"] as const;

export const reasonWords = (reason: Report["reason"]): string => tp(reason === "other" ? "reason.else" : `reason.${reason}`);
