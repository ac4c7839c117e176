/**
 * The REST document for eyes: operations by topic, found by words, each opened where it stands. The
 * document is the build's own file, so it says what this server understands.
 */
import "./reference.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import address from "../../../openapi.json?url";
import { request } from "../api";
import { PageHead } from "../app/PageHead";
import { Badge, Empty, Field, Loading } from "../components";
import { FailedPage } from "../pages/ErrorPages";
import { byTag, fieldsOf, kindOf, matching, namesIn, type OpenApi, type Operation, operations, resolved, type Schema, type Shaped } from "./openapi";
import { t } from "./words";

export default function ApiPage() {
  const [document, setDocument] = useState<OpenApi | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [search, setSearch] = useState("");
  const fetchIt = () => {
    setError(null);
    request<OpenApi>(address).then(setDocument, setError);
  };
  useEffect(fetchIt, []);
  const all = useMemo(() => (document ? operations(document) : []), [document]);
  if (error) return <FailedPage error={error} onRetry={fetchIt} />;
  if (!document) return <Loading words={t("title")} />;
  const found = matching(all, search);
  return (
    <div class="stack">
      <PageHead title={t("title")} intro={t("intro")} />
      <p>
        <a href="/openapi.json" download="parlor-openapi.json">
          {t("file")}
        </a>
      </p>
      <search class="stack-tight">
        <Field
          type="search"
          name="search"
          label={t("search")}
          hint={t("searchHint")}
          required={false}
          autocomplete="off"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <p class="quiet small" aria-live="polite">
          {t("found", { count: found.length })}
        </p>
      </search>
      {found.length === 0 && (
        <Empty title={t("none")}>
          <p class="quiet">{t("noneHint")}</p>
        </Empty>
      )}
      <div class="stack" lang="en">
        {byTag(found).map(([tag, group]) => (
          <section key={tag} class="stack-tight" aria-label={tag}>
            <h2>{tag}</h2>
            <div class="card ref-group">
              {group.map((it) => (
                <Road key={it.id} operation={it} document={document} />
              ))}
            </div>
          </section>
        ))}
      </div>
    </div>
  );
}

/** One operation; its inside is made when it is opened. */
function Road({ operation, document }: { operation: Operation; document: OpenApi }) {
  const { id, method, path, words } = operation;
  const [open, setOpen] = useState(location.hash === `#${id}`);
  const toggled = (now: boolean) => {
    setOpen(now);
    // So that the address can be handed on.
    if (now) history.replaceState(history.state, "", `#${id}`);
  };
  useEffect(() => {
    if (open) globalThis.document.getElementById(id)?.scrollIntoView();
  }, []);
  return (
    <details id={id} class="ref-road" open={open} onToggle={(event) => toggled(event.currentTarget.open)}>
      <summary>
        <span class={`ref-method ref-${method.toLowerCase()}`}>{method}</span> <code>{path}</code>
        <span class="ref-words quiet">
          <Said words={words} />
        </span>
      </summary>
      {open && <Inside operation={operation} document={document} />}
    </details>
  );
}

function Inside({ operation, document }: { operation: Operation; document: OpenApi }) {
  const { secured, parameters, body, answers } = operation;
  return (
    <div class="stack-tight ref-inside">
      <p>
        <Badge kind={secured ? "info" : "good"}>{t(secured ? "secured" : "open")}</Badge>
      </p>
      {parameters.length > 0 && (
        <>
          <h3>{t("parameters")}</h3>
          <dl class="ref-fields">
            {parameters.map((it) => (
              <Line
                key={it.name}
                name={it.name}
                kind={`${it.in}, ${kindOf(it.schema ?? {})}`}
                required={it.required ?? false}
                words={it.description ?? ""}
              />
            ))}
          </dl>
        </>
      )}
      {body && (
        <>
          <h3>{t("body")}</h3>
          <Answer it={body} document={document} open />
        </>
      )}
      <h3>{t("answers")}</h3>
      {answers.map((it) => (
        <Answer key={it.name} it={it} document={document} open={it.name.startsWith("2")} />
      ))}
    </div>
  );
}

function Answer({ it, document, open }: { it: Shaped; document: OpenApi; open: boolean }) {
  const { name, words, kind, schema } = it;
  const names = schema ? namesIn(schema) : [];
  return (
    <div>
      <p>
        {name && <strong>{name}</strong>} {!schema?.$ref && <code>{schema ? kindOf(schema) : (kind ?? t("nothing"))}</code>}{" "}
        {schema && kind !== "application/json" && <span class="quiet small">{kind}</span>}
        {words && (
          <span class="quiet small">
            <Said words={words} />
          </span>
        )}
      </p>
      {schema && !schema.$ref && <Fields schema={schema} document={document} />}
      {names.map((shape) => (
        <Shape key={shape} name={shape} document={document} open={open} />
      ))}
    </div>
  );
}

/** A named shape to look into; shapes may hold themselves, so each is made when it is opened. */
function Shape({ name, document, open: first = false }: { name: string; document: OpenApi; open?: boolean }) {
  const [open, setOpen] = useState(first);
  const schema = document.components.schemas[name] ?? {};
  return (
    <details class="ref-shape" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <code>{name}</code>
      </summary>
      {open && <Fields schema={schema} document={document} />}
    </details>
  );
}

function Fields({ schema, document }: { schema: Schema; document: OpenApi }) {
  const fields = fieldsOf(resolved(schema, document), document);
  return (
    <div class="stack-tight">
      {schema.description && (
        <p class="quiet">
          <Said words={schema.description} />
        </p>
      )}
      {fields.length === 0 && schema.properties === undefined && schema.$ref === undefined && (schema.enum || schema.oneOf) && (
        <p>
          <code>{kindOf(schema)}</code>
        </p>
      )}
      {fields.length > 0 && (
        <dl class="ref-fields">
          {fields.map((it) => (
            <Line key={it.name} {...it} document={document} />
          ))}
        </dl>
      )}
    </div>
  );
}

interface LineProps {
  name: string;
  kind: string;
  required: boolean;
  words: string;
  shapes?: string[];
  document?: OpenApi;
}

function Line({ name, kind, required, words, shapes = [], document }: LineProps) {
  return (
    <div class="ref-field">
      <dt>
        <code>{name}</code>
      </dt>
      <dd>
        <span class="quiet small">
          <code>{kind}</code>
          {!required && `, ${t("optional")}`}
        </span>
        {words && (
          <p>
            <Said words={words} />
          </p>
        )}
        {document && shapes.map((shape) => <Shape key={shape} name={shape} document={document} />)}
      </dd>
    </div>
  );
}

/** Sentences of the document: what stands between back quotes is code. */
function Said({ words }: { words: string }) {
  return <>{words.split("`").map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>;
}
