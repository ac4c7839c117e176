//! The questions on a terminal. Every one says what an empty answer means.

use std::io::{self, BufRead, Write};

use anyhow::{Result, bail};

use super::{Answers, tried};
use crate::doctor::{self, Verdict};

/// What keeps a secret.
const AS_IT_IS: &str = "as it is";

/// Somebody who answers.
pub struct Dialog<R, W> {
    input: R,
    output: W,
    /// Asks with these words on the terminal, without showing what is typed.
    pub hidden: Option<fn(&str) -> io::Result<String>>,
}

impl<R: BufRead, W: Write> Dialog<R, W> {
    /// Reads answers from `input`.
    pub fn new(input: R, output: W) -> Self {
        Self {
            input,
            output,
            hidden: None,
        }
    }

    /// Everything: name, certificate, mail, payment.
    ///
    /// # Errors
    /// When the answers end, or are impossible.
    pub fn ask(&mut self, answers: &mut Answers) -> Result<()> {
        self.say("Four questions; an empty answer keeps what is in [brackets].")?;
        self.name(answers)?;
        self.mail(answers)?;
        self.payment(answers)
    }

    fn name(&mut self, answers: &mut Answers) -> Result<()> {
        self.say("\n1. The name under which people reach this server, such as meet.example.org.\n   Its DNS record must lead to this machine.")?;
        let now = answers.config().map(|it| it.server.public_url);
        let now = now.unwrap_or_default();
        loop {
            let url = self.question("Name or https address", &now)?;
            let url = match url.contains("://") {
                true => url,
                false => format!("https://{url}"),
            };
            answers.set("server.public_url", &url)?;
            if url.starts_with("https://") {
                self.certificate(answers, crate::app::host_of(&url))?;
            }
            match answers.config() {
                Ok(_) => return Ok(()),
                Err(error) => self.say(&format!("That cannot be:\n{error}"))?,
            }
        }
    }

    fn certificate(&mut self, answers: &mut Answers, host: &str) -> Result<()> {
        self.say("   How does https come about?\n   own    this server gets certificates from Let's Encrypt and renews them; ports 443 and 80\n          must reach it, and you agree to their terms\n   proxy  another program (nginx, Caddy, ...) does TLS and passes requests on")?;
        match self
            .one_of("own or proxy", &["own", "proxy"], "own")?
            .as_str()
        {
            "own" => {
                answers.set("server.tls_listen", "0.0.0.0:443, [::]:443")?;
                answers.set("server.redirect_listen", "0.0.0.0:80, [::]:80")?;
                answers.set("acme.domains", host)?;
                let email = self.question(
                    "Where they may write to when a certificate has a problem",
                    "nowhere",
                )?;
                let email = if email == "nowhere" { "" } else { &email };
                answers.set("acme.contact_email", email)
            }
            _ => {
                for name in [
                    "server.tls_listen",
                    "server.redirect_listen",
                    "acme.domains",
                    "acme.contact_email",
                ] {
                    answers.set(name, "")?;
                }
                Ok(())
            }
        }
    }

    fn mail(&mut self, answers: &mut Answers) -> Result<()> {
        self.say("\n2. The mail server that sends invitations and reminders.")?;
        loop {
            let config = answers.config()?;
            let mail = &config.mail;
            let host = self.question("Mail server (or: later)", or(&mail.smtp_host, "later"))?;
            if host == "later" {
                return Ok(());
            }
            answers.set("mail.smtp_host", &host)?;
            let port = self.question(
                "Port: 465 (TLS) or 587 (STARTTLS)",
                &mail.smtp_port.to_string(),
            )?;
            answers.set("mail.smtp_port", &port)?;
            let security = if port == "465" { "tls" } else { "starttls" };
            answers.set("mail.smtp_security", security)?;
            let user = self.question("User (or: none)", or(&mail.smtp_user, "none"))?;
            if user != "none" {
                answers.set("mail.smtp_user", &user)?;
                self.secret(
                    answers,
                    "Password",
                    "mail.smtp_password",
                    !mail.smtp_password.is_empty(),
                )?;
            }
            let from = format!("noreply@{}", crate::app::host_of(&config.server.public_url));
            let from = self.question("Sender of the mails", or(&mail.from_address, &from))?;
            answers.set("mail.from_address", &from)?;
            if self.holds(answers, "mail")? {
                return Ok(());
            }
        }
    }

