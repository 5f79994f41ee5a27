//! Alerts of whole hubs: that nothing people write leaves by mail, that a stranger who typed somebody's
//! address silences nobody, and that somebody whose line is cut is told.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hub::auth::links::LinkUse;
use protocol::TicketId;
use protocol::frame::PostKind;
use protocol::http::{EndAccess, HoldReason, LinkOpened, LostLinks, NewTicket, TicketAction, TicketAlerts};
use protocol::model::{Detail, PublicTicket, Role};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::smtp::{Script, Server};
use tests::people::eight_digits;
use tests::socket::new_client_id;
use tests::{Hub, Person, Process, Setup, logs, wait};

const AMINA: &str = "amina@example.org";
const MINUTE_MS: u64 = 60_000;

async fn alerts(agent: &Person, ticket: TicketId) -> TicketAlerts {
    agent.browser.get(&agent.path(&format!("tickets/{ticket}/alerts"))).await.unwrap()
}

/// How many mails of this subject lie in the local mailbox for Amina.
async fn told(hub: &Hub, subject: &str) -> usize {
    hub.site.mails_to(AMINA).await.iter().filter(|mail| mail.subject.contains(subject)).count()
}

/// Moves the clock until Amina has so many alerts.
async fn is_told(hub: &Hub, times: usize) -> u64 {
    hub.advances_until("an alert", async || (told(hub, "has been updated").await >= times).then_some(())).await
}

// ---- Strangers ----

