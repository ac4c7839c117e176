/** Every key of the call, and the switch that turns the single ones off. */
import { Button, Dialog, Switch } from "../components";
import { type InCall, panels, tools } from "./panels";
import { helpOpen } from "./StageTools";
import { ts } from "./stage-words";

export function KeysDialog({ inCall }: { inCall: InCall }) {
  const { media } = inCall;
  const close = () => void (helpOpen.value = false);
  const hooked = [...panels.filter((panel) => panel.offered?.(inCall) ?? true), ...tools].flatMap(({ shortcut }) =>
    shortcut === undefined ? [] : [[shortcut.key.toUpperCase(), shortcut.does()] as const],
  );
  const lines: readonly (readonly [string, string])[] = [
    ["M", ts("keys.microphone")],
    ["V", ts("keys.camera")],
    ...(media.canShare ? [["S", ts("keys.share")] as const] : []),
    [ts("keys.space"), ts("keys.talk")],
    ...hooked,
    ["F6", ts("keys.region")],
    [ts("keys.arrows"), ts("keys.self")],
  ];
  return (
    <Dialog
      open={helpOpen.value}
      title={ts("keys")}
      onClose={close}
      actions={
        <Button kind="primary" onClick={close}>
          {ts("keys.close")}
        </Button>
      }
    >
      <dl class="keys">
        {lines.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <Switch
        label={ts("keys.on")}
        hint={ts("keys.on.hint")}
        checked={media.choice.value.shortcuts}
        onChange={(on) => media.setShortcuts(on)}
      />
    </Dialog>
  );
}
