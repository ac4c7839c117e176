import { byArea } from "../areas";

export default byArea(import.meta.glob<Record<string, string>>("./*.json", { eager: true, import: "default" }));
