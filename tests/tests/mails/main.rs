//! Mails as others read and carry them: Python's mail library, a mail server of another make, and one of
//! Debian's that delivers. Then a whole hub that sends.
#![allow(clippy::unwrap_used)]

mod letters;
mod look;

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use hub::domain::Clock;
use hub::mail::{Mail, Mailer, Outcome, Security, Server};
use reqwest::Method;
use serde::Deserialize;
use testkit::{postfix, smtp};
use tests::people::eight_digits;
use tests::{Hub, Setup, wait};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// Debian's own: its packages are found by no other.
const PYTHON: &str = "/usr/bin/python3";

/// What `read_mails.py` tells of a mail.
#[derive(Debug, Deserialize)]
struct Read {
    subject: String,
    from_name: String,
    from: String,
    to: Vec<String>,
    date: f64,
    headers: Vec<String>,
    r#type: String,
    parts: Vec<(String, String, String)>,
    longest_line: usize,
    bare_line_ends: usize,
    defects: Vec<String>,
}

#[tokio::test]
async fn every_mail_is_what_another_library_reads_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let mails = letters::all();
    for (name, mail) in &mails {
        fs::write(folder.path().join(format!("{name}.eml")), &mail.raw).unwrap();
    }
    let out = Command::new(PYTHON).args([script("read_mails.py"), folder.path().display().to_string()]).output();
    let out = out.await.unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let read: BTreeMap<String, Read> = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(read.len(), mails.len());
    for (name, mail) in &mails {
        let read = &read[name];
        assert_eq!(read.subject, mail.subject, "{name}");
        assert_eq!((&*read.from_name, &read.from), (letters::BRAND, &mail.from), "{name}");
        assert_eq!(read.to, [&*mail.to], "{name}");
        assert_eq!(read.date, (letters::NOON / 1_000) as f64, "{name}");
        assert_eq!(read.r#type, "multipart/alternative", "{name}");
        // The one that a program likes best comes last.
        let expected = [("text/plain", &mail.text), ("text/html", &mail.html)];
        for ((kind, charset, text), (expected_kind, expected)) in read.parts.iter().zip(expected) {
            assert_eq!((&**kind, &**charset), (expected_kind, "utf-8"), "{name}");
            assert_eq!(text.replace("\r\n", "\n").trim_end(), expected.trim_end(), "{name}");
        }
        assert_eq!(read.parts.len(), 2, "{name}");
        assert!(read.longest_line <= 998, "{name}: {}", read.longest_line);
        assert_eq!((read.bare_line_ends, &read.defects), (0, &Vec::new()), "{name}");
        let mut headers = read.headers.clone();
        headers.sort();
        headers.dedup();
        assert_eq!(headers.len(), read.headers.len(), "{name}: a header stands twice: {:?}", read.headers);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_another_make_takes_every_mail_as_it_is() {
    let mut server = Command::new(PYTHON)
        .arg(script("plain_server.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("tests need Python with aiosmtpd: install the package `python3-aiosmtpd`");
    let mut told = BufReader::new(server.stdout.take().unwrap()).lines();
    let port: u16 = wait::within("the server's port", told.next_line()).await.unwrap().unwrap().parse().unwrap();
    let plain = Server::new("localhost", port, Security::Plain, None, None).unwrap();
    let mut courier = Mailer::smtp(plain, Clock::System).unwrap().courier();
    for (name, mail) in letters::all() {
        assert_eq!(wait::within(&name, courier.send(&mail)).await, Outcome::Accepted, "{name}");
        let line = wait::within(&name, told.next_line()).await.unwrap().unwrap();
        let taken: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(taken["from"], mail.from, "{name}");
        assert_eq!(taken["to"], serde_json::json!([mail.to]), "{name}");
        assert_eq!(taken["message"].as_str().unwrap(), raw(&mail), "{name}");
    }
}

/// R-H6: over verified STARTTLS, to a mailbox.
#[tokio::test(flavor = "multi_thread")]
async fn debians_mail_server_delivers_a_mail() {
    let server = tokio::task::block_in_place(|| postfix::Server::start(letters::ADDRESS));
    let roots = Some(server.certificate());
    let settings = Server::new("localhost", server.port(), Security::StartTls, None, roots).unwrap();
    let mut courier = Mailer::smtp(settings, Clock::System).unwrap().courier();
    for (name, mail) in letters::all() {
        assert_eq!(wait::within(&name, courier.send(&mail)).await, Outcome::Accepted, "{name}: {}", server.log());
        let delivered = wait::until("the mail is delivered", async || {
            server.delivered().into_iter().find(|text| text.contains(&message_id(&mail)))
        })
        .await;
        // A mailbox has Unix lines; what the server adds stands in front.
        let sent = raw(&mail).replace("\r\n", "\n");
        assert!(delivered.trim_end().ends_with(sent.trim_end()), "{name}: {delivered}");
    }
    let nobody = letters::to("nobody@example.org");
    let outcome = wait::within("the refusal", courier.send(&nobody)).await;
    assert!(
        matches!(&outcome, Outcome::BadAddress(answer) if answer.enhanced.as_deref() == Some("5.1.1")),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_with_a_mail_server_sends_its_codes_there() {
    let server = smtp::Server::start(smtp::Script::default()).await;
    let setup = Setup::default().mails_to(server.port());
    Hub::run(setup, async |hub| {
        let visitor = hub.site.visitor();
        let ask = serde_json::json!({ "email": "amina@example.org" });
        let _: serde_json::Value = visitor.browser.post("/v1/sign-in/code", ask).await.unwrap();
        let taken = wait::until("the mail with the code", async || server.taken().pop()).await;
        assert_eq!(taken.from, "FROM:<security@localhost>");
        assert_eq!(taken.to, ["TO:<amina@example.org>"]);
        // Ids in the headers have digits, too.
        let code = taken.message.lines().find_map(|line| line.strip_prefix("    ").and_then(eight_digits)).unwrap();
        let _: serde_json::Value =
            visitor.browser.post("/v1/sign-in", serde_json::json!({ "code": code })).await.unwrap();
        // The mailbox is for hubs that send nothing.
        let page = visitor.browser.ask(Method::GET, "/dev/mailbox/messages", None, &[]).await;
        assert_eq!(page.problem().code, protocol::ErrorCode::NotFound);
    })
    .await;
}

fn script(name: &str) -> String {
    format!("{}/tests/mails/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn raw(mail: &Mail) -> String {
    String::from_utf8(mail.raw.clone()).unwrap()
}

fn message_id(mail: &Mail) -> String {
    raw(mail).lines().find_map(|line| line.strip_prefix("Message-ID: ").map(str::to_owned)).unwrap()
}
