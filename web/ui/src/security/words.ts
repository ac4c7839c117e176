/** The words of two-step login and of the list of devices, and the shapes of their requests. */
import type { components } from "../generated/rest";
import english from "../i18n/en/security.json";
import { translator } from "../i18n/translate";

export const ts = translator("security", english);

export type SecondFactorState = components["schemas"]["SecondFactorBody"];
export type Enrolment = components["schemas"]["EnrolmentBody"];
export type RecoveryCodes = components["schemas"]["RecoveryCodes"];
/** Longer than what anybody has to type, so that a pasted text does not travel. */
export const CODE_CHARS_MAX = 40;
