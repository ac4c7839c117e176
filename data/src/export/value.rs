//! Values of rows as JSON: by their fields where a table has rows, and otherwise in the plainest form
//! from which exactly the same bytes come back.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{from_hex, hex};
use crate::{
    nouns::codecs::{Codec, codec},
    seal::envelope,
    tables::Table,
};

const CHAIN_LEN: usize = 32;

/// How a table's values are written.
pub struct Values {
    table: Table,
    codec: Option<Codec>,
}

impl Values {
    /// Of this table.
    pub fn of(table: Table) -> Self {
        Self {
            table,
            codec: codec(table),
        }
    }

    /// A value; a sealed one stays it.
    pub fn to_json(&self, value: &[u8]) -> Value {
        if value.is_empty() {
            return Value::Null;
        }
        if envelope::is_sealed(value) && crate::seal::tables::is_sealed(&[self.table.tag()]) {
            return json!({"sealed": hex(value)});
        }
        let plain = || json!({"hex": hex(value)});
        self.plainly(value).unwrap_or_else(plain)
    }

    fn plainly(&self, value: &[u8]) -> Option<Value> {
        match (self.table, self.codec) {
            (Table::LedgerEntries | Table::AuditRecords, Some(codec)) => {
                let (chain, row) = match self.table {
                    Table::AuditRecords => {
                        let (row, chain) = value.split_last_chunk::<CHAIN_LEN>()?;
                        (chain, row)
                    }
                    _ => value.split_first_chunk::<CHAIN_LEN>()?,
                };
                let json = json!({"chain": hex(chain), "row": (codec.to_json)(row)?});
                // The chain is made of these bytes.
                (self.to_bytes(json.clone())? == value).then_some(json)
            }
            (_, Some(codec)) => Some(json!({"row": (codec.to_json)(value)?})),
            (Table::LedgerBalances | Table::LedgerStatements, None) => {
                let (numbers, []) = value.as_chunks::<8>() else {
                    return None;
                };
                let numbers: Vec<_> = numbers.iter().map(|it| i64::from_be_bytes(*it)).collect();
                Some(json!({"numbers": numbers}))
            }
            (_, None) => {
                let id: [u8; 16] = value.try_into().ok()?;
                Some(json!({"id": Uuid::from_bytes(id).to_string()}))
            }
        }
    }

    /// The value in this JSON; `None` when it is none of this table.
    pub fn to_bytes(&self, json: Value) -> Option<Vec<u8>> {
        let Value::Object(mut json) = json else {
            return json.is_null().then(Vec::new);
        };
        let text = |it: &Value| it.as_str().map(ToOwned::to_owned);
        if let Some(row) = json.remove("row") {
            let row = (self.codec?.to_bytes)(row)?;
            let chain = match json.get("chain") {
                Some(chain) => from_hex(&text(chain)?)?,
                None => Vec::new(),
            };
            return Some(match self.table {
                Table::AuditRecords => [row, chain].concat(),
                _ => [chain, row].concat(),
            });
        }
        if let Some(numbers) = json.get("numbers") {
            let numbers: Option<Vec<_>> = numbers.as_array()?.iter().map(Value::as_i64).collect();
            return Some(numbers?.iter().flat_map(|it| it.to_be_bytes()).collect());
        }
        if let Some(id) = json.get("id") {
            let id: Uuid = text(id)?.parse().ok()?;
            return Some(id.as_bytes().to_vec());
        }
        from_hex(&text(json.get("hex").or_else(|| json.get("sealed"))?)?)
    }
}
