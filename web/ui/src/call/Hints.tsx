/** What is wrong with our own devices while the call goes on, in words and with the way out. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button, CameraOffIcon, CrossIcon, MicOffIcon } from "../components";
import type { OwnVoice } from "../devices/own-voice";
import { announce } from "./announce";
import type { InCall } from "./panels";
import { ts, type StageWords } from "./stage-words";

interface HintsProps {
  inCall: InCall;
  voice: OwnVoice;
  onChoose: () => void;
}

export function Hints({ inCall: { media }, voice, onChoose }: HintsProps) {
  const { microphone, camera, talkingMuted } = voice.health.value;
  return (
    <div class="hints">
      {talkingMuted && !media.away.value && (
        <Hint
          key="talking"
          icon={<MicOffIcon size={18} />}
          words="hint.talking"
          act={<Button onClick={() => void media.setMicrophone(true)}>{ts("hint.talking.act")}</Button>}
        />
      )}
      {microphone && (
        <Hint
          key={`mic-${microphone}`}
          icon={<MicOffIcon size={18} />}
          words={`hint.mic.${microphone}`}
          act={<Button onClick={onChoose}>{ts("hint.choose")}</Button>}
        />
      )}
      {camera && (
        <Hint
          key={`camera-${camera}`}
          icon={<CameraOffIcon size={18} />}
          words={`hint.camera.${camera}`}
          act={
            camera === "dead" ? (
              <Button onClick={() => void media.setCamera(false).then(() => media.setCamera(true))}>{ts("hint.restart")}</Button>
            ) : (
              <Button onClick={onChoose}>{ts("hint.choose")}</Button>
            )
          }
        />
      )}
    </div>
  );
}

function Hint({ icon, words, act }: { icon: ComponentChildren; words: StageWords; act: ComponentChildren }) {
  const [shown, setShown] = useState(true);
  useEffect(() => announce(ts(words)), [words]);
  if (!shown) return null;
  return (
    <div class="hint">
      {icon}
      <span class="hint-words">{ts(words)}</span>
      {act}
      <Button kind="quiet" iconOnly aria-label={ts("hint.dismiss")} onClick={() => setShown(false)}>
        <CrossIcon size={18} />
      </Button>
    </div>
  );
}
