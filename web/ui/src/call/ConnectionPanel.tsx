/** How each person is connected, the safety number, what the call costs in data, and a text for a helper. */
import "./link.css";
import { useEffect, useState } from "preact/hooks";
import { Button, CopyIcon, LockIcon, Switch, toast } from "../components";
import type { RemotePeer } from "../rtc/mesh";
import type { LinkStats } from "../rtc/stats";
import { tl } from "./link-words";
import type { PanelProps } from "./panels";
import { QualityBars } from "./QualityBars";
import type { PeerQuality } from "./quality";
import type { CallSession } from "./session";

export function ConnectionPanel({ call }: PanelProps) {
  const stats = call.stats.value;
  const known = call.remotes.value.filter(({ peerId }) => stats.has(peerId));
  return (
    <div class="stack details">
      {known.length === 0 && <p class="quiet">{tl("details.none")}</p>}
      {known.map((remote) => (
        <Peer
          key={remote.peerId}
          call={call}
          remote={remote}
          stats={stats.get(remote.peerId)!}
          quality={call.quality.peers.value.get(remote.peerId)}
        />
      ))}
      <section class="stack-tight">
        <h3>{tl("details.data")}</h3>
        <Switch
          label={tl("details.lessData")}
          hint={tl("details.lessData.hint", { megabytes: megabytes(call.quality.bytes.value) })}
          checked={call.lessData.value}
          onChange={(on) => call.setLessData(on)}
        />
        <Switch
          label={tl("details.audioOnly")}
          hint={tl("details.audioOnly.hint")}
          checked={call.audioOnly.value}
          onChange={(on) => call.setAudioOnly(on)}
        />
      </section>
      <Help call={call} />
    </div>
  );
}

/** Rounded as people do: to whole ones, below ten to tenths. */
export function megabytes(bytes: number): number {
  const whole = bytes / 1e6;
  return whole < 10 ? Math.round(whole * 10) / 10 : Math.round(whole);
}

interface PeerProps {
  call: CallSession;
  remote: RemotePeer;
  stats: LinkStats;
  quality: PeerQuality | undefined;
}

function Peer({ call, remote, stats, quality }: PeerProps) {
  const [safety, setSafety] = useState<string | undefined>(undefined);
  useEffect(() => void call.line.safetyNumber(remote.peerId).then(setSafety), [remote.peerId, stats.cipher]);
  const transport = stats.transport.toUpperCase();
  const last = quality?.last;
  const limited = stats.limitedBy === "bandwidth" || stats.limitedBy === "cpu" ? stats.limitedBy : undefined;
  return (
    <section class="stack-tight details-peer">
      <h3 class="details-name">
        <span>{remote.info.userName}</span>
        <QualityBars level={quality?.bars} name={remote.info.userName} />
      </h3>
      <p class="details-encrypted">
        <LockIcon size={16} />
        <span>{tl(stats.relayed ? "details.encrypted.relayed" : "details.encrypted.direct")}</span>
      </p>
      {safety && (
        <div class="safety">
          <h4>{tl("details.safety")}</h4>
          <p class="safety-number">
            {safety.split(" ").map((group, index) => (
              <span key={index}>{group}</span>
            ))}
          </p>
          <p class="small quiet">{tl("details.safety.hint")}</p>
        </div>
      )}
      <dl class="details-facts">
        <Fact name={tl("details.way")}>
          {tl(stats.relayed ? "details.way.relayed" : "details.way.direct", { transport })}
        </Fact>
        <Fact name={tl("details.rtt")}>{tl("details.rtt.value", { count: stats.rttMs })}</Fact>
        {last && (
          <Fact name={tl("details.loss")}>
            {tl("details.loss.value", { in: last.lossInPct, out: last.lossOutPct })}
          </Fact>
        )}
        <Fact name={tl("details.received")}>
          {picture(stats.frameWidth, stats.frameHeight, stats.framesPerSecond, stats.codecs.receivedVideo)}
          {last && <span class="details-rate">{tl("details.rate", { kbps: last.kbpsIn })}</span>}
        </Fact>
        <Fact name={tl("details.sent")}>
          {picture(stats.sentWidth, stats.sentHeight, stats.sentPerSecond, stats.codecs.sentVideo)}
          {last && <span class="details-rate">{tl("details.rate", { kbps: last.kbpsOut })}</span>}
        </Fact>
        {limited && <Fact name={tl("details.limited")}>{tl(`details.limited.${limited}`)}</Fact>}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function picture(width: number, height: number, fps: number, codec: string): string {
  return width === 0 || fps === 0 ? tl("details.noPicture") : tl("details.picture", { width, height, fps, codec });
}

function Help({ call }: { call: CallSession }) {
  const [addresses, setAddresses] = useState(false);
  const [text, setText] = useState<string | undefined>(undefined);
  const copy = async () => {
    const words = call.diagnostics({ addresses });
    try {
      await navigator.clipboard.writeText(words);
      toast(tl("details.copied"));
      setText(undefined);
    } catch {
      setText(words); // no permission, or no https: the keyboard still can
    }
  };
  return (
    <section class="stack-tight">
      <h3>{tl("details.help")}</h3>
      <Switch
        label={tl("details.addresses")}
        hint={tl("details.addresses.hint")}
        checked={addresses}
        onChange={setAddresses}
      />
      <Button onClick={() => void copy()}>
        <CopyIcon />
        {tl("details.copy")}
      </Button>
      {text !== undefined && <textarea readOnly rows={8} value={text} aria-label={tl("details.copy")} />}
    </section>
  );
}
