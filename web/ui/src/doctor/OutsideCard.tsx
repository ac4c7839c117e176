/** Ports from outside: this browser tries them, the server says what it means. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { Button, Card, Notice } from "../components";
import type { components } from "../generated/rest";
import type { IceServer } from "../generated/protocol";
import { type Finding, Findings } from "./Findings";
import { oneByOne, tryAll } from "./outside";
import { t } from "./words";

type Answer = components["schemas"]["OutsideBody"];
type Range = components["schemas"]["RangeBody"];

export function OutsideCard({ known }: { known: Finding[] }) {
  const [told, setTold] = useState<Finding[] | null>(null);
  const [trying, setTrying] = useState<{ done: number; all: number } | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const begin = async () => {
    setFailure(null);
    try {
      const { iceServers } = await request<{ iceServers: IceServer[] }>("/api/video-calls/config");
      if (iceServers.length === 0) return setFailure(t("outside.none"));
      const { urls } = await request<Range>("/api/admin/doctor/range", { method: "POST" });
      const servers = [...iceServers, { urls }];
      const all = oneByOne(servers).length;
      setTrying({ done: 0, all });
      const ways = await tryAll(servers, (done) => setTrying({ done, all }));
      const body = { origin: location.origin, clock: Date.now(), ways };
      const answer = await request<Answer>("/api/admin/doctor/outside", { method: "POST", body });
      setTold(answer.findings);
    } catch (cause) {
      setFailure(errorWords(cause));
    } finally {
      setTrying(null);
    }
  };
  return (
    <Card title={t("outside.title")}>
      <div class="stack">
        <p class="quiet">{t("outside.intro")}</p>
        <div class="row doctor-bar">
          <Button onClick={() => void begin()} busy={trying !== null}>
            {t("outside.try")}
          </Button>
          <span class="quiet small" role="status">
            {trying && t("outside.trying", trying)}
          </span>
        </div>
        {failure !== null && <Notice kind="danger">{failure}</Notice>}
        <Findings findings={told ?? known} />
      </div>
    </Card>
  );
}
