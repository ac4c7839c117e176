//! A host's profile: words, languages, services and prices, and the rules for each.
//!
//! Prices are thousandths of a coin and never a fraction type. Start at [`Draft::checked`].

use std::{fmt, str::FromStr};

use crate::{
    account::{BadField, check_language},
    event::MediaKind,
    id::{SkillId, UserId},
    money::MilliCoins,
    time::Timestamp,
};

/// Most characters of a title, of a host or of one of the services.
pub const TITLE_CHARS_MAX: usize = 80;
/// Most characters of what a host tells about himself, and of the details of one service.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// Most characters of a specialty.
pub const SPECIALTY_CHARS_MAX: usize = 40;
/// Most languages of one host.
pub const LANGUAGES_MAX: usize = 10;
/// Most specialties of one host.
pub const SPECIALTIES_MAX: usize = 12;
/// Most services of one host.
pub const SKILLS_MAX: usize = 20;
/// Most characters of an application, and of an admin's reason.
pub const LETTER_CHARS_MAX: usize = 1_000;

const fn bad<T>(field: &'static str, why: &'static str) -> Result<T, BadField> {
    Err(BadField { field, why })
}

/// What a minute costs. A kind without a price is not offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// A call with voices only.
    pub audio: Option<MilliCoins>,
    /// A call with pictures.
    pub video: Option<MilliCoins>,
}

impl Rates {
    /// The price of a minute of this kind; none when it is not offered.
    pub fn per_minute(&self, kind: MediaKind) -> Option<MilliCoins> {
        match kind {
            MediaKind::Audio => self.audio,
            MediaKind::Video => self.video,
        }
    }

    /// The least that a minute costs.
    pub fn least(&self) -> Option<MilliCoins> {
        self.audio.into_iter().chain(self.video).min()
    }
}

/// What hosts may ask for on this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateRules {
    /// What a host begins with (R231).
    pub start: Rates,
    /// Lowest price of a minute.
    pub least: MilliCoins,
    /// Highest price of a minute.
    pub most: MilliCoins,
}

impl Default for RateRules {
    fn default() -> Self {
        Self {
            start: Rates {
                audio: Some(MilliCoins::coins(10)),
                video: Some(MilliCoins::coins(15)),
            },
            least: MilliCoins::coins(1),
            most: MilliCoins::coins(1_000),
        }
    }
}

impl RateRules {
    fn checked(
        &self,
        field: &'static str,
        price: Option<MilliCoins>,
    ) -> Result<Option<MilliCoins>, BadField> {
        match price {
            Some(price) if !(self.least..=self.most).contains(&price) => {
                bad(field, "This price is outside of what this server allows.")
            }
            price => Ok(price),
        }
    }
}

/// A picture by the digest of its content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Picture(pub [u8; 32]);

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({self})")
    }
}

/// The text does not name a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a picture")]
pub struct NotAPicture;

impl FromStr for Picture {
    type Err = NotAPicture;

    fn from_str(text: &str) -> Result<Self, NotAPicture> {
        let mut digest = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != digest.len() || !rest.is_empty() {
            return Err(NotAPicture);
        }
        for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
            let digit = |c: u8| match c {
                b'0'..=b'9' => Ok(c - b'0'),
                b'a'..=b'f' => Ok(c - b'a' + 10),
                _ => Err(NotAPicture),
            };
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(digest))
    }
}

/// Something that a host offers (R037).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// Stays the same when its words change.
    pub id: SkillId,
    /// What it is called.
    pub title: String,
    /// What is said about its price, in words; empty when nothing is.
    pub price_note: String,
    /// More about it; empty when nothing is said.
    pub details: String,
}

