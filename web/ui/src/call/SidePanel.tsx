/**
 * The panel beside the stage; on a phone it lies over it. Not a dialog: the call goes on next to it
 * and stays reachable. Takes the focus when it opens and gives it back when it closes.
 */
import type { ComponentType } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Button, CrossIcon, Loading } from "../components";
import { type InCall, openPanel, type PanelProps, panels, type PanelSpec } from "./panels";
import { ts } from "./stage-words";

export function SidePanel({ inCall }: { inCall: InCall }) {
  const spec = panels.find((panel) => panel.id === openPanel.value);
  useEffect(() => () => void (openPanel.value = undefined), []);
  return spec === undefined ? null : <Open key={spec.id} spec={spec} inCall={inCall} />;
}

function Open({ spec, inCall }: { spec: PanelSpec; inCall: InCall }) {
  const frame = useRef<HTMLElement>(null);
  const id = useId();
  const title = spec.title();
  useEffect(() => {
    const before = document.activeElement;
    frame.current?.focus();
    return () => {
      const inside = document.activeElement === document.body || frame.current?.contains(document.activeElement);
      if (inside && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const close = () => void (openPanel.value = undefined);
  return (
    <aside
      ref={frame}
      class="panel"
      tabIndex={-1}
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented || (event.target as Element).closest("dialog")) return;
        event.stopPropagation();
        close();
      }}
    >
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" iconOnly aria-label={ts("panel.close", { title })} onClick={close}>
          <CrossIcon />
        </Button>
      </div>
      <div class="panel-body">
        <Content spec={spec} title={title} props={{ ...inCall, close }} />
      </div>
    </aside>
  );
}

function Content({ spec, title, props }: { spec: PanelSpec; title: string; props: PanelProps }) {
  const [loaded, setLoaded] = useState<{ View: ComponentType<PanelProps> } | "loading" | "failed">("loading");
  const load = () => {
    setLoaded("loading");
    spec.load().then(
      (View) => setLoaded({ View }),
      () => setLoaded("failed"),
    );
  };
  useEffect(load, []);
  if (loaded === "loading") return <Loading words={ts("panel.loading", { title })} />;
  if (loaded === "failed")
    return (
      <div class="panel-failed stack" role="alert">
        <p>{ts("panel.failed")}</p>
        <Button onClick={load}>{ts("panel.retry")}</Button>
      </div>
    );
  return <loaded.View {...props} />;
}
