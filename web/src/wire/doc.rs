//! The protocol document and the browser's types, generated from the Rust types.
//!
//! Three outputs from one source: a table for people, an AsyncAPI 3.1 document for tools, and
//! TypeScript for the web app. `make generate` rewrites the
//! committed files; without it the test fails when they differ.

use std::fmt::Write;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    SUBPROTOCOL,
    close::{Close, Then},
    command::COMMANDS,
    event::{EVENTS, Kind},
};

const REF_PREFIX: &str = "#/components/schemas/";

/// Every payload's JSON Schema by name.
pub fn schemas() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = SchemaGenerator::new(settings);
    for row in COMMANDS {
        (row.schema)(&mut generator);
    }
    for row in EVENTS {
        (row.schema)(&mut generator);
    }
    let mut sorted: Vec<_> = generator.take_definitions(true).into_iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted.into_iter().collect()
}

/// The AsyncAPI 3.1 document.
pub fn asyncapi() -> Value {
    let mut messages = Map::new();
    let mut channel = Map::new();
    let (mut sends, mut receives) = (Vec::new(), Vec::new());
    let mut add = |key: String, name: &str, payload: &str, ask: Option<&str>| {
        let mut envelope = json!({
            "type": "object",
            "required": ["type", "data"],
            "properties": {
                "type": {"const": name},
                "id": {"type": "string", "minLength": 1, "maxLength": 64},
                "ts": {"type": "integer"},
                "data": {"$ref": format!("{REF_PREFIX}{payload}")},
            }
        });
        let extra = if ask.is_some() { "ack" } else { "seq" };
        envelope["properties"][extra] = json!({"type": "integer", "minimum": 0});
        messages.insert(key.clone(), json!({"name": name, "payload": envelope}));
        channel.insert(
            key.clone(),
            json!({"$ref": format!("#/components/messages/{key}")}),
        );
        json!({"$ref": format!("#/channels/ws/messages/{key}")})
    };
    for row in COMMANDS {
        let key = format!("client.{}", row.name);
        sends.push(add(key, row.name, row.payload, Some(row.reply)));
    }
    for row in EVENTS {
        receives.push(add(
            format!("server.{}", row.name),
            row.name,
            row.payload,
            None,
        ));
    }
    for row in COMMANDS {
        if !matches!(row.reply, "-" | "Welcome") {
            let key = format!("server.ack.{}", row.name);
            receives.push(add(key, "ack", row.reply, None));
        }
    }
    json!({
        "asyncapi": "3.1.0",
        "info": {
            "title": "Parlor rtc.v1",
            "version": "1.0.0",
            "description": "Signaling of rooms over one WebSocket; text frames, one JSON object each."
        },
        "defaultContentType": "application/json",
        "servers": {"parlor": {
            "host": "{host}",
            "pathname": "/ws",
            "protocol": "wss",
            "variables": {"host": {"description": "Where Parlor is installed."}}
        }},
        "channels": {"ws": {
            "address": "/ws",
            "title": format!("Subprotocol {SUBPROTOCOL}"),
            "messages": channel
        }},
        "operations": {
            "clientSends": {"action": "receive", "channel": {"$ref": "#/channels/ws"}, "messages": sends},
            "serverSends": {"action": "send", "channel": {"$ref": "#/channels/ws"}, "messages": receives}
        },
        "components": {"messages": messages, "schemas": schemas()}
    })
}