/// What a host tells about himself, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Whose.
    pub user: UserId,
    /// One line below the name; empty when nothing is said.
    pub title: String,
    /// Language tags, such as `en`; those first that are spoken best.
    pub languages: Vec<String>,
    /// What the host is good at, in few words each.
    pub specialties: Vec<String>,
    /// More; empty when nothing is said.
    pub bio: String,
    /// What is offered.
    pub skills: Vec<Skill>,
    /// What a minute costs.
    pub rates: Rates,
    /// The face.
    pub picture: Option<Picture>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Profile {
    /// A profile that says nothing but the usual prices.
    pub fn empty(user: UserId, rules: &RateRules, now: Timestamp) -> Self {
        Self {
            user,
            title: String::new(),
            languages: Vec::new(),
            specialties: Vec::new(),
            bio: String::new(),
            skills: Vec::new(),
            rates: rules.start,
            picture: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// A service as somebody filled it in.
#[derive(Clone, Debug, Default)]
pub struct SkillDraft {
    /// Which one it changes; none for a new one.
    pub id: Option<SkillId>,
    /// See [`Skill`].
    pub title: String,
    /// See [`Skill`].
    pub price_note: String,
    /// See [`Skill`].
    pub details: String,
}

/// A profile as somebody filled it in.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// See [`Profile`].
    pub title: String,
    /// See [`Profile`].
    pub languages: Vec<String>,
    /// See [`Profile`].
    pub specialties: Vec<String>,
    /// See [`Profile`].
    pub bio: String,
    /// See [`Profile`].
    pub skills: Vec<SkillDraft>,
    /// Price of a minute with voices only; none when it is not offered.
    pub audio: Option<MilliCoins>,
    /// Price of a minute with pictures.
    pub video: Option<MilliCoins>,
}

impl Draft {
    /// The profile that comes of it. A service keeps its id when `old` has it; all others get
    /// `fresh` ones. The picture stays.
    pub fn checked(
        self,
        old: &Profile,
        rules: &RateRules,
        now: Timestamp,
        mut fresh: impl FnMut() -> SkillId,
    ) -> Result<Profile, BadField> {
        if self.audio.is_none() && self.video.is_none() {
            return bad("videoCostPerMin", "Please offer voice or video calls.");
        }
        if self.skills.len() > SKILLS_MAX {
            return bad("services", "At most 20 services, please.");
        }
        let mut skills: Vec<Skill> = Vec::with_capacity(self.skills.len());
        for draft in self.skills {
            let known = draft.id.filter(|id| {
                let old = old.skills.iter().any(|skill| skill.id == *id);
                old && !skills.iter().any(|skill| skill.id == *id)
            });
            let title = line("services", &draft.title, TITLE_CHARS_MAX)?;
            if title.is_empty() {
                return bad("services", "Every service needs a title.");
            }
            skills.push(Skill {
                id: known.unwrap_or_else(&mut fresh),
                title,
                price_note: line("services", &draft.price_note, TITLE_CHARS_MAX)?,
                details: text("services", &draft.details, TEXT_CHARS_MAX)?,
            });
        }
        Ok(Profile {
            user: old.user,
            title: line("title", &self.title, TITLE_CHARS_MAX)?,
            languages: languages(&self.languages)?,
            specialties: specialties(&self.specialties)?,
            bio: text("bio", &self.bio, TEXT_CHARS_MAX)?,
            skills,
            rates: Rates {
                audio: rules.checked("audioCostPerMin", self.audio)?,
                video: rules.checked("videoCostPerMin", self.video)?,
            },
            picture: old.picture,
            created_at: old.created_at,
            updated_at: now,
        })
    }
}

/// What somebody wrote who wants to be a host, and what was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// Why they should be one; empty when nothing was said.
    pub message: String,
    /// When it was last asked.
    pub asked_at: Option<Timestamp>,
    /// What an admin said to the last decision; empty when nothing was said.
    pub reason: String,
    /// When that was.
    pub decided_at: Option<Timestamp>,
}

/// The words of an application or of the answer to one.
pub fn letter(field: &'static str, words: &str) -> Result<String, BadField> {
    text(field, words, LETTER_CHARS_MAX)
}

fn languages(tags: &[String]) -> Result<Vec<String>, BadField> {
    let mut all: Vec<String> = Vec::new();
    for tag in tags {
        let tag = check_language(tag.trim()).map_err(|bad| BadField {
            field: "languages",
            ..bad
        })?;
        let tag = match tag.split_once('-') {
            Some((language, rest)) => format!("{}-{rest}", language.to_lowercase()),
            None => tag.to_lowercase(),
        };
        if !all.contains(&tag) {
            all.push(tag);
        }
    }
    if all.len() > LANGUAGES_MAX {
        return bad("languages", "At most 10 languages, please.");
    }
    Ok(all)
}

fn specialties(words: &[String]) -> Result<Vec<String>, BadField> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        let word = line("specialties", word, SPECIALTY_CHARS_MAX)?;
        let folded = word.to_lowercase();
        if !word.is_empty() && !all.iter().any(|one| one.to_lowercase() == folded) {
            all.push(word);
        }
    }
    if all.len() > SPECIALTIES_MAX {
        return bad("specialties", "At most 12 specialties, please.");
    }
    Ok(all)
}

/// One line: inner spaces single, nothing invisible.
fn line(field: &'static str, words: &str, most: usize) -> Result<String, BadField> {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    text(field, &words, most)
}

