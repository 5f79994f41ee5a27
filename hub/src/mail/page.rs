//! A letter in words: subject, text part and HTML part, from the language's catalogue and the one layout.
//!
//! The HTML part asks nobody for anything: no picture, no font, no script (R-H5).

use std::sync::LazyLock;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, context};
use protocol::Millis;

use super::dates::Moment;
use super::letter::{Addressed, Letter, TicketLink, plain};
use super::words::{self, Say, Words};
use crate::domain::Origin;
use crate::domain::limits::{BROWSER_CHARS_MAX, CODE_LIFE_MS, LINKS_PER_MAIL_MAX, NUMBERS_PER_MAIL_MAX};

const FONT: &str = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

static LAYOUTS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut layouts = Environment::new();
    // By the file's name: the HTML part escapes what it is given.
    layouts.set_auto_escape_callback(|name| match name.ends_with(".html") {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    for (name, source) in
        [("layout.txt", include_str!("templates/layout.txt")), ("layout.html", include_str!("templates/layout.html"))]
    {
        layouts.add_template(name, source).expect("a test renders every layout");
    }
    layouts
});

pub(super) struct Page {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Page {
    pub(super) fn of(letter: &Letter, to: &Addressed, origin: &Origin) -> Result<Self, minijinja::Error> {
        let words = words::of(to.locale);
        let tongue = Tongue { words, values: values(words, letter, to)? };
        let Say { subject, preheader, heading, before, button, after } = letter.say(words);
        let subject = tongue.say(subject)?;
        let way_back = match letter {
            Letter::Code { .. } => words.way_back_code,
            Letter::Waiting { .. } => words.way_back_agents,
            _ => words.way_back,
        };
        let code = if let Letter::Code { digits, .. } = letter { plain(digits, 20) } else { String::new() };
        let unsubscribe = to.unsubscribe.as_deref().filter(|_| letter.is_subscribed());
        let fill = context! {
            lang => to.locale.code(), dir => words.dir, font => Value::from_safe_string(FONT.to_owned()),
            subject => &subject, preheader => tongue.say(preheader)?, heading => tongue.say(heading)?,
            before => tongue.paragraphs(before)?, after => tongue.paragraphs(after)?,
            brand => &to.brand, code, tickets => tongue.tickets(letter)?,
            link => letter.link().map(checked), button => *button, address => words.address,
            not_read => words.not_read, way_back => way_back.replace("{{ site }}", &site(origin)),
            stop => words.stop, unsubscribe => unsubscribe.map(checked),
        };
        let text = LAYOUTS.get_template("layout.txt")?.render(&fill)?;
        let html = LAYOUTS.get_template("layout.html")?.render(&fill)?;
        Ok(Self { subject, text: format!("{}\n", text.trim()), html })
    }
}

/// The catalogue of one language with the letter's values.
struct Tongue {
    words: &'static Words,
    values: Value,
}

impl Tongue {
    fn say(&self, text: &str) -> Result<String, minijinja::Error> {
        say(text, &self.values)
    }

    fn paragraphs(&self, texts: &[&str]) -> Result<Vec<String>, minijinja::Error> {
        let said: Result<Vec<String>, _> = texts.iter().map(|text| self.say(text)).collect();
        Ok(said?.into_iter().filter(|text| !text.is_empty()).collect())
    }

    fn tickets(&self, letter: &Letter) -> Result<Vec<Value>, minijinja::Error> {
        let Letter::Links { tickets } = letter else { return Ok(Vec::new()) };
        let line = |ticket: &TicketLink| {
            let (number, is_open) = (ticket.number, ticket.is_open);
            let date = date(self.words, ticket.opened_at)?;
            let text = say(self.words.ticket, &context! { number, date, is_open })?;
            Ok(context! { text, link => checked(&ticket.link) })
        };
        tickets.iter().take(LINKS_PER_MAIL_MAX).map(line).collect()
    }
}

/// What the texts of a letter stand over.
fn values(words: &'static Words, letter: &Letter, to: &Addressed) -> Result<Value, minijinja::Error> {
    Ok(match letter {
        Letter::Received { number, opened_at, not_me, .. } => {
            context! { number, date => date(words, *opened_at)?, not_me }
        }
        Letter::Updated { number, .. } | Letter::Asked { number, .. } => context! { number },
        Letter::Code { browser, asked_at, .. } => {
            let life = CODE_LIFE_MS / 60_000;
            let (brand, time) = (&to.brand, time(words, *asked_at)?);
            context! { brand, life, time, browser => self::browser(words, browser) }
        }
        Letter::Solved { number, reopen_until, .. } => {
            context! { number, until => reopen_until.map(|until| date(words, until)).transpose()? }
        }
        Letter::Links { .. } => context! {},
        Letter::NewDevice { number, browser, at, .. } => {
            context! { number, time => time(words, *at)?, browser => self::browser(words, browser) }
        }
        Letter::Waiting { numbers, .. } => {
            let shown: Vec<String> = numbers.iter().take(NUMBERS_PER_MAIL_MAX).map(ToString::to_string).collect();
            context! { count => numbers.len(), numbers => shown.join(", "), more => numbers.len() - shown.len() }
        }
    })
}

fn say(text: &str, values: &Value) -> Result<String, minijinja::Error> {
    LAYOUTS.render_str(text, values)
}

fn date(words: &Words, at: Millis) -> Result<String, minijinja::Error> {
    let Moment { year, month, day, .. } = Moment::of(at);
    let day = if day == 1 { words.first_day.to_owned() } else { day.to_string() };
    say(words.date, &context! { day, month => words.months[month - 1], year })
}

fn time(words: &Words, at: Millis) -> Result<String, minijinja::Error> {
    let Moment { hours, minutes, .. } = Moment::of(at);
    let (hours, minutes) = (format!("{hours:02}"), format!("{minutes:02}"));
    say(words.time, &context! { date => date(words, at)?, hours, minutes })
}

/// The hub's own short form, "Firefox on Linux", in the mail's language.
fn browser(words: &Words, short: &str) -> String {
    let short = plain(short, BROWSER_CHARS_MAX);
    match short.split_once(" on ") {
        _ if short.is_empty() => words.unknown_browser.to_owned(),
        Some((family, system)) => format!("{family} {} {system}", words.on),
        None => short,
    }
}

/// `compose` has checked that a link holds nothing that HTML reads otherwise.
fn checked(link: &str) -> Value {
    Value::from_safe_string(link.to_owned())
}

/// The origin as people type it.
fn site(origin: &Origin) -> String {
    let whole = origin.to_string();
    whole.split_once("://").map_or(whole.clone(), |(_, host)| host.to_owned())
}
