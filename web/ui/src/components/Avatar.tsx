import { useState } from "preact/hooks";

export interface AvatarProps {
  name: string;
  /** Where the picture is, 512 pixels square; a small one is beside it. */
  picture?: string | null | undefined;
  large?: boolean;
  /** For the page of a person. */
  huge?: boolean;
}

/** A person's picture, or the first letters of the name. Decoration: the name itself always stands next to it. */
export function Avatar({ name, picture, large, huge }: AvatarProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const shown = picture && picture !== broken ? picture : null;
  const kind = huge ? "avatar avatar-huge" : large ? "avatar avatar-large" : "avatar";
  return (
    <span class={kind} aria-hidden="true">
      {shown ? <img src={huge ? shown : small(shown)} alt="" onError={() => setBroken(shown)} /> : initials(name)}
    </span>
  );
}

/** The picture of 128 pixels beside the one of 512. */
const small = (picture: string): string => picture.replace(/\.(?=[^./]*$)/, "-small.");

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1] ?? "") : "";
  return ([...first][0] ?? "?").toUpperCase() + ([...last][0] ?? "").toUpperCase();
}
