/** What lives by the line to the server: its code comes after the page, and nobody waits for it. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export function Later({ load }: { load: () => Promise<ComponentType> }) {
  const [it, setIt] = useState<{ View: ComponentType } | null>(null);
  useEffect(() => {
    void load().then((View) => setIt({ View }), () => {});
  }, [load]);
  return it && <it.View />;
}
