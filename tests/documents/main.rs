//! What the documents name exists: files, headings, settings, commands, paths, pages and metrics. They
//! are read as their readers would; nothing here knows what a sentence means.
#![allow(clippy::unwrap_used)]

mod page;
mod units;

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use page::{Page, pages};
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Fails with everything that is wrong at once.
fn nothing(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `section.key` of every setting, with its default as the example shows it.
fn settings() -> Vec<(String, String)> {
    let (mut section, mut all) = (String::new(), Vec::new());
    for line in read("config.toml").lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            section = name.to_owned();
        } else if let Some((key, value)) =
            line.strip_prefix('#').and_then(|it| it.split_once(" = "))
            && key
                .chars()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
        {
            all.push((format!("{section}.{key}"), value.to_owned()));
        }
    }
    all
}

fn words(text: &str, more: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || more.contains(it))
}

#[test]
fn links_lead_to_files_and_headings() {
    let mut wrong = Vec::new();
    for page in pages() {
        for link in page.links.iter().filter(|it| !it.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = page.path.parent().unwrap();
            let target = match file {
                "" => page.path.clone(),
                file => folder.join(file),
            };
            if !root().join(&target).exists() {
                wrong.push(format!("{}: no file {link}", page.path.display()));
            } else if !heading.is_empty() && !Page::read(&target).anchors.contains(heading) {
                wrong.push(format!("{}: no heading {link}", page.path.display()));
            }
        }
    }
    nothing(wrong);
}

#[test]
fn settings_that_are_named_exist() {
    let known = settings();
    let sections: BTreeSet<&str> = known
        .iter()
        .map(|(key, _)| key.split('.').next().unwrap())
        .collect();
    let exists = |key: &str| known.iter().any(|(it, _)| it == key);
    let mut wrong = Vec::new();
    for page in pages() {
        let name = page.path.display();
        for span in &page.spans {
            let (key, value) = span.split_once(" = ").unwrap_or((span, ""));
            let (section, rest) = key.split_once('.').unwrap_or(("", ""));
            if !sections.contains(section) || !words(rest, "_") || rest == "toml" {
                continue;
            }
            if !exists(key) {
                wrong.push(format!("{name}: no setting {key}"));
            }
            // How long data is kept is said with the default.
            let default = known
                .iter()
                .find(|(it, _)| it == key)
                .map(|(_, it)| it.as_str());
            if page.path.ends_with("privacy.md") && !value.is_empty() && default != Some(value) {
                wrong.push(format!(
                    "{name}: the default of {key} is {default:?}, not {value}"
                ));
            }
        }
        for (_, block) in page.blocks.iter().filter(|(kind, _)| kind == "toml") {
            let table: toml::Table = block.parse().unwrap();
            for (section, keys) in &table {
                let keys = keys
                    .as_table()
                    .unwrap()
                    .keys()
                    .map(|key| format!("{section}.{key}"));
                wrong.extend(
                    keys.filter(|key| !exists(key))
                        .map(|key| format!("{name}: no setting {key}")),
                );
            }
        }
        for code in page.code() {
            for (at, prefix) in code.match_indices("PARLOR__") {
                let rest = &code[at + prefix.len()..];
                let end = rest.find(|it: char| {
                    !(it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_')
                });
                let variable = &rest[..end.unwrap_or(rest.len())];
                let key = variable.to_lowercase().replacen("__", ".", 1);
                if variable != "SECTION__KEY" && !exists(&key) {
                    wrong.push(format!("{name}: no setting {prefix}{variable}"));
                }
            }
        }
    }
    nothing(wrong);
}

/// What stands between two marks of a page is made; `PARLOR_REGENERATE=1` writes it.
fn made(path: &str, mark: &str, wanted: &str) {
    let text = read(path);
    let (open, close) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let (before, rest) = text.split_once(&open).unwrap();
    let (found, after) = rest.split_once(&close).unwrap();
    if found == wanted {
        return;
    }
    if std::env::var_os("PARLOR_REGENERATE").is_some() {
        let text = format!("{before}{open}{wanted}{close}{after}");
        fs::write(root().join(path), text).unwrap();
        return;
    }
    panic!("{path} is not what the program says between {open}; write it with PARLOR_REGENERATE=1");
}

#[test]
fn the_page_about_privacy_says_what_the_program_keeps() {
    let wanted = parlor_actors::services::retention_document();
    made("docs/privacy.md", "classes", &wanted);
    made(
        "docs/privacy.md",
        "tables",
        &parlor_data::personal::document(),
    );
}

#[test]
fn targets_of_make_that_are_named_exist() {
    let makefile = read("Makefile");
    let known: BTreeSet<&str> = makefile
        .lines()
        .filter_map(|line| line.split_once(':').map(|(name, _)| name))
        .filter(|name| words(name, "-"))
        .collect();
    let mut wrong = Vec::new();
    for page in pages() {
        for line in page.code().flat_map(str::lines) {
            let commands = line.split("&&").map(str::split_whitespace);
            for mut tokens in commands {
                let target = (tokens.next() == Some("make"))
                    .then(|| tokens.next())
                    .flatten();
                let Some(target) = target.filter(|it| words(it, "-")) else {
                    continue;
                };
                if !known.contains(target) {
                    wrong.push(format!("{}: no make {target}", page.path.display()));
                }
            }
        }
    }
    nothing(wrong);
}

#[test]
fn commands_that_are_named_exist_with_their_flags() {
    let mut asked = BTreeSet::new();
    for page in pages() {
        for line in page.code().flat_map(str::lines) {
            let tokens: Vec<&str> = line.split_whitespace().collect();
            for (at, _) in tokens
                .iter()
                .enumerate()
                .filter(|(_, it)| **it == "parlor" || it.ends_with("/parlor"))
            {
                let rest = tokens[at + 1..]
                    .iter()
                    .take_while(|it| !"|&;#".contains(&it[..1]));
                let verbs: Vec<&str> = rest
                    .clone()
                    .take_while(|it| words(it, "-") && !it.starts_with('-'))
                    .copied()
                    .collect();
                let flags = rest
                    .filter(|it| it.starts_with("--"))
                    .map(|it| (*it).to_owned());
                if !verbs.is_empty() && verbs[0] != "parlor" {
                    asked.insert((verbs.join(" "), flags.collect::<Vec<_>>()));
                }
            }
        }
    }
    assert!(asked.len() > 5, "{asked:?}");
    let mut wrong = Vec::new();
    for (verbs, flags) in asked {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
        let help = command
            .args(verbs.split(' '))
            .arg("--help")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&help.stdout);
        if !help.status.success() {
            wrong.push(format!("no command parlor {verbs}"));
        }
        wrong.extend(
            flags
                .iter()
                .filter(|it| !text.contains(it.as_str()))
                .map(|it| format!("parlor {verbs} has no {it}")),
        );
    }
    nothing(wrong);
}

