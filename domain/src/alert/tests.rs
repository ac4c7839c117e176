//! Each line of a table is a look: at a second, what it saw, and what the operator is told.

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp(0) + Millis::from_secs(seconds)
}

/// "relay! mail?" is an error of the relay and a warning of the mails; "relay" is well.
fn look(text: &str) -> Vec<(Topic, Seen)> {
    let parse = |word: &str| {
        let topic = Topic::from_word(word.trim_end_matches(['!', '?'])).unwrap();
        let bad = |severity| Seen::Bad(severity, "why".into());
        let seen = match word.chars().last() {
            Some('!') => bad(Severity::Error),
            Some('?') => bad(Severity::Warning),
            _ => Seen::Well,
        };
        (topic, seen)
    };
    text.split_whitespace().map(parse).collect()
}

/// "error: raised relay, recovered mail"
fn words(notice: Option<Notice>) -> String {
    let Some(notice) = notice else {
        return "-".into();
    };
    let line = |it: &Line| format!("{} {}", it.news.word(), it.topic.word());
    let lines: Vec<_> = notice.lines.iter().map(line).collect();
    format!("{}: {}", notice.severity().word(), lines.join(", "))
}

fn check(alerts: &mut Alerts, table: &[(i64, &str, &str)]) {
    for (second, seen, told) in table {
        let notice = alerts.handle(look(seen), at(*second));
        assert_eq!(words(notice), *told, "at {second}");
    }
}

fn fresh() -> Alerts {
    Alerts::new(Rules::default(), [])
}

#[test]
fn what_is_bad_for_a_while_is_told_once_and_its_end_once() {
    check(
        &mut fresh(),
        &[
            (0, "store", "-"),
            (10, "store!", "-"),
            (20, "store", "-"), // it was short
            (30, "store!", "-"),
            (49, "store!", "-"),
            (50, "store!", "error: raised store"),
            (60, "store!", "-"),
            (3_600, "store!", "-"),
            (3_610, "store", "-"),
            (3_700, "store!", "-"), // not over yet
            (3_710, "store", "-"),
            (3_889, "store", "-"),
            (3_890, "store", "info: recovered store"),
            (3_930, "store", "-"),
        ],
    );
}

#[test]
fn what_goes_on_is_told_again_and_what_becomes_worse_at_once() {
    check(
        &mut fresh(),
        &[
            (0, "traffic?", "warning: raised traffic"),
            (43_199, "traffic?", "-"),
            (43_200, "traffic?", "warning: still traffic"),
            (43_300, "traffic!", "error: raised traffic"),
            (43_400, "traffic?", "-"), // better, and still bad
        ],
    );
}

#[test]
fn what_comes_together_is_told_together_and_the_worst_first() {
    check(
        &mut fresh(),
        &[
            (0, "relay! backup?", "error: raised relay, raised backup"),
            (1, "books!", "-"),
            (20, "calls?", "-"),
            (30, "", "error: raised books, raised calls"),
            (100, "relay backup? books! calls?", "-"),
            (
                280,
                "backup traffic?",
                "warning: raised traffic, recovered relay",
            ),
        ],
    );
}

#[test]
fn only_so_many_notices_go_out_in_an_hour_and_the_next_says_what_is_so_then() {
    let rules = Rules {
        well_for: Millis::from_secs(1),
        ..Rules::default()
    };
    let mut alerts = Alerts::new(rules, []);
    let mut told = 0;
    for second in (0..3_600).step_by(30) {
        let seen = if second % 60 == 0 { "relay!" } else { "relay" };
        alerts.handle(look(seen), at(second));
        let notice = alerts.handle(look(seen), at(second + 29));
        told += usize::from(notice.is_some());
    }
    let all = alerts.sent.len();
    assert!(told <= all && all == rules.hourly_max, "{told} {all}");
    // What came and went while it had to be silent is not spoken of.
    alerts.handle(look("relay"), at(3_600));
    let before = alerts.told();
    alerts.handle(look("mail!"), at(3_601));
    alerts.handle(look("mail relay"), at(3_700));
    let notice = words(alerts.handle(look("mail relay"), at(7_300)));
    let expected = match before.is_empty() {
        true => "-",
        false => "info: recovered relay",
    };
    assert_eq!(notice, expected);
}

#[test]
fn a_restart_tells_nothing_twice_and_loses_no_recovery() {
    let mut alerts = fresh();
    check(
        &mut alerts,
        &[(0, "relay! backup?", "error: raised relay, raised backup")],
    );
    let mut next = Alerts::new(Rules::default(), alerts.told());
    check(
        &mut next,
        &[
            (100, "relay! backup", "-"),
            (281, "relay! backup", "info: recovered backup"),
            (43_200, "relay! backup", "error: still relay"),
        ],
    );
    let told = next.told();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].since, told[0].at), (at(0), at(43_200)));
    // Before the first look nothing is known to be over.
    let mut third = Alerts::new(Rules::default(), told);
    check(&mut third, &[(90_000, "", "-"), (90_001, "relay", "-")]);
    check(&mut third, &[(90_181, "relay", "info: recovered relay")]);
    assert!(third.told().is_empty());
}

#[test]
fn the_words() {
    let mut alerts = fresh();
    let seen = vec![(Topic::Calls, Seen::Bad(Severity::Warning, "15%".into()))];
    let notice = alerts.handle(seen, at(0)).unwrap();
    assert_eq!(notice.lines[0].text, "High call failure rate: 15%");
    let seen = vec![(Topic::Calls, Seen::Well)];
    assert_eq!(alerts.handle(seen, at(60)), None);
    let notice = alerts.handle(Vec::new(), at(9_000)).unwrap();
    let text = &notice.lines[0].text;
    assert_eq!(text, "High call failure rate: over, after 2 hours");
    for topic in Topic::ALL {
        assert_eq!(Topic::from_word(topic.word()), Some(*topic));
    }
}