/// The tables for people.
pub fn tables() -> String {
    let defs = schemas();
    let about = |payload: &str| {
        defs.get(payload)
            .and_then(|schema| schema["description"].as_str())
            .map(|text| text.replace('\n', " "))
            .unwrap_or_default()
    };
    let mut out = String::from(
        "### Client to server\n\n| type | who | data | answer | errors beyond the common ones | what |\n|---|---|---|---|---|---|\n",
    );
    for row in COMMANDS {
        let errors = if row.errors.is_empty() {
            "-"
        } else {
            row.errors
        };
        let _ = writeln!(
            out,
            "| `{}` | {} | `{}` | {} | {} | {} |",
            row.name,
            row.who,
            fields(&defs, row.payload),
            if row.reply == "-" {
                "-".into()
            } else {
                format!("`{}`", fields(&defs, row.reply))
            },
            errors,
            if row.payload == "Empty" {
                String::new()
            } else {
                about(row.payload)
            },
        );
    }
    out.push_str("\n### Server to client\n\nR = reliable (numbered, replayed), E = ephemeral, - = answer.\n\n| type | | to | data | what |\n|---|---|---|---|---|\n| `ack` | - | socket | see the command | |\n");
    for row in EVENTS {
        let kind = match row.kind {
            Kind::Reply => "-",
            Kind::Reliable => "R",
            Kind::Ephemeral => "E",
        };
        let what = if row.payload == "Empty" {
            String::new()
        } else {
            about(row.payload)
        };
        let _ = writeln!(
            out,
            "| `{}` | {kind} | {} | `{}` | {what} |",
            row.name,
            row.to,
            fields(&defs, row.payload)
        );
    }
    out.push_str("\n### Close codes\n\n| code | word | the client |\n|---|---|---|\n");
    for close in Close::ALL {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            close.code(),
            close.word(),
            then(close.then())
        );
    }
    out
}

/// A payload's fields on one line.
fn fields(defs: &Map<String, Value>, payload: &str) -> String {
    let Some(schema) = defs.get(payload) else {
        return String::new();
    };
    let parts: Vec<String> = properties(schema)
        .map(|(name, required, field)| {
            let mark = if required { "" } else { "?" };
            format!("{name}{mark}:{}", field_type(field, required)).replace('|', "\\|")
        })
        .collect();
    format!("{{{}}}", parts.join(", "))
}

/// What to do after a close, in the generated TypeScript and in the table.
fn then(then: Then) -> &'static str {
    match then {
        Then::Stop => "stop",
        Then::Reconnect => "reconnect",
        Then::RefreshThenReconnect => "refresh",
        Then::LogIn => "login",
    }
}

/// The TypeScript module of the web app.
pub fn typescript() -> String {
    let mut out = String::from("// Generated from web/src/wire. Do not edit: make generate\n\n");
    let _ = writeln!(out, "export const SUBPROTOCOL = {SUBPROTOCOL:?};\n");
    for (name, schema) in schemas() {
        ts_declaration(&mut out, &name, &schema);
    }
    out.push_str("/** Payload and ack of every command; `never` when it is never answered. */\nexport interface Commands {\n");
    for row in COMMANDS {
        let reply = if row.reply == "-" { "never" } else { row.reply };
        let _ = writeln!(
            out,
            "  {:?}: {{ data: {}; reply: {reply} }};",
            row.name, row.payload
        );
    }
    out.push_str("}\n\n/** Payload of every frame from the server except `ack`. */\nexport interface Events {\n");
    for row in EVENTS {
        let _ = writeln!(out, "  {:?}: {};", row.name, row.payload);
    }
    out.push_str(TS_FRAMES);
    out.push_str("\n/** Events that carry a `seq` and are replayed after a resume. */\nexport const RELIABLE: ReadonlySet<string> = new Set([\n");
    for row in EVENTS.iter().filter(|row| row.kind == Kind::Reliable) {
        let _ = writeln!(out, "  {:?},", row.name);
    }
    out.push_str("]);\n\n/** Close codes and what to do after them. */\nexport const CLOSES: Readonly<Record<number, { word: string; then: \"stop\" | \"reconnect\" | \"refresh\" | \"login\" }>> = {\n");
    for close in Close::ALL {
        let _ = writeln!(
            out,
            "  {}: {{ word: {:?}, then: {:?} }},",
            close.code(),
            close.word(),
            then(close.then())
        );
    }
    out.push_str("};\n");
    out
}

const TS_FRAMES: &str = "}

export type CommandName = keyof Commands;
export type EventName = keyof Events;