#[test]
fn paths_of_the_api_that_are_named_are_described() {
    let document: Value = serde_json::from_str(&read("web/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let fits = |template: &str, path: &str| {
        let (one, other): (Vec<_>, Vec<_>) =
            (template.split('/').collect(), path.split('/').collect());
        one.len() == other.len()
            && one
                .iter()
                .zip(other)
                .all(|(it, other)| *it == other || it.starts_with('{'))
    };
    let mut wrong = Vec::new();
    for page in pages() {
        for code in page.code() {
            for (at, _) in code.match_indices("/api/") {
                let end = code[at..].find(|it: char| it.is_whitespace() || "?\"'`,)…".contains(it));
                let path = &code[at..end.map_or(code.len(), |end| at + end)];
                let method = code[..at]
                    .split_whitespace()
                    .last()
                    .unwrap_or("")
                    .to_lowercase();
                let method = ["get", "post", "put", "delete"]
                    .into_iter()
                    .find(|it| *it == method);
                let found = paths.iter().any(|(template, item)| {
                    fits(template, path) && method.is_none_or(|it| item[it].is_object())
                });
                if !found && path != "/api/" {
                    wrong.push(format!(
                        "{}: no {} {path}",
                        page.path.display(),
                        method.unwrap_or("path")
                    ));
                }
            }
        }
    }
    nothing(wrong);
}

#[test]
fn pages_of_the_app_that_are_named_exist() {
    let routes = read("web/ui/src/app/routes.ts");
    let mut known: BTreeSet<&str> = routes
        .lines()
        .filter_map(|line| line.split_once("pattern: \"/")?.1.split(['/', '"']).next())
        .collect();
    // What the server answers beside the app.
    known.extend(["api", "ws", "health", "metrics", "openapi.json", "dev"]);
    // What developers see beside it, and folders of the machine.
    known.insert("lab");
    known.extend(["etc", "var", "tmp", "usr"]);
    let mut wrong = Vec::new();
    for page in pages() {
        for span in page.spans.iter().filter(|it| it.starts_with('/')) {
            let first = span[1..].split(['/', ' ']).next().unwrap();
            if !known.contains(first) {
                wrong.push(format!("{}: no page {span}", page.path.display()));
            }
        }
    }
    nothing(wrong);
}

#[test]
fn metrics_that_are_named_are_counted() {
    let counted = read("src/app/meters.rs");
    let mut wrong = Vec::new();
    for page in pages() {
        for span in &page.spans {
            let name = span.split('{').next().unwrap();
            let metric = ["parlor_", "video_call", "process_"]
                .iter()
                .any(|it| name.starts_with(it));
            if metric && words(name, "_") && !counted.contains(&format!("\"{name}\"")) {
                wrong.push(format!("{}: no metric {name}", page.path.display()));
            }
        }
    }
    nothing(wrong);
}
