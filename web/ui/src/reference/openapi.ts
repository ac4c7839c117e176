/**
 * The REST document as the page reads it: a list of operations, and what a schema says in a line.
 * Knows nothing of a page; everything that the document refers to is looked up when it is asked for.
 */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

type Content = Record<string, { schema?: Schema }>;

interface Parameter {
  name: string;
  in: string;
  description?: string;
  required?: boolean;
  schema?: Schema;
}

interface RawAnswer {
  $ref?: string;
  description?: string;
  content?: Content;
}

interface RawOperation {
  tags?: string[];
  operationId: string;
  summary?: string;
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, RawAnswer>;
  security?: unknown[];
}

export interface OpenApi {
  info: { description?: string };
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, RawAnswer> };
}

/** Something with a shape: a body that is sent or answered. */
export interface Shaped {
  name: string;
  /** When it comes, if that is not clear from the number. */
  words?: string;
  /** Such as `application/json`; none when there is no body. */
  kind?: string;
  schema?: Schema;
}

export interface Operation {
  id: string;
  tag: string;
  method: string;
  path: string;
  words: string;
  /** Needs an access token. */
  secured: boolean;
  parameters: Parameter[];
  body?: Shaped;
  answers: Shaped[];
}

/** In the order of the document, which is that of the paths. */
export function operations(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => ({
      id: raw.operationId,
      tag: raw.tags?.[0] ?? "",
      method: method.toUpperCase(),
      path,
      words: raw.summary ?? "",
      secured: (raw.security ?? []).length > 0,
      parameters: raw.parameters ?? [],
      body: raw.requestBody && shaped("", raw.requestBody.content),
      answers: Object.entries(raw.responses).map(([status, it]) => answer(status, it, document)),
    })),
  );
}

/** Refusals that many operations share stand once in the document. */
function answer(status: string, raw: RawAnswer, document: OpenApi): Shaped {
  const { description, content } = document.components.responses[raw.$ref?.split("/").at(-1) ?? ""] ?? raw;
  return { ...shaped(status, content), words: description };
}

function shaped(name: string, content: Content = {}): Shaped {
  const [kind, it] = Object.entries(content)[0] ?? [];
  return { name, kind, schema: it?.schema };
}

/** Those that have every one of these words somewhere. */
export function matching(all: readonly Operation[], search: string): Operation[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...all];
  const text = ({ method, path, words: said, tag, id }: Operation) => `${method} ${path} ${said} ${tag} ${id}`.toLowerCase();
  return all.filter((it) => words.every((word) => text(it).includes(word)));
}

/** Operations under their tags, in the order in which the tags come. */
export function byTag(all: readonly Operation[]): [string, Operation[]][] {
  const groups = new Map<string, Operation[]>();
  for (const it of all) groups.set(it.tag, [...(groups.get(it.tag) ?? []), it]);
  return [...groups];
}

const referred = (schema: Schema): string | undefined => schema.$ref?.split("/").at(-1);

/** What a value is, in a line: `string or null`, `"a" | "b"`, `integer (int64)`, `MeetingBody[]`. */
export function kindOf(schema: Schema): string {
  const name = referred(schema);
  if (name) return name;
  if (schema.enum) return schema.enum.map((it) => JSON.stringify(it)).join(" | ");
  const parts = schema.oneOf ?? schema.allOf;
  if (parts) return parts.map(kindOf).join(schema.oneOf ? " or " : " and ");
  if (schema.items) return `${kindOf(schema.items)}[]${[schema.type].flat().includes("null") ? " or null" : ""}`;
  const types = [schema.type ?? "anything"].flat().join(" or ");
  return schema.format ? `${types} (${schema.format})` : types;
}

/** The names of all shapes that a schema refers to, at any depth of its own. */
export function namesIn(schema: Schema): string[] {
  const name = referred(schema);
  if (name) return [name];
  return [schema.items, ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].flatMap((it) => (it ? namesIn(it) : []));
}

export interface FieldOf {
  name: string;
  kind: string;
  required: boolean;
  words: string;
  /** Shapes to look into. */
  shapes: string[];
}

/** The fields of a shape; several put together are one. */
export function fieldsOf(schema: Schema, document: OpenApi): FieldOf[] {
  const parts = [schema, ...(schema.allOf ?? []).map((it) => resolved(it, document))];
  return parts.flatMap((part) =>
    Object.entries(part.properties ?? {}).map(([name, it]) => ({
      name,
      kind: kindOf(it),
      required: part.required?.includes(name) ?? false,
      words: it.description ?? "",
      shapes: namesIn(it),
    })),
  );
}

/** What a reference leads to. */
export function resolved(schema: Schema, document: OpenApi): Schema {
  const name = referred(schema);
  return (name && document.components.schemas[name]) || schema;
}
