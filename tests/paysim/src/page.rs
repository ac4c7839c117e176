//! The checkout that a browser clicks: one page for all, with three buttons.

use std::fmt::Write;

/// A page with a form of hidden fields and a button for each outcome.
pub fn checkout(
    title: &str,
    sum: &str,
    action: &str,
    hidden: &[(&str, &str)],
    note: &str,
) -> String {
    let mut fields = String::new();
    for (name, value) in hidden {
        // Writing to a string cannot fail.
        let _ = write!(
            fields,
            "<input type=hidden name=\"{name}\" value=\"{}\">",
            escape(value)
        );
    }
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{title}</title><style>body{{font:18px/1.5 system-ui;margin:10vh auto;max-width:22rem;padding:1rem}}\
         button{{font:inherit;display:block;width:100%;min-height:48px;margin:.5rem 0}}</style>\
         <h1>{title}</h1><p>paysim: no money moves here.</p><p><strong>{sum}</strong></p><p role=status>{note}</p>\
         <form method=post action=\"{action}\">{fields}\
         <button name=outcome value=success>Success</button>\
         <button name=outcome value=failure>Failure</button>\
         <button name=outcome value=cancel>Cancel</button></form></html>"
    )
}

/// A page that posts a form by itself, as Razorpay's does on the way back.
pub fn post(action: &str, fields: &[(&str, &str)]) -> String {
    let mut inputs = String::new();
    for (name, value) in fields {
        let _ = write!(
            inputs,
            "<input type=hidden name=\"{name}\" value=\"{}\">",
            escape(value)
        );
    }
    format!(
        "<!doctype html><html lang=en><title>Back</title><form method=post action=\"{}\">{inputs}\
         <button>Back to the shop</button></form><script>document.forms[0].submit()</script></html>",
        escape(action)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}
