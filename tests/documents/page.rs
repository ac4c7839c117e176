//! A page of Markdown, as far as the tests look at it: links, headings, code.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::root;

/// Pages beside those in `docs/`.
const OTHERS: [&str; 7] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "actors/benches/README.md",
    "turn/benches/README.md",
    "tests/foreign/README.md",
    "web/ui/README.md",
];

/// One page.
#[derive(Default)]
pub struct Page {
    /// From the root of the repository.
    pub path: PathBuf,
    /// Targets of links.
    pub links: Vec<String>,
    /// What a link's `#` may name.
    pub anchors: BTreeSet<String>,
    /// `code` within sentences.
    pub spans: Vec<String>,
    /// Fenced code, with the language that its fence names.
    pub blocks: Vec<(String, String)>,
}

/// All of them.
pub fn pages() -> Vec<Page> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let names = docs.map(|it| Path::new("docs").join(it.unwrap().file_name()));
    let docs = names.filter(|it| it.extension().is_some_and(|it| it == "md"));
    let found: Vec<Page> = docs
        .chain(OTHERS.map(PathBuf::from))
        .map(|it| Page::read(&it))
        .collect();
    assert!(
        found.len() > OTHERS.len() + 8,
        "the documents are elsewhere"
    );
    found
}

impl Page {
    /// Reads one.
    pub fn read(path: &Path) -> Page {
        let text = fs::read_to_string(root().join(path))
            .unwrap_or_else(|it| panic!("{}: {it}", path.display()));
        let mut page = Page {
            path: path.to_owned(),
            ..Page::default()
        };
        let (mut block, mut prose) = (None::<(String, String)>, String::new());
        for line in text.lines() {
            if let Some(fence) = line.trim_start().strip_prefix("```") {
                match block.take() {
                    Some(done) => page.blocks.push(done),
                    None => block = Some((fence.trim().to_owned(), String::new())),
                }
            } else if let Some((_, code)) = &mut block {
                code.push_str(line);
                code.push('\n');
            } else {
                if let Some(heading) = line.strip_prefix('#') {
                    page.anchors.insert(anchor(heading.trim_start_matches('#')));
                }
                prose.push_str(line);
                prose.push('\n');
            }
        }
        page.spans = prose
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|it| it.replace('\n', " "))
            .collect();
        let links = prose
            .split("](")
            .skip(1)
            .filter_map(|it| it.split_once(')'));
        page.links = links.map(|(target, _)| target.to_owned()).collect();
        page
    }

    /// All code, within sentences and in blocks.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        let blocks = self.blocks.iter().map(|(_, code)| code.as_str());
        self.spans.iter().map(String::as_str).chain(blocks)
    }
}

/// The name that a heading's text gives it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept
        .chars()
        .filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}
