//! The few words of mails that are not in the texts: days, months and buttons, by language. The
//! languages are those of the web app.

use jiff::{Zoned, tz::TimeZone};
use parlor_domain::time::Timestamp;

/// What buttons say.
pub struct Buttons {
    /// On the way to prove an address.
    pub confirm: &'static str,
    /// On the way to a new password.
    pub password: &'static str,
    /// On the way in.
    pub log_in: &'static str,
    /// On the way to a call.
    pub call: &'static str,
    /// On the way to move a booking or to call it off.
    pub manage: &'static str,
    /// On the way to answer a request.
    pub answer: &'static str,
    /// On any other.
    pub open: &'static str,
}

/// How a language says these things.
pub struct Speech {
    /// Its tag.
    pub language: &'static str,
    /// From Monday.
    days: [&'static str; 7],
    /// From January.
    months: [&'static str; 12],
    /// A date with `{weekday}`, `{day}`, `{month}`, `{year}` and `{time}`.
    date: &'static str,
    /// What buttons say.
    pub buttons: Buttons,
    /// Before the way to be spared of reminders.
    pub off: &'static str,
    /// Before the way to be spared of digests.
    pub off_digests: &'static str,
}

const SPEECHES: [Speech; 6] = [
    Speech {
        language: "en",
        days: [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ],
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        date: "{weekday}, {day} {month} {year}, {time}",
        buttons: Buttons {
            confirm: "Confirm this address",
            password: "Set a new password",
            log_in: "Log in",
            call: "Open the call",
            manage: "Move or call off",
            answer: "Say yes or no",
            open: "Open",
        },
        off: "No more reminders?",
        off_digests: "No more mails like this?",
    },
    Speech {
        language: "de",
        days: [
            "Montag",
            "Dienstag",
            "Mittwoch",
            "Donnerstag",
            "Freitag",
            "Samstag",
            "Sonntag",
        ],
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        date: "{weekday}, {day}. {month} {year}, {time} Uhr",
        buttons: Buttons {
            confirm: "Adresse bestätigen",
            password: "Neues Passwort setzen",
            log_in: "Einloggen",
            call: "Gespräch öffnen",
            manage: "Verschieben oder absagen",
            answer: "Zu- oder absagen",
            open: "Öffnen",
        },
        off: "Keine Erinnerungen mehr?",
        off_digests: "Keine solchen Mails mehr?",
    },
    Speech {
        language: "es",
        days: [
            "lunes",
            "martes",
            "miércoles",
            "jueves",
            "viernes",
            "sábado",
            "domingo",
        ],
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        date: "{weekday}, {day} de {month} de {year}, {time}",
        buttons: Buttons {
            confirm: "Confirmar la dirección",
            password: "Elegir contraseña nueva",
            log_in: "Iniciar sesión",
            call: "Abrir la llamada",
            manage: "Cambiar o anular",
            answer: "Responder sí o no",
            open: "Abrir",
        },
        off: "¿No quiere más recordatorios?",
        off_digests: "¿No quiere más correos como este?",
    },
    Speech {
        language: "fr",
        days: [
            "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
        ],
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        date: "{weekday} {day} {month} {year}, {time}",
        buttons: Buttons {
            confirm: "Confirmer l’adresse",
            password: "Nouveau mot de passe",
            log_in: "Se connecter",
            call: "Ouvrir l’appel",
            manage: "Déplacer ou annuler",
            answer: "Répondre oui ou non",
            open: "Ouvrir",
        },
        off: "Plus de rappels ?",
        off_digests: "Plus de messages de ce genre ?",
    },
    Speech {
        language: "hi",
        days: [
            "सोमवार",
            "मंगलवार",
            "बुधवार",
            "गुरुवार",
            "शुक्रवार",
            "शनिवार",
            "रविवार",
        ],
        months: [
            "जनवरी",
            "फ़रवरी",
            "मार्च",
            "अप्रैल",
            "मई",
            "जून",
            "जुलाई",
            "अगस्त",
            "सितंबर",
            "अक्तूबर",
            "नवंबर",
            "दिसंबर",
        ],
        date: "{weekday}, {day} {month} {year}, {time}",
        buttons: Buttons {
            confirm: "पते की पुष्टि करें",
            password: "नया पासवर्ड रखें",
            log_in: "लॉग इन करें",
            call: "कॉल खोलें",
            manage: "समय बदलें या रद्द करें",
            answer: "हाँ या ना कहें",
            open: "खोलें",
        },
        off: "और याद नहीं दिलाएँ?",
        off_digests: "ऐसे मेल और नहीं चाहिए?",
    },
    Speech {
        language: "sw",
        days: [
            "Jumatatu", "Jumanne", "Jumatano", "Alhamisi", "Ijumaa", "Jumamosi", "Jumapili",
        ],
        months: [
            "Januari", "Februari", "Machi", "Aprili", "Mei", "Juni", "Julai", "Agosti", "Septemba",
            "Oktoba", "Novemba", "Desemba",
        ],
        date: "{weekday}, {day} {month} {year}, {time}",
        buttons: Buttons {
            confirm: "Thibitisha anwani",
            password: "Weka nenosiri jipya",
            log_in: "Ingia",
            call: "Fungua simu",
            manage: "Ahirisha au futa",
            answer: "Jibu ndiyo au hapana",
            open: "Fungua",
        },
        off: "Hutaki tena vikumbusho?",
        off_digests: "Hutaki barua kama hii tena?",
    },
];

/// The speech of whoever reads `wanted`, such as "fr-CA"; the first one when there is none.
pub fn speech(wanted: &str) -> &'static Speech {
    let primary = wanted.split('-').next().unwrap_or("");
    SPEECHES
        .iter()
        .find(|it| it.language.eq_ignore_ascii_case(primary))
        .unwrap_or(&SPEECHES[0])
}

/// An instant as its reader's clock and calendar show it, with the zone's name.
pub fn local_time(at: Timestamp, zone: &str, language: &str) -> String {
    let known = TimeZone::get(zone).map(|tz| (tz, zone));
    let (tz, name) = known.unwrap_or((TimeZone::UTC, "UTC"));
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(instant) => format!("{} ({name})", speech(language).say(&instant.to_zoned(tz))),
        Err(_) => String::new(),
    }
}