fn text(field: &'static str, words: &str, most: usize) -> Result<String, BadField> {
    let words = words.replace("\r\n", "\n");
    let words = words.trim();
    if words.chars().count() > most {
        return bad(field, "This is too long.");
    }
    if words.chars().any(|c| c.is_control() && c != '\n') {
        return bad(field, "Please leave out control characters.");
    }
    Ok(words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const RULES: fn() -> RateRules = RateRules::default;

    fn checked(draft: Draft) -> Result<Profile, BadField> {
        let old = Profile::empty(UserId(Uuid::from_u128(1)), &RULES(), Timestamp(1));
        let mut next = 9;
        draft.checked(&old, &RULES(), Timestamp(2), || {
            next += 1;
            SkillId(Uuid::from_u128(next))
        })
    }

    fn offering() -> Draft {
        Draft {
            audio: Some(MilliCoins::coins(10)),
            ..Draft::default()
        }
    }

    #[test]
    fn words_are_tidied_and_said_once() {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let profile = checked(Draft {
            title: "  Listener \n and friend ".into(),
            languages: owned(&["EN", "en", "pt-BR"]),
            specialties: owned(&["Grief", " grief ", "", "Family  life"]),
            bio: " One.\r\nTwo. ".into(),
            ..offering()
        })
        .unwrap();
        assert_eq!(profile.title, "Listener and friend");
        assert_eq!(profile.languages, ["en", "pt-BR"]);
        assert_eq!(profile.specialties, ["Grief", "Family life"]);
        assert_eq!(profile.bio, "One.\nTwo.");
        assert_eq!(
            (profile.created_at, profile.updated_at),
            (Timestamp(1), Timestamp(2))
        );
    }

    #[test]
    fn bad_fields_are_named() {
        let skill = |title: &str| SkillDraft {
            title: title.into(),
            ..SkillDraft::default()
        };
        let many = |n: usize| (0..n).map(|n| format!("s{n}")).collect();
        let cases = [
            (
                Draft {
                    audio: None,
                    ..offering()
                },
                "videoCostPerMin",
            ),
            (
                Draft {
                    audio: Some(MilliCoins(999)),
                    ..offering()
                },
                "audioCostPerMin",
            ),
            (
                Draft {
                    video: Some(MilliCoins::coins(1_001)),
                    ..offering()
                },
                "videoCostPerMin",
            ),
            (
                Draft {
                    title: "x".repeat(81),
                    ..offering()
                },
                "title",
            ),
            (
                Draft {
                    bio: "a\u{7}b".into(),
                    ..offering()
                },
                "bio",
            ),
            (
                Draft {
                    languages: vec!["english!".into()],
                    ..offering()
                },
                "languages",
            ),
            (
                Draft {
                    specialties: many(13),
                    ..offering()
                },
                "specialties",
            ),
            (
                Draft {
                    skills: vec![skill(" ")],
                    ..offering()
                },
                "services",
            ),
            (
                Draft {
                    skills: vec![skill("x"); 21],
                    ..offering()
                },
                "services",
            ),
        ];
        for (draft, field) in cases {
            assert_eq!(checked(draft).unwrap_err().field, field);
        }
    }

    #[test]
    fn a_service_keeps_its_id_and_nobody_takes_anothers() {
        let first = checked(Draft {
            skills: vec![SkillDraft {
                title: "Talk".into(),
                ..SkillDraft::default()
            }],
            ..offering()
        })
        .unwrap();
        let id = first.skills[0].id;
        let again = |id| SkillDraft {
            id: Some(id),
            title: "Long talk".into(),
            ..SkillDraft::default()
        };
        let draft = Draft {
            skills: vec![again(id), again(id), again(SkillId(Uuid::from_u128(77)))],
            ..offering()
        };
        let mut next = 100;
        let second = draft
            .checked(&first, &RULES(), Timestamp(3), || {
                next += 1;
                SkillId(Uuid::from_u128(next))
            })
            .unwrap();
        assert_eq!(second.skills[0].id, id);
        assert_eq!(second.skills[1].id, SkillId(Uuid::from_u128(101)));
        assert_eq!(second.skills[2].id, SkillId(Uuid::from_u128(102)));
    }

    #[test]
    fn prices() {
        let rates = RULES().start;
        assert_eq!(rates.per_minute(MediaKind::Audio), Some(MilliCoins(10_000)));
        assert_eq!(rates.per_minute(MediaKind::Video), Some(MilliCoins(15_000)));
        assert_eq!(rates.least(), Some(MilliCoins(10_000)));
    }

    #[test]
    fn a_picture_is_named_by_64_digits() {
        let picture = Picture([0xa7; 32]);
        assert_eq!(picture.to_string().parse(), Ok(picture));
        for bad in ["", "a7", "A7a7", &"g".repeat(64), &"a".repeat(65)] {
            assert_eq!(bad.parse::<Picture>(), Err(NotAPicture), "{bad}");
        }
    }
}
