//! Amounts: whole numbers of the smallest unit, of coins or of a currency.
//!
//! Coins are counted in thousandths, so that a price per minute divides into seconds without
//! rounding twice. There is no fraction type in here and there must never be one.

use std::fmt;

/// Thousandths in one coin.
pub const MILLI_PER_COIN: i64 = 1_000;
/// No single amount is larger: sums of a million such amounts still fit.
pub const UNITS_MAX: i64 = 1_000_000_000_000;

/// A currency by its three letters (ISO 4217), such as `INR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// The text is not three letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A currency is three letters, such as \"INR\".")]
pub struct NotACurrency;

impl Currency {
    /// Reads `INR` or `inr`.
    pub fn parse(text: &str) -> Result<Self, NotACurrency> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| NotACurrency)?;
        if !letters.iter().all(u8::is_ascii_alphabetic) {
            return Err(NotACurrency);
        }
        Ok(Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }

    /// The three letters, upper case.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Digits after the point of one unit of the currency (ISO 4217): 2 for most, 0 for the yen.
    pub fn digits(self) -> u32 {
        const NONE: [&str; 16] = [
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
            "VUV", "XAF", "XOF", "XPF",
        ];
        const THREE: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
        match self.code() {
            code if NONE.contains(&code) => 0,
            code if THREE.contains(&code) => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What is counted. Every entry of the ledger balances for each asset on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asset {
    /// Coins, in thousandths.
    Coin,
    /// A currency, in its minor unit (paise, cents).
    Money(Currency),
}

/// An amount of coins in thousandths of a coin. Negative only as a movement, never as a price.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MilliCoins(pub i64);

impl MilliCoins {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whole coins.
    pub const fn coins(coins: i64) -> Self {
        Self(coins * MILLI_PER_COIN)
    }

    /// `self - other`, not below zero.
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }
}

impl std::ops::Add for MilliCoins {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for MilliCoins {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Debug for MilliCoins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}mC", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_three_letters() {
        assert_eq!(Currency::parse("inr").unwrap().code(), "INR");
        assert_eq!(Currency::parse("INR").unwrap().digits(), 2);
        assert_eq!(Currency::parse("JPY").unwrap().digits(), 0);
        assert_eq!(Currency::parse("KWD").unwrap().digits(), 3);
        for bad in ["", "IN", "INRS", "I1R", "€€"] {
            assert_eq!(Currency::parse(bad), Err(NotACurrency), "{bad}");
        }
    }

    /// No fraction type in any file that counts money (the whole tree is looked through).
    #[test]
    fn no_float_is_near_money() {
        let floor = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        let mut folders = vec![
            floor.join("src"),
            floor.join("../data/src"),
            floor.join("../actors/src"),
            floor.join("../web/src"),
        ];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        let money = |path: &std::path::Path| {
            // What lies above the tree, such as a folder of its owner's, says nothing about a file.
            let path = path.strip_prefix(floor).unwrap_or(path).to_string_lossy();
            [
                "money", "ledger", "tariff", "bill", "wallet", "order", "gateway", "payout",
                "dispute", "earning", "audit", "books", "payment", "refund",
            ]
            .iter()
            .any(|word| path.contains(word))
        };
        let looked_at: Vec<_> = files.iter().filter(|path| money(path)).collect();
        assert!(
            looked_at.len() >= 20,
            "the files of the ledger are not where they were"
        );
        for path in looked_at {
            let text = std::fs::read_to_string(path).unwrap();
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let float = ["f", "F"].iter().any(|f| {
                    ["32", "64"]
                        .iter()
                        .any(|bits| code.contains(&format!("{f}{bits}")))
                });
                assert!(!float, "{}:{}: {line}", path.display(), number + 1);
            }
        }
    }
}