on_sqlite! {
    /// R-H3, R-A12, decisions.md 10: whoever typed Amina's address into a form can read and write in that
    /// ticket, leave it and end it, and she is told of it and of her own all the same.
    async fn a_stranger_who_typed_an_address_silences_nobody(hub) with Setup::default().manual_clock().config(|config| {
        config.alerts.unconfirmed_per_address_day_max = 10;
    }), {
        let nora = hub.admin().await;
        let amina = hub.site.customer(AMINA).await;
        let own = amina.opens_as_customer("my own").await.unwrap().id;
        let (mut eve, strange) = hub.site.guest(AMINA, "typed by somebody else").await;
        nora.posts_over_http(own, PostKind::Reply, "for Amina").await.unwrap();
        let n = nora.posts_over_http(strange.id, PostKind::Reply, "for whoever it is").await.unwrap().n;
        eve.follows(strange.id).await;
        eve.attends(strange.id).await;
        eve.reads(strange.id, n).await;
        let _: Value = eve.browser.put(&eve.path(&format!("tickets/{}/read", strange.id)), json!({ "n": n })).await.unwrap();
        eve.posts(strange.id, "I have read it").await;
        // What is not hers is not there.
        let stolen = eve.browser.put::<Value>(&eve.path(&format!("tickets/{own}/read")), json!({ "n": 9 })).await;
        assert_eq!(stolen.unwrap_err().code, protocol::ErrorCode::NotFound);
        eve.leaves();
        let everywhere = EndAccess { everywhere: true };
        let _: Value = eve.browser.post(&eve.path(&format!("tickets/{}/end-access", strange.id)), everywhere).await.unwrap();

        // A guest's quiet time is 60 s and a customer's 120 s.
        let first = is_told(hub, 1).await;
        let second = first + is_told(hub, 2).await;
        assert!(second <= 2 * MINUTE_MS + 5_000, "{first} ms, {second} ms");
        for ticket in [own, strange.id] {
            let told = alerts(&nora, ticket).await;
            assert_eq!(told.hold, None, "{told:?}");
            assert!(told.unread_since.is_some(), "it was not Amina who read it: {told:?}");
        }
    }

    /// decisions.md 10, 13: the second alert waits for a code, and goes out with it.
    async fn an_alert_that_waits_for_a_confirmed_address_goes_out_with_the_code(hub) with Setup::default().manual_clock(), {
        let nora = hub.admin().await;
        let (_, ticket) = hub.site.guest(AMINA, "Where is my parcel?").await;
        nora.posts_over_http(ticket.id, PostKind::Reply, "one").await.unwrap();
        is_told(hub, 1).await;
        nora.posts_over_http(ticket.id, PostKind::Reply, "two").await.unwrap();
        hub.clock().advance(31 * MINUTE_MS);
        wait::until("the hold", async || {
            (alerts(&nora, ticket.id).await.hold == Some(HoldReason::NotConfirmed)).then_some(())
        })
        .await;
        assert_eq!(told(hub, "has been updated").await, 1);
        let token = hub.link_token(ticket.id, LinkUse::Open).await;
        hub.site.visitor().comes_back(&token, AMINA).await;
        assert_eq!(alerts(&nora, ticket.id).await.hold, None);
        let waited = is_told(hub, 2).await;
        assert!((59_000..=65_000).contains(&waited), "as if it had been written now: {waited} ms");
    }

    /// R-H2, I1: a line that is cut without a word; the machine on the other side is gone.
    async fn somebody_whose_line_goes_dead_is_told_when_the_lease_is_over(hub) with Setup::default().manual_clock(), {
        let nora = hub.admin().await;
        let (mut amina, ticket) = hub.site.guest(AMINA, "Where is my parcel?").await;
        amina.follows(ticket.id).await;
        nora.posts_over_http(ticket.id, PostKind::Reply, "it left").await.unwrap();
        amina.sees(ticket.id, "it left").await;
        hub.clock().advance(30_000);
        amina.attends(ticket.id).await;
        amina.socket().settle().await;
        // From here on nothing is read and nothing said, and the connection is not closed.
        let waited = is_told(hub, 1).await;
        assert!(waited >= 45_000, "attending puts it off: {waited} ms");
        // Looked at every 30 s while it was attended; a moment for the workers.
        assert!(waited <= 75_000 + 5_000, "{waited} ms");
        assert!(alerts(&nora, ticket.id).await.unread_since.is_some());
    }

    /// I5, R-H2: where websockets are blocked a page says the same by HTTP.
    async fn somebody_who_reads_without_a_socket_is_not_mailed_while_they_attend(hub) with Setup::default().manual_clock(), {
        let nora = hub.admin().await;
        let (amina, ticket) = hub.site.guest(AMINA, "Where is my parcel?").await;
        let attends = async |attends: bool| {
            let path = format!("/v1/tickets/{}/attend", ticket.id);
            amina.browser.put::<Value>(&path, json!({ "attends": attends })).await.unwrap();
        };
        let is_seen_there = async || nora.ticket(ticket.id).await.unwrap()["people"].to_string().contains("attending");
        attends(true).await;
        assert!(is_seen_there().await);
        nora.posts_over_http(ticket.id, PostKind::Reply, "it left").await.unwrap();
        // Longer than it takes to mail a guest who is away.
        for _ in 0..8 {
            hub.clock().advance(20_000);
            attends(true).await;
            assert_eq!(told(hub, "has been updated").await, 0);
        }
        let path = format!("/v1/tickets/{}/delivered", ticket.id);
        amina.browser.put::<Value>(&path, json!({ "n": 3 })).await.unwrap();
        // Read it was not: whoever leaves is told.
        attends(false).await;
        assert!(!is_seen_there().await);
        let waited = is_told(hub, 1).await;
        assert!(waited <= 30_000 + 5_000, "looked at every 30 s while it was attended: {waited} ms");
    }
}

