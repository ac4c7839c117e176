import { byArea } from "../areas";

export default byArea(import.meta.glob<Record<string, string>>(["./*.json", "!./doctor.json", "!./setup.json"], { eager: true, import: "default" }));
