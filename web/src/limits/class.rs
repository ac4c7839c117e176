//! The one table that says out of which bucket a request is taken.
//!
//! Every endpoint of the API is in it; a test holds it against the OpenAPI document, asks each one
//! as a stranger and looks whether it was counted. Must never have a line for everything else: what is
//! new is to be thought about.

/// What kind of request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Of an account; of the address (`anonymous`) where nobody is logged in, or the token is bad.
    Account,
    /// Where a password, a code or a secret link is tried: of the address, before anything is looked at.
    SignIn,
    /// Control of calls (R290): of the address, and of the account too.
    Calls,
    /// What other people's programs ask: gateways that bring news, calendars that are read again and
    /// again. Of the address.
    Machines,
    /// Not counted: a fixed text, or nothing is looked up before a cookie or a token is shown, which
    /// is counted then.
    Free,
}

impl Class {
    /// The name of its bucket of addresses, in headers and documents.
    pub fn bucket(self) -> &'static str {
        match self {
            Self::Account | Self::Free => "anonymous",
            Self::SignIn => "sign-in",
            Self::Calls => "calls",
            Self::Machines => "machines",
        }
    }
}

/// The first line whose path the request's path begins with.
const CLASSES: &[(&str, Class)] = &[
    ("/api/auth/refresh", Class::Free),
    ("/api/auth/logout", Class::Free),
    ("/api/auth/", Class::SignIn),
    ("/api/setup", Class::SignIn),
    ("/api/join/refresh", Class::Free),
    ("/api/join/", Class::SignIn),
    ("/api/manage/", Class::SignIn),
    ("/api/mail/", Class::SignIn),
    ("/api/exports/", Class::SignIn),
    ("/api/video-calls/", Class::Calls),
    ("/api/payment/webhook/", Class::Machines),
    ("/api/payment/return/", Class::Machines),
    ("/api/payment/checkout/", Class::Machines),
    ("/api/payment/checkout.js", Class::Free),
    ("/cal/", Class::Machines),
    ("/api/admin/", Class::Account),
    ("/api/availability", Class::Account),
    ("/api/bookings", Class::Account),
    ("/api/call-terms/", Class::Account),
    ("/api/calls", Class::Account),
    ("/api/conversations", Class::Account),
    ("/api/earnings", Class::Account),
    ("/api/hosts", Class::Account),
    ("/api/me", Class::Account),
    ("/api/notifications", Class::Account),
    ("/api/notice", Class::Free),
    ("/api/payment/", Class::Account),
    ("/api/reports", Class::Account),
    ("/api/rooms/", Class::Account),
    ("/api/services", Class::Account),
    ("/api/texts", Class::Account),
    ("/api/waiting", Class::Account),
    ("/api/wallet", Class::Account),
];

/// The class of a path; `None` when the table does not have it.
pub fn of(path: &str) -> Option<Class> {
    let line = CLASSES.iter().find(|(start, _)| path.starts_with(start));
    line.map(|(_, class)| *class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_a_class_and_every_line_an_endpoint() {
        let document = crate::rest::openapi();
        let paths: Vec<&String> = document.paths.paths.keys().collect();
        for path in &paths {
            assert!(of(path).is_some(), "{path} is in no class");
        }
        let first = |path: &str| {
            CLASSES
                .iter()
                .position(|(start, _)| path.starts_with(start))
        };
        for (n, (start, _)) in CLASSES.iter().enumerate() {
            let used = paths.iter().any(|path| first(path) == Some(n)) || *start == "/cal/";
            assert!(used, "{start} is nobody's first line");
        }
    }

    #[test]
    fn special_lines_come_before_general_ones() {
        for (path, class) in [
            ("/api/auth/login", Class::SignIn),
            ("/api/auth/refresh", Class::Free),
            ("/api/join/redeem", Class::SignIn),
            ("/api/video-calls/config", Class::Calls),
            ("/api/payment/webhook/paypal", Class::Machines),
            ("/api/payment/offers", Class::Account),
            ("/api/me/logins", Class::Account),
        ] {
            assert_eq!(of(path), Some(class), "{path}");
        }
        assert_eq!(of("/api/something-new"), None);
    }
}
