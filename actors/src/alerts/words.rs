//! The words of a notice, the same for every way. English: who operates the server reads its log, too.

use jiff::Timestamp as Instant;
use parlor_domain::time::Timestamp;

use super::Parcel;

/// "[WARNING] Parlor Alert" (R303).
pub(super) fn title(parcel: &Parcel) -> String {
    let severity = parcel.notice.severity().word().to_uppercase();
    format!("[{severity}] Parlor Alert")
}

/// One sentence a line.
pub(super) fn lines(parcel: &Parcel) -> Vec<String> {
    if parcel.is_test() {
        return vec!["A test: alerts of this server arrive here.".into()];
    }
    let lines = parcel.notice.lines.iter();
    lines.map(|it| bounded(&it.text)).collect()
}

/// RFC 3339, to the second.
pub(super) fn instant(at: Timestamp) -> String {
    let instant = Instant::from_second(at.0.div_euclid(1_000));
    instant.unwrap_or(Instant::UNIX_EPOCH).to_string()
}

/// No line is longer than this; causes of a system may be.
const CHARS_MAX: usize = 300;

/// Shortened, without signs that end a line.
pub(super) fn bounded(text: &str) -> String {
    let plain = text
        .chars()
        .map(|it| if it.is_control() { ' ' } else { it });
    let short: String = plain.clone().take(CHARS_MAX).collect();
    match plain.count() > CHARS_MAX {
        true => format!("{short}…"),
        false => short,
    }
}