impl Speech {
    fn say(&self, at: &Zoned) -> String {
        let weekday = at.weekday().to_monday_zero_offset() as usize;
        let month = (at.month() - 1) as usize;
        self.date
            .replace("{weekday}", self.days.get(weekday).unwrap_or(&""))
            .replace("{day}", &at.day().to_string())
            .replace("{month}", self.months.get(month).unwrap_or(&""))
            .replace("{year}", &at.year().to_string())
            .replace("{time}", &format!("{:02}:{:02}", at.hour(), at.minute()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_readers_zone_and_language() {
        let at = Timestamp(1_774_753_200_000);
        for (zone, language, expected) in [
            ("UTC", "en", "Sunday, 29 March 2026, 03:00 (UTC)"),
            ("No/Where", "xx", "Sunday, 29 March 2026, 03:00 (UTC)"),
            (
                "Africa/Nairobi",
                "sw",
                "Jumapili, 29 Machi 2026, 06:00 (Africa/Nairobi)",
            ),
            // The night in which the clocks go forward.
            (
                "Europe/Berlin",
                "de-AT",
                "Sonntag, 29. März 2026, 05:00 Uhr (Europe/Berlin)",
            ),
            ("UTC", "es", "domingo, 29 de marzo de 2026, 03:00 (UTC)"),
            ("UTC", "fr", "dimanche 29 mars 2026, 03:00 (UTC)"),
            (
                "Asia/Kolkata",
                "hi",
                "रविवार, 29 मार्च 2026, 08:30 (Asia/Kolkata)",
            ),
        ] {
            assert_eq!(local_time(at, zone, language), expected);
        }
    }
}
