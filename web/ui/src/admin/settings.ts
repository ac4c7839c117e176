/** Which settings fit a search. Pure. */
import type { components } from "../generated/rest";

export type Section = components["schemas"]["SectionBody"];
export type Setting = components["schemas"]["SettingBody"];

/** Every word of the search stands in the key, in what it is about, in its value or in its place. */
export function found(sections: readonly Section[], search: string, changed: boolean): Section[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (section: Section, it: Setting) => {
    const text = [section.name, it.key, `${section.name}.${it.key}`, it.about, it.value ?? "", ...it.layers.map(({ place }) => place)];
    const all = text.join("\n").toLowerCase();
    return (!changed || it.layers.length > 0 || it.changed) && words.every((word) => all.includes(word));
  };
  return sections
    .map((section) => ({ ...section, keys: section.keys.filter((it) => fits(section, it)) }))
    .filter(({ keys }) => keys.length > 0);
}
