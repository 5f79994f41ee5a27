//! How mails look, in a real browser: every kind and language at two widths, light and dark, on one page.
//! The page stays in the build's folder (`target/tmp/mails.html`), for people to look at.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use tokio::process::Command;

use crate::letters;

/// A small phone, and more than the mails' own width.
const WIDTHS: [u32; 2] = [320, 600];
/// WCAG 2.2, 1.4.3.
const CONTRAST_MIN: f64 = 4.5;
const BUTTON_HEIGHT_MIN: f64 = 44.0;

/// What the page's script measures of a frame.
#[derive(Debug, Deserialize)]
struct Measured {
    name: String,
    texts: usize,
    contrast: f64,
    overflow: f64,
    button_height: Option<f64>,
    is_dark: bool,
}

#[tokio::test]
async fn every_mail_is_readable_on_a_phone_and_in_the_dark() {
    let mut frames = String::new();
    let mails = letters::all();
    for (name, mail) in &mails {
        for (width, scheme) in WIDTHS.iter().flat_map(|width| [(width, "light"), (width, "dark")]) {
            let html = mail.html.replace('&', "&amp;").replace('"', "&quot;");
            // A frame prefers the scheme that stands around it.
            frames.push_str(&format!(
                "<figure><figcaption>{name} {width} {scheme}</figcaption><iframe title=\"{name} {width} {scheme}\" \
                 width=\"{width}\" style=\"color-scheme: {scheme}\" srcdoc=\"{html}\"></iframe></figure>\n"
            ));
        }
    }
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mails.html");
    fs::write(&page, include_str!("look.html").replace("<!-- frames -->", &frames)).unwrap();
    let measured = measure(&page).await;
    assert_eq!(measured.len(), mails.len() * WIDTHS.len() * 2);
    for frame in measured {
        assert!(frame.texts > 4 && frame.is_dark == frame.name.ends_with("dark"), "{frame:?}");
        assert!(frame.contrast >= CONTRAST_MIN, "{frame:?}");
        assert!(frame.overflow <= 0.0, "{frame:?}");
        assert!(frame.button_height.is_none_or(|height| height >= BUTTON_HEIGHT_MIN), "{frame:?}");
    }
}

async fn measure(page: &Path) -> Vec<Measured> {
    let profile = tempfile::tempdir().unwrap();
    let out = Command::new("chromium")
        // Without its own sandbox, which root cannot have: it opens nothing but our page.
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--virtual-time-budget=10000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .kill_on_drop(true)
        .output();
    let out = tests::wait::within("the browser", out).await.expect("tests need Chromium: install `chromium`");
    let dom = String::from_utf8_lossy(&out.stdout).into_owned();
    let (_, rest) = dom.split_once("<pre id=\"measured\">").expect("the page was shown");
    serde_json::from_str(rest.split_once("</pre>").unwrap().0).expect("the page was measured")
}
