/** What other parts use of buying coins: the sheet that a call puts beside its own. */
export { TopUpSheet, type TopUpSheetProps } from "./TopUpSheet";
