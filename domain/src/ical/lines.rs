//! Lines of a calendar: folded ones joined, each a name, parameters and a value, in blocks. Only
//! blocks of the first level and the properties that say when are kept; what lies deeper (an alarm)
//! is passed over, except for the parts of a zone.

use crate::time::Millis;

use super::Unreadable;

/// Longest line that is looked at, in bytes.
const LINE_BYTES_MAX: usize = 100_000;
/// Deepest block.
const DEPTH_MAX: usize = 8;
/// Most properties of one block that are kept.
const PROPERTIES_MAX: usize = 4_000;

const KEPT: [&str; 17] = [
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "UID",
    "STATUS",
    "TRANSP",
    "X-MICROSOFT-CDO-BUSYSTATUS",
    "FREEBUSY",
    "TZID",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "X-LIC-LOCATION",
    "EXRULE",
];

/// A line.
#[derive(Debug)]
pub(super) struct Property {
    pub name: String,
    parameters: Vec<(String, String)>,
    pub value: String,
}

impl Property {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }

    fn parse(line: &str) -> Option<Self> {
        let mut quoted = false;
        let mut cuts = Vec::new();
        let mut colon = None;
        for (at, c) in line.char_indices() {
            match c {
                '"' => quoted = !quoted,
                ';' if !quoted => cuts.push(at),
                ':' if !quoted => {
                    colon = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let colon = colon?;
        cuts.push(colon);
        let name = line[..cuts[0]].trim().to_ascii_uppercase();
        let parameters = cuts.windows(2).filter_map(|pair| {
            let (name, value) = line[pair[0] + 1..pair[1]].split_once('=')?;
            Some((
                name.to_ascii_uppercase(),
                value.trim_matches('"').to_owned(),
            ))
        });
        Some(Self {
            name,
            parameters: parameters.collect(),
            value: line[colon + 1..].to_owned(),
        })
    }
}

/// What stands between `BEGIN` and `END`.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub name: String,
    properties: Vec<Property>,
    /// The parts of a zone.
    pub parts: Vec<Block>,
}

impl Block {
    pub fn get(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|it| it.name == name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.properties.iter().filter(move |it| it.name == name)
    }
}

/// The blocks inside of the calendar.
pub(super) fn read(text: &str, most: usize) -> Result<Vec<Block>, Unreadable> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text
        .get(..15)
        .is_some_and(|it| it.eq_ignore_ascii_case("BEGIN:VCALENDAR"))
    {
        return Err(Unreadable::NoCalendar);
    }
    let mut open: Vec<Block> = Vec::new();
    let mut done = Vec::new();
    for line in unfolded(text) {
        let Some(property) = Property::parse(&line) else {
            continue;
        };
        match property.name.as_str() {
            "BEGIN" => {
                let name = property.value.trim().to_ascii_uppercase();
                if open.len() >= DEPTH_MAX || done.len() >= most {
                    return Err(Unreadable::TooLarge);
                }
                open.push(Block {
                    name,
                    ..Block::default()
                });
            }
            "END" => {
                let Some(block) = open.pop() else { break };
                match open.last_mut() {
                    Some(above) if above.name == "VCALENDAR" => done.push(block),
                    Some(above) if above.name == "VTIMEZONE" => above.parts.push(block),
                    _ => {}
                }
            }
            name if KEPT.contains(&name) => {
                let Some(block) = open.last_mut() else { break };
                if block.properties.len() < PROPERTIES_MAX {
                    block.properties.push(property);
                }
            }
            _ => {}
        }
    }
    Ok(done)
}

/// Lines, those that were folded joined again, without those that are longer than any should be.
fn unfolded(text: &str) -> impl Iterator<Item = String> {
    let mut rest = text.lines().peekable();
    std::iter::from_fn(move || {
        let mut line = rest.next()?.to_owned();
        while let Some(more) = rest.next_if(|it| it.starts_with([' ', '\t'])) {
            if line.len() + more.len() <= LINE_BYTES_MAX {
                line.push_str(&more[1..]);
            }
        }
        Some(line)
    })
}

/// Days and the rest of a duration such as `P1DT2H`; `None` when it goes back in time.
pub(super) fn duration(text: &str) -> Option<(i64, Millis)> {
    let text = text.trim().trim_start_matches('+');
    let text = text.strip_prefix('P')?;
    let (mut days, mut secs, mut digits, mut timed) = (0_i64, 0_i64, String::new(), false);
    for c in text.chars() {
        if c.is_ascii_digit() && digits.len() < 7 {
            digits.push(c);
            continue;
        }
        if c == 'T' && digits.is_empty() {
            timed = true;
            continue;
        }
        let count: i64 = digits.parse().ok()?;
        digits.clear();
        match (c, timed) {
            ('W', false) => days += 7 * count,
            ('D', false) => days += count,
            ('H', true) => secs += 3_600 * count,
            ('M', true) => secs += 60 * count,
            ('S', true) => secs += count,
            _ => return None,
        }
    }
    digits.is_empty().then_some((days, Millis::from_secs(secs)))
}
