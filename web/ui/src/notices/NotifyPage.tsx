/**
 * How one is told: on this device, each kind by each way, digests, quiet hours, and the sound of this
 * browser. A switch holds at once and goes back, with words, when the server did not keep it; quiet
 * hours are a form of their own, since half of one makes no sense.
 */
import "./notify.css";
import { useState } from "preact/hooks";
import { request, session } from "../api";
import { errorWords } from "../app/errors";
import { useAction, useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Button, Card, Field, Loading, Notice, Switch, toast } from "../components";
import type { components } from "../generated/rest";
import { t as common } from "../i18n";
import { locale } from "../i18n/languages";
import { spanWords } from "../i18n/span";
import { dayAndTime } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { PushCard } from "../push/PushCard";
import { type Settings, type Way, clockOf, minuteOf, turned } from "./settings";
import { noticeSound } from "./sound";
import { t } from "./notify-words";

type Change = components["schemas"]["NoticeSettingsChange"];
const PATH = "/api/notifications/settings";

const save = (change: Partial<Change>): Promise<Settings> => request<Settings>(PATH, { method: "PUT", body: { kinds: [], ...change } });

export default function NotifyPage() {
  const { data, error, reload, set } = useFetched<Settings>(PATH);
  if (session.identity.value.kind !== "member") return null;
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={common("common.loading")} />;
  /** Shows it at once, and as the server has it when that is known. */
  const change = async (shown: Settings, what: Partial<Change>) => {
    set(shown);
    try {
      set(await save(what));
    } catch (cause) {
      toast(errorWords(cause));
      await reload();
    }
  };
  return (
    <div class="stack">
      <PageHead title={t("title")} intro={t("intro")} />
      <PushCard />
      <Matrix data={data} onTurn={(kind, way, on) => void change(turned(data, kind, way, on), { kinds: [{ kind, [way]: on }] })} />
      <Card title={t("digest")}>
        <Switch
          label={t("digest.switch")}
          hint={data.digestDelayMin > 0 && data.digestPeriodMin > 0 ? t("digest.hint", { delay: spanWords(data.digestDelayMin), period: spanWords(data.digestPeriodMin) }) : t("digest.hintOften")}
          checked={data.digests}
          onChange={(digests) => void change({ ...data, digests }, { digests })}
        />
      </Card>
      <QuietCard data={data} onSaved={set} />
      <Card title={t("here")}>
        <Switch label={t("sound")} checked={noticeSound.value} onChange={(on) => void (noticeSound.value = on)} />
      </Card>
    </div>
  );
}

/** A table that becomes a list where there is no room; its roles are said, since a grid has none. */
function Matrix({ data, onTurn }: { data: Settings; onTurn: (kind: Settings["kinds"][number]["kind"], way: Way, on: boolean) => void }) {
  const ways: readonly Way[] = data.pushes ? ["screen", "mail", "push"] : ["screen", "mail"];
  return (
    <Card title={t("matrix")}>
      <table class="notify-table" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              {t("what")}
            </th>
            {ways.map((way) => (
              <th key={way} role="columnheader" scope="col">
                {t(way)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {data.kinds.map((it) => {
            const kind = t(`kind.${it.kind}`);
            return (
              <tr key={it.kind} role="row">
                <th role="rowheader" scope="row">
                  {kind}
                </th>
                {ways.map((way) => (
                  <td key={way} role="cell">
                    {way === "mail" && it.mailWay === "own" ? (
                      <span class="notify-cell">
                        <span class="notify-way">{t(way)}</span>
                        <span class="quiet small">{t("always")}</span>
                      </span>
                    ) : (
                      <label class="notify-cell switch">
                        <span class="notify-way" aria-hidden="true">
                          {t(way)}
                        </span>
                        <input
                          type="checkbox"
                          role="switch"
                          aria-label={`${kind}: ${t(way)}`}
                          checked={it[way]}
                          onChange={(event) => onTurn(it.kind, way, event.currentTarget.checked)}
                        />
                      </label>
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="field-hint">
        {t("screen")}: {t("screenHint")}. {t("alwaysHint")}
      </p>
    </Card>
  );
}

const WEEK = [1, 2, 3, 4, 5, 6, 7];
/** 1970-01-05 was a Monday. */
const weekday = (day: number): string => new Intl.DateTimeFormat(locale(), { weekday: "short", timeZone: "UTC" }).format(Date.UTC(1970, 0, 4 + day));

function QuietCard({ data, onSaved }: { data: Settings; onSaved: (data: Settings) => void }) {
  const [on, setOn] = useState(data.quiet.on);
  const [from, setFrom] = useState(clockOf(data.quiet.fromMinute));
  const [to, setTo] = useState(clockOf(data.quiet.toMinute));
  const [days, setDays] = useState<readonly number[]>(data.quiet.days);
  const [tried, setTried] = useState(false);
  const { busy, failure, run } = useAction();
  const [fromMinute, toMinute] = [minuteOf(from), minuteOf(to)];
  const same = fromMinute === toMinute;
  const faulty = same || days.length === 0;
  const send = (wanted: boolean) =>
    run(async () => {
      const quiet = { on: wanted, fromMinute, toMinute, days: [...days] };
      onSaved(await save({ quiet }));
      toast(t("quiet.saved"));
    });
  const turn = (wanted: boolean) => {
    setOn(wanted);
    // Off is complete by itself; on waits for its hours.
    if (!wanted && data.quiet.on) void send(false);
  };
  return (
    <Card title={t("quiet")}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!faulty) void send(true);
        }}
      >
        {failure && <Notice kind="danger">{failure}</Notice>}
        <Switch label={t("quiet.switch")} hint={t("quiet.hint")} checked={on} onChange={turn} />
        {on && (
          <>
            <div class="form-pair">
              <Field label={t("quiet.from")} type="time" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
              <Field
                label={t("quiet.to")}
                type="time"
                value={to}
                hint={toMinute < fromMinute ? t("quiet.nextDay") : undefined}
                error={tried && same ? t("quiet.same") : undefined}
                onInput={(event) => setTo(event.currentTarget.value)}
              />
            </div>
            <fieldset class="notify-days">
              <legend>{t("quiet.days")}</legend>
              {WEEK.map((day) => (
                <label key={day} class="check">
                  <input type="checkbox" checked={days.includes(day)} onChange={(event) => setDays(event.currentTarget.checked ? [...days, day] : days.filter((it) => it !== day))} />
                  {weekday(day)}
                </label>
              ))}
            </fieldset>
            {tried && days.length === 0 && (
              <p class="field-error" role="alert">
                {t("quiet.noDay")}
              </p>
            )}
            <p class="field-hint">
              {t("quiet.zone", { zone: data.timeZone.replace(/_/g, " ") })}
              {data.quietUntil != null && <> {t("quiet.now", { time: dayAndTime(data.quietUntil, Date.now()) })}</>}
            </p>
            <div class="form-actions">
              <Button type="submit" kind="primary" busy={busy}>
                {common("common.save")}
              </Button>
            </div>
          </>
        )}
      </form>
    </Card>
  );
}