/// R-H3: the budget of a domain is spent, agents are told why, and the operator is alarmed.
#[tokio::test(flavor = "multi_thread")]
async fn a_spent_budget_holds_mails_and_alarms() {
    let mut hub = Process::new(&[("HUB__ALERTS__UNCONFIRMED_PER_DOMAIN_HOUR_MAX", "2")]);
    hub.start();
    hub.is_ready().await;
    let nora = hub.site.first_admin(&hub.first_admin_link().await).await;
    for name in ["a", "b"] {
        hub.site.guest(&format!("{name}@flooded.example"), "Hello").await;
    }
    wait::until("two mails", async || {
        (hub.site.mails_to("a@flooded.example").await.len() + hub.site.mails_to("b@flooded.example").await.len() == 2)
            .then_some(())
    })
    .await;
    let (_, ticket) = hub.site.guest("c@flooded.example", "Hello").await;
    wait::until("the hold", async || {
        let told = alerts(&nora, ticket.id).await;
        (told.mails[0].hold == Some(HoldReason::DomainBudget)).then_some(())
    })
    .await;
    let printed = wait::until("the alarm", async || {
        Some(hub.printed()).filter(|printed| printed.contains("the budget is spent"))
    })
    .await;
    assert!(printed.lines().any(|line| line.contains("ERROR") && line.contains("domain_budget")), "{printed}");
    assert!(!printed.contains("flooded"), "R-J1: no address in the log: {printed}");
    assert!(hub.site.mails_to("c@flooded.example").await.is_empty());
    hub.kill().await;
}

// ---- Nothing leaves ----

/// Words that people type, one for each place; `canary` stands in all of them.
const CANARY: &str = "canary";

/// I6, R-H2, R-J1, bar 7: every kind of mail in both languages, and no byte of what people wrote.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_people_write_leaves_by_mail_or_log() {
    let server = Server::start(Script::default()).await;
    Hub::run(Setup::default().manual_clock().mails_to(server.port()), async |hub| everything(hub, &server).await).await;
}

async fn everything(hub: &Hub, server: &Server) {
    let nora = hub.admin().await;
    let team = hub.team(&nora, "canary team").await;
    let agent = hub.site.agent(&nora, "Canary Agent", Role::Agent, vec![team]).await;
    let mut secrets = Vec::new();
    for locale in ["en", "fr"] {
        let play = Play { hub, server, nora: &nora, agent: &agent, locale };
        secrets.extend(play.as_guest().await);
        secrets.extend(play.as_customer().await);
    }
    // Nobody answers: the agents are told (M8).
    hub.clock().advance(11 * MINUTE_MS);
    Play { hub, server, nora: &nora, agent: &agent, locale: "en" }
        .has("waiting for you", "canary.agent@verso.example")
        .await;

    let subjects: BTreeSet<String> =
        server.taken().iter().map(|mail| without_digits(&subject(&mail.message))).collect();
    for kind in [
        "Your support request  has been received",
        "Your support ticket  has been updated",
        "Your access code",
        "Your support requests",
        "New access to your request ",
        "Votre demande d’assistance n°\u{a0} est enregistrée",
        "Votre demande d’assistance n°\u{a0} a été mise à jour",
        "Votre code d’accès",
        "Vos demandes d’assistance",
        "Nouvel accès à votre demande n°\u{a0}",
    ] {
        assert!(subjects.contains(kind), "{kind} is among {subjects:?}");
    }
    let all: String = server.taken().iter().map(|mail| readable(&mail.message)).collect();
    for words in ["marked as solved", "reply from you is needed", "indiquée comme résolue", "une réponse de votre part"]
    {
        assert!(all.to_lowercase().contains(words), "M4 and M5 share a subject with M2: {words}");
    }
    for mail in server.taken() {
        let allowed = ["canary.agent@verso.example"];
        let all = allowed.iter().fold(readable(&mail.message), |all, address| all.replace(address, ""));
        assert!(all.contains("localhost"), "the search sees what there is: {all}");
        assert!(!all.to_lowercase().contains(CANARY), "I6: {all}");
    }
    let dialogue = String::from_utf8(server.bytes()).unwrap().replace("canary.agent@verso.example", "");
    assert!(!dialogue.to_lowercase().contains(CANARY), "in what is said round the mails");
    let log = logs::lines();
    assert!(log.contains("customer.signed_in"), "the log tells what happens");
    secrets.push(CANARY.to_owned());
    secrets.extend(tokens(&all));
    for secret in secrets {
        let line = log.lines().find(|line| line.to_lowercase().contains(&secret.to_lowercase()));
        assert!(line.is_none(), "R-J1: {secret} stands in the log: {line:?}");
    }
}

/// One language's worth of mails.
struct Play<'a> {
    hub: &'a Hub,
    server: &'a Server,
    nora: &'a Person,
    agent: &'a Person,
    locale: &'static str,
}

