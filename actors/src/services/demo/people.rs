//! The other hosts of the demo: made-up people with what they tell, ask for and were told, so that
//! the directory has something to look through. Nobody sits behind them, so none of them is on line.

use parlor_data::nouns::{account as accounts, host, review};
use parlor_domain::{
    account::Email,
    host::{Draft, Profile, Review, SkillDraft, Tally},
    id::{CallId, SkillId, UserId},
    money::MilliCoins,
    time::Millis,
};

use super::{
    super::{ServiceError, Services, keys},
    offers::Offer,
};

/// One of them.
struct Person {
    email: &'static str,
    name: &'static str,
    title: &'static str,
    languages: &'static [&'static str],
    specialties: &'static [&'static str],
    bio: &'static str,
    service: (&'static str, &'static str),
    /// Coins for a minute with the voice, with pictures; 0: not offered.
    coins: (i64, i64),
    /// Hours since the last visit, and whether the switch stayed on.
    seen: (i64, bool),
    calls: u64,
    said: &'static [Said],
    offers: &'static [Offer],
}

/// Who said what, with how many stars.
type Said = (&'static str, u8, &'static str);

/// What the demo's first host, who can be called, was told.
const OF_FIRST: &[Said] = &[
    (
        "Miriam K.",
        5,
        "Calm and clear. I knew what to do next when we hung up.",
    ),
    (
        "Jonas B.",
        4,
        "Good questions, a little hurried at the end.",
    ),
];

const PEOPLE: &[Person] = &[
    Person {
        email: "wanjiru@demo.parlor.example",
        name: "Wanjiru Kamau",
        title: "Counsellor for young adults",
        languages: &["en", "sw"],
        specialties: &["Anxiety", "Study", "Family"],
        bio: "I listen first. Many people I talk with are in their first years away from home.\n\nWe begin with what weighs most today.",
        service: ("First talk", "Half an hour to find out whether we fit."),
        coins: (10, 15),
        seen: (2, true),
        calls: 214,
        said: &[
            ("Brian O.", 5, "She remembered everything from last time."),
            ("Achieng A.", 5, "Warm, and never in a hurry."),
            ("Peter M.", 4, ""),
        ],
        offers: &[(
            "First talk",
            "Half an hour to find out whether we fit.",
            30,
            0,
            false,
        )],
    },
    Person {
        email: "luis@demo.parlor.example",
        name: "Luis Ortega",
        title: "Spanish, from the first word to the exam",
        languages: &["es", "en", "pt-BR"],
        specialties: &["Languages", "Exams"],
        bio: "Fifteen years in front of classes, five in front of a camera. We speak from the first minute.",
        service: (
            "Conversation hour",
            "We talk about what you like; I note what to mend.",
        ),
        coins: (8, 12),
        seen: (26, false),
        calls: 97,
        said: &[
            ("Hannah W.", 5, "I passed!"),
            ("Tom R.", 4, "Patient. Bring your own topics."),
        ],
        offers: &[(
            "Conversation hour",
            "We talk about what you like; I note what to mend.",
            60,
            30,
            false,
        )],
    },
    Person {
        email: "sophie@demo.parlor.example",
        name: "Sophie Laurent",
        title: "Sleep and stress",
        languages: &["fr", "en", "de"],
        specialties: &["Sleep", "Stress", "Anxiety"],
        bio: "Nurse for twelve years, now a coach. Small steps that survive a normal week.",
        service: (
            "Two weeks of better nights",
            "Four short calls and a diary.",
        ),
        coins: (14, 20),
        seen: (5, true),
        calls: 61,
        said: &[(
            "Claire D.",
            5,
            "Concrete. The diary helped me more than I thought.",
        )],
        offers: &[],
    },
    Person {
        email: "arjun@demo.parlor.example",
        name: "Arjun Mehta",
        title: "Accounts of a small business, explained",
        languages: &["hi", "en"],
        specialties: &["Taxes", "Bookkeeping"],
        bio: "Bring your receipts and your questions. I tell you what matters and what can wait.",
        service: ("Year's end in one hour", "What you need, in which order."),
        coins: (20, 0),
        seen: (72, false),
        calls: 33,
        said: &[("Neha S.", 3, "Knows a lot, but the line was bad.")],
        offers: &[(
            "Year's end in one hour",
            "What you need, in which order.",
            60,
            120,
            true,
        )],
    },
    Person {
        email: "grace@demo.parlor.example",
        name: "Grace Achieng",
        title: "Career changes after thirty",
        languages: &["en"],
        specialties: &["Work", "Study"],
        bio: "I changed mine twice. New here, glad to meet you.",
        service: ("Letter check", "I read your application with you."),
        coins: (6, 9),
        seen: (9, false),
        calls: 0,
        said: &[],
        offers: &[],
    },
];

impl Services {
    /// Makes those who are missing, and what the first host was told.
    pub(super) async fn seed_hosts(&self, first: UserId) -> Result<(), ServiceError> {
        if review::tally(&self.0.store, first)?.is_none() {
            self.seed_said(first, OF_FIRST, 12).await?;
        }
        for person in PEOPLE {
            let email = Email::parse(person.email)?;
            if accounts::load_by_email(&self.0.store, &email)?.is_none() {
                self.seed_host(email, person).await?;
            }
        }
        Ok(())
    }

    async fn seed_host(&self, email: Email, person: &Person) -> Result<(), ServiceError> {
        let now = self.now();
        // Nobody logs in as one of them: no password has this hash.
        let account = self.demo_person(email, person.name, true, String::new());
        let empty = Profile::empty(account.id, &self.0.config.rates, now);
        let owned = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect();
        let price = |coins: i64| (coins > 0).then_some(MilliCoins::coins(coins));
        let (title, details) = person.service;
        let draft = Draft {
            title: person.title.into(),
            languages: owned(person.languages),
            specialties: owned(person.specialties),
            bio: person.bio.into(),
            skills: vec![SkillDraft {
                title: title.into(),
                details: details.into(),
                ..SkillDraft::default()
            }],
            audio: price(person.coins.0),
            video: price(person.coins.1),
        };
        let fresh = || SkillId(keys::ordered_id(now));
        // A server with other bounds for prices shows them with the usual ones.
        let profile = draft.checked(&empty, &self.0.config.rates, now, fresh);
        let profile = profile.unwrap_or(empty);
        let (hours, on) = person.seen;
        let seen = now - Millis::from_mins(hours * 60);
        let rows = accounts::insert(&account)?
            .and(host::put(None, &profile)?)
            .and(host::put_switch(account.id, on, Some(seen))?);
        self.open_account(account.id, rows).await?;
        self.seed_said(account.id, person.said, person.calls)
            .await?;
        self.seed_offers(account.id, person.offers).await
    }

    async fn seed_said(&self, host: UserId, said: &[Said], calls: u64) -> Result<(), ServiceError> {
        let mut tally = Tally {
            calls,
            ..Tally::default()
        };
        let mut rows = parlor_data::Batch::new();
        for (days, (author, stars, text)) in (1..).zip(said) {
            let at = self.now() - Millis::from_days(days * 3);
            let it = Review {
                host,
                call: CallId(keys::ordered_id(at)),
                user: UserId(keys::ordered_id(at)),
                author: (*author).into(),
                stars: *stars,
                text: (*text).into(),
                at,
                hidden: None,
            };
            tally = tally.changed(None, it.counted());
            rows = rows.and(review::put(None, &it)?);
        }
        self.write(rows.and(review::put_tally(host, None, &tally)?))
            .await?;
        self.refresh_host(host)
    }
}
