//! Reads the sources of every crate that can see money: no file that speaks of it has a type, literal
//! or method of floating point, so that no amount can ever be rounded by accident. The few that also
//! measure networks or write metrics are named here, and no line with a float in them speaks of money.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

/// Every crate but the relay, which knows neither domain nor data.
const ROOTS: [&str; 8] = [
    "domain",
    "data",
    "actors",
    "web/src",
    "web/tests",
    "src",
    "tests/paysim",
    "tests/product",
];

/// What is measured, not paid.
const MEASURING: [&str; 8] = [
    "data/benches/durable_writes.rs", // writes per second
    "domain/src/room/tests.rs",       // how likely a random act is
    "domain/tests/no_floats.rs",      // the words that are searched
    "src/app/meters.rs",              // seconds in /metrics
    "web/src/metrics.rs",             // Prometheus' histograms
    "web/tests/socket/talk.rs",       // what a hostile browser reports
    "web/src/wire/command.rs",        // round trips and loss, as browsers report them
    "web/src/wire/inward.rs",         // the same, on the way in
];

const MONEY: [&str; 11] = [
    "coin", "minor", "money", "price", "tariff", "wallet", "ledger", "charge", "fee", "payout",
    "refund",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !["target", "node_modules", "ui"].contains(&name) {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

/// The text without comments and without what stands in quotes; every line stays on its own.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(it) = rest.chars().next() {
        let raw = ["r\"", "r#\"", "r##\""];
        let skipped = if let Some(begin) = raw.into_iter().find(|it| rest.starts_with(it)) {
            let end = format!("\"{}", &begin[1..begin.len() - 1]);
            let within = &rest[begin.len()..];
            begin.len() + within.find(&end).map_or(within.len(), |at| at + end.len())
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if it == '"' {
            quoted(rest)
        } else {
            code.push(it);
            rest = &rest[it.len_utf8()..];
            continue;
        };
        let lines = rest[..skipped].matches('\n');
        code.extend(lines.map(|_| '\n'));
        rest = &rest[skipped..];
    }
    code
}

/// Bytes of the string that begins here.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|it: char| !it.is_alphanumeric() && it != '_')
}

fn has_float(code: &str) -> bool {
    let named = |word: &str| {
        let suffix = |kind| word.strip_suffix(kind).is_some_and(is_number);
        ["f32", "f64", "as_f32", "as_f64", "from_f32", "from_f64"].contains(&word)
            || suffix("f32")
            || suffix("f64")
    };
    // `1.5` and `1.0`; neither `1..5` nor `pair.0.1` nor `1.max(2)`.
    let parts: Vec<&str> = code.split('.').collect();
    let literal = parts.windows(2).enumerate().any(|(at, pair)| {
        let before = pair[0].rsplit(|it: char| !it.is_alphanumeric() && it != '_');
        let before = before.clone().next().unwrap_or_default();
        let after: String = pair[1].chars().take_while(char::is_ascii_digit).collect();
        let field = at > 0 && before == pair[0];
        !field && is_number(before) && !after.is_empty()
    });
    literal || words(code).any(named)
}

fn is_number(word: &str) -> bool {
    let digits = word.bytes().all(|it| it.is_ascii_digit() || it == b'_');
    digits && word.starts_with(|it: char| it.is_ascii_digit())
}

#[test]
fn a_float_is_recognised() {
    for float in [
        "x: f64",
        "0.1 + y",
        "(1_000.5)",
        "2f32",
        "it.as_f64()",
        "a(1.0)",
    ] {
        assert!(has_float(&code(float)), "{float}");
    }
    let others = [
        "pair.0.1",
        "1..5",
        "1.max(2)",
        "x // 1.5",
        "r#\"1.5 \\\" 2.5\"#",
        "'\"' + x // 1.5",
        "\"a\\\n 1.5\"",
        "\"1.5\"",
        "from_fn(a)",
        "it.0",
        "0..=9",
    ];
    for other in others {
        assert!(!has_float(&code(other)), "{other}");
    }
}

#[test]
fn no_floats_are_near_money() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (mut near, mut floats) = (0, Vec::new());
    for root in ROOTS {
        let mut files = Vec::new();
        sources(&house.join(root), &mut files);
        assert!(!files.is_empty(), "{root} has no sources");
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let name = file.strip_prefix(house).unwrap().to_str().unwrap();
            let speaks = |text: &str| {
                let text = text.to_lowercase();
                MONEY.iter().any(|word| text.contains(word))
            };
            if !speaks(&text) {
                continue;
            }
            near += 1;
            for (number, line) in code(&text).lines().enumerate() {
                let measured = MEASURING.contains(&name) && !speaks(line);
                if has_float(line) && !measured {
                    floats.push(format!("{name}:{}: {line}", number + 1));
                }
            }
        }
    }
    assert!(
        near > 100,
        "only {near} files speak of money: is the list of roots right?"
    );
    assert!(floats.is_empty(), "floats:\n{}", floats.join("\n"));
}
