//! The mails' words, from templates: first line the subject, then the text. They carry no content of
//! tickets and no link beside a code (alerts.md 3.6).

use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, context};

use super::{Composed, MailError};
use crate::domain::Locale;
use crate::domain::limits::CODE_LIFE_MS;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    // Plain text.
    templates.set_auto_escape_callback(|_| AutoEscape::None);
    for (name, source) in
        [("m3.en", include_str!("templates/m3.en.txt")), ("m3.fr", include_str!("templates/m3.fr.txt"))]
    {
        templates.add_template(name, source).expect("a test renders every template");
    }
    templates
});

/// M3: an access code, written as people read it (`1234 5678`).
///
/// # Errors
/// When the template fails.
pub fn code(locale: Locale, site: &str, digits: &str) -> Result<Composed, MailError> {
    let minutes = CODE_LIFE_MS / 60_000;
    compose("m3", locale, &context! { site => header_safe(site), code => digits, minutes })
}

fn compose(name: &str, locale: Locale, values: &minijinja::Value) -> Result<Composed, MailError> {
    let whole = TEMPLATES.get_template(&format!("{name}.{}", locale.code()))?.render(values)?;
    let (subject, text) = whole.split_once('\n').unwrap_or((&whole, ""));
    Ok(Composed { subject: subject.trim().to_owned(), text: format!("{}\n", text.trim()) })
}

/// No line break, control or marks that turn text around reach a header (R-H4).
fn header_safe(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_control()
                && !matches!(*c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_stands_in_the_text_alone_and_no_link_beside_it() {
        for locale in Locale::ALL {
            let mail = code(*locale, "Acme\r\nBcc: x@example.org", "1234 5678").expect("composed");
            assert!(mail.text.contains("1234 5678") && mail.text.contains("10 minutes"), "{}", mail.text);
            assert!(!mail.subject.contains("1234") && !mail.subject.is_empty(), "{}", mail.subject);
            assert!(!mail.text.contains("http") && !mail.subject.contains(['\r', '\n']));
        }
    }
}
