/** What stands around other pages, as one file that comes after them. */
export { Joining } from "./Joining";
export { Legal } from "./Legal";