impl Play<'_> {
    fn says<'b>(&self, en: &'b str, fr: &'b str) -> &'b str {
        if self.locale == "en" { en } else { fr }
    }

    /// Everything that a guest's ticket makes the hub mail. Answers what no log may hold.
    async fn as_guest(&self) -> Vec<String> {
        let email = format!("guest.{}@example.org", self.locale);
        let guest = self.hub.site.visitor();
        let form =
            NewTicket { email: Some(email.clone()), name: Some("Canary Guest".into()), ..self.form(&guest).await };
        let ticket: PublicTicket = guest.browser.post_once(new_client_id(), "/v1/tickets", form).await.unwrap();
        self.has(self.says("has been received", "est enregistrée"), &email).await;
        let updated = self.says("has been updated", "a été mise à jour");
        self.is_the_agents(ticket.id).await;
        self.talks(ticket.id, PostKind::Reply).await;
        self.goes_by_until(updated, &email, 1).await;

        let token = self.hub.link_token(ticket.id, LinkUse::Open).await;
        let back = self.hub.site.visitor();
        back.opens_link(&token).await.unwrap();
        // A browser may call itself whatever it wants.
        let asked = json!({ "token": token }).to_string();
        let answer =
            back.browser.ask(Method::POST, "/v1/links/code", Some(asked), &[("user-agent", "canary browser")]).await;
        assert!(answer.status.is_success(), "{answer:?}");
        let code = self.code(&email, 1).await;
        let entered = json!({ "token": token, "code": code, "trust": true });
        let _: LinkOpened = back.browser.post("/v1/links/enter", entered).await.unwrap();
        self.has(self.says("New access to your request", "Nouvel accès à votre demande"), &email).await;

        self.hub.clock().advance(31 * MINUTE_MS);
        self.talks(ticket.id, PostKind::Ask).await;
        self.goes_by_until(updated, &email, 2).await;
        self.hub.clock().advance(120 * MINUTE_MS);
        self.nora.decides(ticket.id, TicketAction::Solve).await.unwrap();
        self.goes_by_until(updated, &email, 3).await;

        let lost = LostLinks { email: email.clone() };
        let _: Value = guest.browser.post("/v1/links/lost", lost).await.unwrap();
        // Nobody is woken for it: the workers look by themselves.
        self.goes_by_until(self.says("Your support requests", "Vos demandes d’assistance"), &email, 1).await;
        vec![code, token]
    }

    /// A customer signs in, takes a name and opens a ticket that nobody answers.
    async fn as_customer(&self) -> Vec<String> {
        let email = format!("customer.{}@example.org", self.locale);
        let customer = self.hub.site.visitor();
        let ask = json!({ "email": email, "locale": self.locale });
        let _: Value = customer.browser.post("/v1/sign-in/code", ask).await.unwrap();
        let code = self.code(&email, 1).await;
        let _: Value = customer.browser.post("/v1/sign-in", json!({ "code": code })).await.unwrap();
        let _: Value = customer.browser.patch("/v1/me", json!({ "name": "Canary Customer" })).await.unwrap();
        let form = self.form(&customer).await;
        let ticket: PublicTicket = customer.browser.post_once(new_client_id(), "/v1/tickets", form).await.unwrap();
        self.has(self.says("has been received", "est enregistrée"), &email).await;
        let token = self.hub.link_token(ticket.id, LinkUse::Open).await;
        self.is_the_agents(ticket.id).await;
        vec![code, token]
    }

    async fn form(&self, person: &Person) -> NewTicket {
        let form = person.request("canary text, with é and\nlines").await;
        let site: Value = person.browser.get("/v1/site").await.unwrap();
        let texts = site["topics"][0]["fields"].as_array().unwrap().iter().filter(|field| field["kind"] == "text");
        let details = texts.map(|field| {
            let key = field["key"].as_str().unwrap().to_owned();
            Detail { key, value: "canary detail".to_owned() }
        });
        NewTicket {
            subject: "canary subject".into(),
            details: details.collect(),
            locale: Some(self.locale.into()),
            ..form
        }
    }

    async fn is_the_agents(&self, ticket: TicketId) {
        self.hub.assign(self.nora, ticket, None, self.agent.id).await;
    }

    /// An agent writes everything that agents can write.
    async fn talks(&self, ticket: TicketId, kind: PostKind) {
        self.agent.posts_over_http(ticket, PostKind::Note, "canary note").await.unwrap();
        let n = self.agent.posts_over_http(ticket, kind, "canary answer").await.unwrap().n;
        let path = self.agent.path(&format!("tickets/{ticket}/messages/{n}/edit"));
        let _: Value =
            self.agent.browser.post_once(new_client_id(), &path, json!({ "text": "canary edit" })).await.unwrap();
    }

    fn count(&self, words: &str, to: &str) -> usize {
        let taken = self.server.taken();
        taken.iter().filter(|mail| mail.to[0].contains(to) && subject(&mail.message).contains(words)).count()
    }

    async fn has(&self, words: &str, to: &str) {
        wait::until(words, async || (self.count(words, to) > 0).then_some(())).await;
    }

    async fn goes_by_until(&self, words: &str, to: &str, times: usize) {
        self.hub.advances_until(words, async || (self.count(words, to) >= times).then_some(())).await;
    }

    /// The code of the newest mail that has one.
    async fn code(&self, to: &str, times: usize) -> String {
        let words = self.says("Your access code", "Votre code d’accès");
        wait::until(words, async || {
            let taken = self.server.taken();
            let mut codes =
                taken.iter().filter(|mail| mail.to[0].contains(to) && subject(&mail.message).contains(words));
            // On a line of its own.
            let lines = readable(&codes.nth(times - 1)?.message);
            lines.lines().filter(|line| line.trim().chars().count() == 9).find_map(eight_digits)
        })
        .await
    }
}

