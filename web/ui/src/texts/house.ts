/**
 * Which texts people agree to here. The server says so in the document itself, so that no page has to
 * ask; without texts it says nothing.
 */
export type Kind = "terms" | "privacy";
export const KINDS: readonly Kind[] = ["terms", "privacy"];

export interface House {
  /** What is agreed to. */
  version: string;
  kinds: readonly Kind[];
}

export function house(): House | null {
  const [version, ...said] = document.querySelector<HTMLMetaElement>("meta[name=texts]")?.content.split(" ") ?? [];
  return version ? { version, kinds: KINDS.filter((kind) => said.includes(kind)) } : null;
}
