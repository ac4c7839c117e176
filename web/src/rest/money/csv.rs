//! Tables for spreadsheets (RFC 4180): every field that somebody wrote is quoted, and none can be
//! taken for a formula.

use actix_web::{HttpResponse, http::header};
use parlor_domain::{
    money::{MILLI_PER_COIN, MilliCoins},
    time::Timestamp,
};

/// Rows of a file.
pub struct Csv(String);

impl Csv {
    /// A file with these columns.
    pub fn new(columns: &[&str]) -> Self {
        let mut csv = Self(String::new());
        csv.row(columns.iter().map(|it| (*it).to_owned()));
        csv
    }

    /// Adds a row.
    pub fn row(&mut self, fields: impl IntoIterator<Item = String>) {
        let fields: Vec<_> = fields.into_iter().map(|it| field(&it)).collect();
        self.0.push_str(&fields.join(","));
        self.0.push_str("\r\n");
    }

    /// As an answer that a browser keeps under this name.
    pub fn answer(self, name: &str) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ))
            .body(self.0)
    }
}

fn field(text: &str) -> String {
    let number = text.trim_start_matches('-');
    let is_number =
        !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    // A spreadsheet would calculate what begins like this.
    let formula = !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    match text.contains([',', '"', '\n', '\r', '\'']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// `12.345`, whatever the reader's language.
pub fn coins(amount: MilliCoins) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    let units = amount.0.unsigned_abs();
    let per_coin = MILLI_PER_COIN.unsigned_abs();
    format!("{sign}{}.{:03}", units / per_coin, units % per_coin)
}

/// `2026-03-02T10:00:00Z`.
pub fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |it| it.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_numbers_words_and_never_formulas() {
        for (text, written) in [
            ("12.5", "12.5"),
            ("-12.500", "-12.500"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@x", "\"'@x\""),
            ("-x", "\"'-x\""),
        ] {
            assert_eq!(field(text), written);
        }
        assert_eq!(coins(MilliCoins(-12_345)), "-12.345");
        assert_eq!(coins(MilliCoins(7)), "0.007");
        assert_eq!(time(Timestamp(0)), "1970-01-01T00:00:00Z");
    }
}
