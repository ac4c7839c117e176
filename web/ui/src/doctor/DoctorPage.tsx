/** The doctor: all that the server stands on, what is broken first, each with what to do about it. */
import "./doctor.css";
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched, useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Button, Card, Loading, Notice } from "../components";
import type { components } from "../generated/rest";
import { inWords } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { Findings, isTrouble } from "./Findings";
import { OutsideCard } from "./OutsideCard";
import { groupWords, t, useWords } from "./words";

type Schemas = components["schemas"];
type Report = Schemas["DoctorReport"];

const PATH = "/api/admin/doctor";
const GROUPS: Record<string, readonly string[]> = {
  reach: ["server", "dns", "address", "certificate", "relay", "ports"],
  machine: ["clock", "disk", "keys", "files", "buffers"],
  services: ["mail", "payments", "backup"],
};

export default function DoctorPage() {
  const worded = useWords();
  const { data, error, reload, set } = useFetched<Schemas["DoctorBody"]>(PATH);
  const [looking, setLooking] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const look = async () => {
    setLooking(true);
    setFailure(null);
    try {
      set({ report: await request<Report>(PATH, { method: "POST" }) });
    } catch (cause) {
      setFailure(errorWords(cause));
    } finally {
      setLooking(false);
    }
  };
  const first = data !== null && data.report == null;
  useEffect(() => void (first && look()), [first]);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  const report = data?.report ?? undefined;
  return (
    <div class="stack">
      <PageHead title={t("title")} intro={t("intro")} />
      <div class="row doctor-bar">
        <Button kind="primary" onClick={() => void look()} busy={looking}>
          {t(report === undefined ? "look" : "again")}
        </Button>
        {report !== undefined && !looking && <LookedAt at={report.at} />}
        <span class="quiet small" role="status">
          {looking && t("looking")}
        </span>
      </div>
      {failure !== null && <Notice kind="danger">{failure}</Notice>}
      {report === undefined || !worded ? <Loading words={t("title")} /> : <Told report={report} />}
    </div>
  );
}

function LookedAt({ at }: { at: number }) {
  const now = useNow(10_000);
  return <span class="quiet small">{t("at", { when: inWords(at, now) })}</span>;
}

function Told({ report: { findings } }: { report: Report }) {
  const count = findings.filter(isTrouble).length;
  const outside = findings.filter(({ check }) => check === "outside");
  return (
    <>
      <Notice kind={count === 0 ? "good" : "warn"}>{count === 0 ? t("well") : t("count", { count })}</Notice>
      {Object.entries(GROUPS).map(([group, checks]) => (
        <Card key={group} title={groupWords(group)}>
          <Findings findings={findings.filter(({ check }) => checks.includes(check))} />
        </Card>
      ))}
      <OutsideCard known={outside} />
    </>
  );
}