    fn payment(&mut self, answers: &mut Answers) -> Result<()> {
        self.say("\n3. The payment service with which people buy coins. More of them, and everything else about\n   money: [payments] in config.toml.")?;
        const SERVICES: [(&str, &[(&str, &str)]); 3] = [
            (
                "stripe",
                &[
                    ("Secret key", "payments.stripe_secret_key"),
                    (
                        "Signing secret of the webhook",
                        "payments.stripe_webhook_secret",
                    ),
                ],
            ),
            (
                "razorpay",
                &[
                    ("Key id", "payments.razorpay_key_id"),
                    ("Key secret", "payments.razorpay_key_secret"),
                    ("Secret of the webhook", "payments.razorpay_webhook_secret"),
                ],
            ),
            (
                "mpesa",
                &[
                    ("Consumer key", "payments.mpesa_consumer_key"),
                    ("Consumer secret", "payments.mpesa_consumer_secret"),
                    ("Shortcode", "payments.mpesa_shortcode"),
                    ("Passkey", "payments.mpesa_passkey"),
                ],
            ),
        ];
        loop {
            let which = self.one_of(
                "stripe, razorpay, mpesa or later",
                &["stripe", "razorpay", "mpesa", "later"],
                "later",
            )?;
            let Some((_, keys)) = SERVICES.iter().find(|(name, _)| *name == which) else {
                return Ok(());
            };
            for (words, name) in *keys {
                self.secret(answers, words, name, false)?;
            }
            if self.holds(answers, "payments")? {
                return Ok(());
            }
        }
    }

    /// Whether what was answered is possible and works, or is to be kept all the same.
    fn holds(&mut self, answers: &Answers, check: &str) -> Result<bool> {
        let config = match answers.config() {
            Ok(config) => config,
            Err(error) => {
                self.say(&format!("That cannot be:\n{error}"))?;
                return Ok(false);
            }
        };
        let mut fine = true;
        for it in tried(&config).iter().filter(|it| it.check.word() == check) {
            doctor::write(&mut self.output, it)?;
            fine &= it.verdict() != Verdict::Failed;
        }
        Ok(fine || self.one_of("Keep it all the same? yes or no", &["yes", "no"], "no")? == "yes")
    }

    fn secret(
        &mut self,
        answers: &mut Answers,
        words: &str,
        name: &str,
        known: bool,
    ) -> Result<()> {
        let usual = if known { AS_IT_IS } else { "" };
        let given = self.answer(words, usual, true)?;
        match known && given == AS_IT_IS {
            true => Ok(()),
            false => answers.set(name, &given),
        }
    }

    fn one_of(&mut self, words: &str, allowed: &[&str], usual: &str) -> Result<String> {
        loop {
            let given = self.question(words, usual)?.to_lowercase();
            if allowed.contains(&given.as_str()) {
                return Ok(given);
            }
            self.say(&format!("Please answer one of: {}", allowed.join(", ")))?;
        }
    }

    fn question(&mut self, words: &str, usual: &str) -> Result<String> {
        self.answer(words, usual, false)
    }

    fn answer(&mut self, words: &str, usual: &str, secret: bool) -> Result<String> {
        let words = match usual.is_empty() {
            true => format!("   {words}: "),
            false => format!("   {words} [{usual}]: "),
        };
        loop {
            let line = match self.hidden {
                Some(hidden) if secret => hidden(&words)?,
                _ => {
                    write!(self.output, "{words}")?;
                    self.output.flush()?;
                    let mut line = String::new();
                    if self.input.read_line(&mut line)? == 0 {
                        bail!("the answers ended; nothing was written");
                    }
                    line
                }
            };
            match (line.trim(), usual) {
                ("", "") => {}
                ("", usual) => return Ok(usual.into()),
                (given, _) => return Ok(given.into()),
            }
        }
    }

    fn say(&mut self, words: &str) -> Result<()> {
        Ok(writeln!(self.output, "{words}")?)
    }
}

fn or<'a>(value: &'a str, otherwise: &'a str) -> &'a str {
    if value.is_empty() { otherwise } else { value }
}