/** A frame to the server. */
export type ClientFrame = {
  [K in CommandName]: { type: K; id?: string; ack?: number; ts?: number; data: Commands[K][\"data\"] };
}[CommandName];

/** A frame from the server that is not an `ack`. */
export type EventFrame = {
  [K in EventName]: { type: K; id?: string; seq?: number; ts: number; data: Events[K] };
}[EventName];

/** The answer to a command with an `id`. */
export interface AckFrame {
  type: \"ack\";
  id: string;
  ts: number;
  data: Commands[CommandName][\"reply\"];
}

export type ServerFrame = EventFrame | AckFrame;
";

fn ts_declaration(out: &mut String, name: &str, schema: &Value) {
    if let Some(text) = schema["description"].as_str() {
        ts_comment(out, "", text);
    }
    if schema["type"] == "object" {
        let _ = writeln!(out, "export interface {name} {{");
        for (field, required, inner) in properties(schema) {
            if let Some(text) = inner["description"].as_str() {
                ts_comment(out, "  ", text);
            }
            let mark = if required { "" } else { "?" };
            let _ = writeln!(out, "  {field}{mark}: {};", field_type(inner, required));
        }
        out.push_str("}\n\n");
    } else {
        let _ = writeln!(out, "export type {name} = {};\n", ts_type(schema));
    }
}

fn ts_comment(out: &mut String, indent: &str, text: &str) {
    let _ = writeln!(out, "{indent}/** {} */", text.replace('\n', " "));
}

/// Fields of an object in the order of the schema: name, whether required, schema.
fn properties(schema: &Value) -> impl Iterator<Item = (&String, bool, &Value)> {
    let required = schema["required"].as_array();
    schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(move |(name, field)| {
            let must = required.is_some_and(|names| names.iter().any(|n| n == name));
            (name, must || field.get("x-null").is_some(), field)
        })
}

/// The type of a field. An optional field is left out, never null.
fn field_type(schema: &Value, required: bool) -> String {
    let full = ts_type(schema);
    if required {
        return full;
    }
    full.trim_end_matches(" | null").to_owned()
}

/// A schema as a TypeScript type.
fn ts_type(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.trim_start_matches(REF_PREFIX).to_owned();
    }
    if let Some(constant) = schema.get("const") {
        return constant.to_string();
    }
    if let Some(values) = schema["enum"].as_array() {
        return union(values.iter().map(Value::to_string));
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[word].as_array() {
            return union(choices.iter().map(ts_type));
        }
    }
    match &schema["type"] {
        Value::Array(types) => union(types.iter().map(|t| {
            let mut one = schema.clone();
            one["type"] = t.clone();
            ts_type(&one)
        })),
        Value::String(word) => match word.as_str() {
            "integer" | "number" => "number".into(),
            "array" => format!("{}[]", ts_type(&schema["items"])),
            "object" => "Record<string, never>".into(),
            other => other.into(),
        },
        _ => "unknown".into(),
    }
}

fn union(choices: impl Iterator<Item = String>) -> String {
    let choices: Vec<_> = choices.collect();
    choices.join(" | ")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const BEGIN: &str = "<!-- generated below: make generate -->";

    /// Compares a committed file with what it must be; rewrites it under PARLOR_REGENERATE.
    fn check(path: &str, wanted: &str) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        if found == wanted {
            return;
        }
        assert!(
            std::env::var_os("PARLOR_REGENERATE").is_some(),
            "{} is not what the types say; run make generate",
            path.display()
        );
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::write(&path, wanted).unwrap();
    }

    #[test]
    fn the_typescript_types_are_those_of_the_server() {
        check("ui/src/generated/protocol.ts", &typescript());
    }

    #[test]
    fn the_protocol_document_is_that_of_the_server() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("PROTOCOL.md");
        let found = std::fs::read_to_string(&path).unwrap();
        let prose = found.split(BEGIN).next().unwrap();
        let json = serde_json::to_string_pretty(&asyncapi()).unwrap();
        let wanted = format!(
            "{prose}{BEGIN}\n\n{}\n### AsyncAPI\n\n```json\n{json}\n```\n",
            tables()
        );
        check("PROTOCOL.md", &wanted);
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        fn walk(value: &Value, root: &Value) {
            match value {
                Value::Object(map) => {
                    if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                        let pointer = reference.trim_start_matches('#');
                        assert!(root.pointer(pointer).is_some(), "{reference}");
                    }
                    map.values().for_each(|inner| walk(inner, root));
                }
                Value::Array(list) => list.iter().for_each(|inner| walk(inner, root)),
                _ => {}
            }
        }
        let document = asyncapi();
        walk(&document, &document);
    }

    #[test]
    fn no_payload_is_unknown_to_typescript() {
        assert!(!typescript().contains("unknown;"));
    }
}
