//! Requests and replies without a web framework, so that a gateway is a function.

use std::collections::BTreeMap;

use serde_json::Value;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// With the gateway's name in front.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As it came.
    pub body: Vec<u8>,
}

/// A reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP's.
    pub status: u16,
    /// MIME type.
    pub kind: &'static str,
    /// Where a redirect goes.
    pub location: Option<String>,
    /// What is said.
    pub body: String,
}

impl Reply {
    /// Words.
    pub fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            kind: "text/plain",
            location: None,
            body: body.into(),
        }
    }

    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            kind: "application/json",
            location: None,
            body: body.to_string(),
        }
    }

    /// A page.
    pub fn page(body: String) -> Self {
        Self {
            status: 200,
            kind: "text/html; charset=utf-8",
            location: None,
            body,
        }
    }

    /// To another page.
    pub fn see(location: String) -> Self {
        Self {
            status: 303,
            kind: "text/plain",
            location: Some(location),
            body: String::new(),
        }
    }
}

impl Request {
    /// The gateway's name and the rest of the path.
    pub fn split(&self) -> Option<(&str, &str)> {
        let rest = self.path.strip_prefix('/')?;
        let cut = rest.find('/')?;
        Some((&rest[..cut], &rest[cut..]))
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The fields of a form, or of the query.
    pub fn form(&self) -> BTreeMap<String, String> {
        let text = match self.body.is_empty() {
            true => self.query.clone(),
            false => self.text(),
        };
        text.split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (unescape(name), unescape(value)))
            .collect()
    }
}

fn unescape(text: &str) -> String {
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let pair: String = bytes.by_ref().take(2).map(char::from).collect();
                out.push(u8::from_str_radix(&pair, 16).unwrap_or(b'?'));
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