/// What stands behind the paths of links.
fn tokens(text: &str) -> BTreeSet<String> {
    let starts = ["/t/", "/u/", "/r/"].iter().flat_map(|path| text.match_indices(path));
    let tokens = starts.map(|(at, path)| {
        text[at + path.len()..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
            .collect::<String>()
    });
    let tokens: BTreeSet<String> = tokens.filter(|token| token.len() >= 43).collect();
    assert!(tokens.len() == 8, "links to open, to unsubscribe and to end an access: {tokens:?}");
    tokens
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn subject(message: &str) -> String {
    let unfolded = message.replace("\r\n ", " ");
    let line = unfolded.lines().find_map(|line| line.strip_prefix("Subject: ")).expect("every mail has one");
    words(line)
}

/// A whole message as people and programs can read it: as it is, its encoded words, and its parts decoded.
fn readable(message: &str) -> String {
    let mut all = message.to_owned();
    let unfolded = message.replace("\r\n ", " ");
    all.push_str(&words(unfolded.split_once("\r\n\r\n").unwrap().0));
    all.push_str(&quoted(message));
    assert!(!message.contains("Content-Transfer-Encoding: base64"), "this would have to be decoded too");
    all
}

/// RFC 2047, as far as mails of ours use it.
fn words(header: &str) -> String {
    let mut text = String::new();
    let joined = header.replace("?= =?", "?==?");
    let mut rest = joined.as_str();
    while let Some((before, encoded)) = rest.split_once("=?") {
        text.push_str(before);
        let mut parts = encoded.splitn(4, '?');
        let (_, kind, word, after) = (parts.next(), parts.next(), parts.next().unwrap(), parts.next().unwrap());
        match kind {
            Some("b" | "B") => text.push_str(&String::from_utf8_lossy(&STANDARD.decode(word).unwrap())),
            _ => text.push_str(&quoted(&word.replace('_', " "))),
        }
        rest = after.strip_prefix('=').unwrap();
    }
    text + rest
}

/// RFC 2045 6.7.
fn quoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), joined.as_bytes());
    while let Some((first, more)) = rest.split_first() {
        let hex = more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'=') {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
