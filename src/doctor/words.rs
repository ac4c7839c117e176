//! The doctor's sentences in English. They are the page's own catalogue, so that both say the same.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use super::finding::Says;

const CATALOGUE: &str = include_str!("../../web/ui/src/i18n/en/doctor.json");

static WORDS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    // Its test reads it; a catalogue that cannot be read leaves the codes.
    serde_json::from_str(CATALOGUE).unwrap_or_default()
});

/// The sentence of this kind (`saw` or `mend`), filled; none when there is nothing to say.
pub fn say(kind: &str, says: Says, with: &BTreeMap<&'static str, String>) -> Option<String> {
    let words = WORDS.get(&format!("{kind}.{}", says.code()))?;
    let mut filled = String::with_capacity(words.len());
    let mut rest = words.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match with.get(name) {
            Some(value) => filled.push_str(value),
            None => filled.push_str(&format!("{{{name}}}")),
        }
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    #[test]
    fn every_sentence_has_words_and_every_trouble_a_remedy() {
        let words: BTreeMap<String, String> = serde_json::from_str(CATALOGUE).unwrap();
        for says in Says::ALL {
            assert!(
                words.contains_key(&format!("saw.{}", says.code())),
                "{says:?}"
            );
            let mend = words.contains_key(&format!("mend.{}", says.code()));
            let trouble = says.verdict() >= Verdict::Warning;
            assert!(mend || !trouble, "{says:?} has no remedy");
        }
        let known = |key: &str| {
            let code = key.strip_prefix("saw.").or(key.strip_prefix("mend."));
            // The page's other words begin otherwise.
            code.is_none_or(|code| Says::ALL.iter().any(|it| it.code() == code))
        };
        let unknown: Vec<_> = words.keys().filter(|key| !known(key)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn what_is_given_is_filled_in() {
        let with = BTreeMap::from([("pid", "7".to_owned())]);
        let said = say("saw", Says::ServerRuns, &with).unwrap();
        assert!(said.contains('7') && !said.contains('{'), "{said}");
        let said = say("saw", Says::ServerRuns, &BTreeMap::new()).unwrap();
        assert!(said.contains("{pid}"), "{said}");
        assert_eq!(say("mend", Says::ServerRuns, &with), None);
    }
}
