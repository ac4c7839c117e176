/** One service of a host, new or changed: the simple things first, the rest under "More". */
import "./agenda.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate, type PageProps } from "../app/router";
import { BackIcon, Button, ButtonLink, Card, Field, Loading, Notice, Select, Switch, TextArea, toast } from "../components";
import { FailedPage, NotFoundPage } from "../pages/ErrorPages";
import { HostOnly } from "./HostOnly";
import { MoreFields } from "./MoreFields";
import { DETAILS_CHARS_MAX, type Draft, draftOf, inOneLine, type Problems, readDraft, TITLE_CHARS_MAX, USUAL } from "./service-form";
import { type Offers, type Service, type ServiceForm, ta } from "./words";

export default function ServicePage({ params }: PageProps) {
  const id = params["id"] ?? "";
  return <HostOnly>{id === "new" ? <Editor id={null} before={USUAL} /> : <Known id={id} />}</HostOnly>;
}

function Known({ id }: { id: string }) {
  const { data, error, reload } = useFetched<Service[]>("/api/services");
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={ta("services.title")} />;
  const service = data.find((it) => it.serviceId === id);
  return service ? <Editor key={id} id={id} before={service} /> : <NotFoundPage />;
}

function Editor({ id, before }: { id: string | null; before: ServiceForm }) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(before));
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<Problems>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [focusAt, setFocusAt] = useState(0);
  const frame = useRef<HTMLFormElement>(null);
  const units = useUnits(draft);
  const { form, problems } = readDraft(draft, before);
  const shown: Problems = { ...refused, ...(tried ? problems : {}) };

  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setRefused({});
    setFailure(null);
  };
  // The first field that is wrong, wherever it stands; "More" opens for it.
  useEffect(() => {
    if (focusAt > 0) frame.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [focusAt]);

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setTried(true);
    setFailure(null);
    if (Object.keys(problems).length > 0) return setFocusAt((it) => it + 1);
    setBusy(true);
    try {
      if (id === null) await request<Service>("/api/services", { method: "POST", body: form });
      else await request<Service>(`/api/services/${encodeURIComponent(id)}`, { method: "PUT", body: form });
      toast(ta(id === null ? "service.made" : "service.saved", { name: form.title }));
      navigate("/services");
    } catch (cause) {
      const field = cause instanceof ApiError ? cause.body.field : null;
      if (field != null && field in form) {
        setRefused({ [field]: errorWords(cause) });
        setFocusAt((it) => it + 1);
      } else setFailure(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div class="stack">
      <div>
        <a class="back" href="/services">
          <BackIcon size={16} />
          {ta("services.title")}
        </a>
        <PageHead title={id === null ? ta("service.new") : ta("service.edit")} />
      </div>
      <form class="form" ref={frame} onSubmit={(event) => void save(event)} noValidate>
        <Card class="form-card">
          <div class="form">
            <Field
              label={ta("service.title")}
              hint={ta("service.titleHint")}
              value={draft.title}
              maxLength={TITLE_CHARS_MAX}
              onInput={(event) => change({ title: event.currentTarget.value })}
              error={shown["title"]}
            />
            <div class="form-pair">
              <Field
                label={ta("service.duration")}
                hint={ta("service.durationHint")}
                inputMode="numeric"
                autocomplete="off"
                list="usual-lengths"
                value={draft.durationMinutes}
                onInput={(event) => change({ durationMinutes: event.currentTarget.value })}
                error={shown["durationMinutes"]}
              />
              <div class={units.length > 1 ? "agenda-price" : undefined}>
                <Field
                  label={ta(draft.currency === "" ? "service.price" : "service.priceOf")}
                  hint={ta("service.priceHint")}
                  optional
                  inputMode="decimal"
                  autocomplete="off"
                  value={draft.price}
                  onInput={(event) => change({ price: event.currentTarget.value })}
                  error={shown["priceMc"] ?? shown["priceMoney"]}
                />
                {units.length > 1 && (
                  <Select
                    label={ta("service.priceIn")}
                    value={draft.currency}
                    options={units.map(({ code }) => ({ value: code, label: code === "" ? ta("service.coins") : code }))}
                    onChange={(event) => {
                      const code = event.currentTarget.value;
                      change({ currency: code, digits: units.find((it) => it.code === code)?.digits ?? 0 });
                    }}
                  />
                )}
              </div>
            </div>
            <TextArea
              label={ta("service.details")}
              hint={ta("service.detailsHint")}
              optional
              rows={3}
              maxLength={DETAILS_CHARS_MAX}
              value={draft.details}
              onInput={(event) => change({ details: event.currentTarget.value })}
              error={shown["details"]}
            />
            <Switch label={ta("service.approval")} hint={ta("service.approvalHint")} checked={draft.approval} onChange={(approval) => change({ approval })} />
          </div>
        </Card>
        <MoreFields draft={draft} problems={shown} onChange={change} />
        <Shown form={form} />
        {failure && <Notice kind="danger">{failure}</Notice>}
        <div class="form-actions">
          <Button type="submit" kind="primary" busy={busy}>
            {ta(id === null ? "service.make" : "service.save")}
          </Button>
          <ButtonLink kind="quiet" href="/services">
            {ta("cancel")}
          </ButtonLink>
        </div>
      </form>
    </div>
  );
}

/** Coins, and the currencies that coins can be bought in here. */
function useUnits({ currency, digits }: Draft): { code: string; digits: number }[] {
  const { data } = useFetched<Offers>("/api/payment/offers");
  const units = new Map([["", 0]]);
  if (currency !== "") units.set(currency, digits);
  for (const pack of (data?.offers ?? []).flatMap((it) => it.packages)) units.set(pack.currency, pack.digits);
  return [...units].map(([code, places]) => ({ code, digits: places }));
}

/** The service as its clients will meet it, as it is typed. */
function Shown({ form }: { form: ServiceForm }) {
  return (
    <section class="agenda-shown" aria-labelledby="shown">
      <h2 id="shown">{ta("service.shown")}</h2>
      <p class="agenda-shown-title">{form.title || ta("service.untitled")}</p>
      <p aria-live="polite">{inOneLine(form)}</p>
      {!form.active && <p class="quiet small">{ta("service.notOffered")}</p>}
    </section>
  );
}
