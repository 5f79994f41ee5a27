//! kill -9 of the built binary while it mails a thousand alerts: at MAIL, at RCPT, at DATA, before the
//! answer to the message, right after it, and at random moments (alerts.md 1.5: I1, I3, I7). On SQLite and
//! on Postgres.
//!
//! The scripted server says when: it goes silent at the step that is meant, after a few mails of the
//! same life have passed it. `SEED=…` repeats how many; `LIVES=…` makes more of them.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hub::domain::Clock;
use hub::domain::alert::AlertTimes;
use hub::domain::attention::Pace;
use hub::store::alerts::Lane;
use hub::store::{Rules, Store};
use protocol::{LoginId, ParticipantId, TicketId};
use testkit::smtp::{Act as Answer, Script, Server, Step, Taken};
use tests::process::Process;
use tests::seed::Seed;
use tests::stored::{Place, agent_does, guest_opens, lead, reply};
use tests::wait;

/// Each gets the mail of its beginning and an alert of the answer: a thousand mails.
const TICKETS: usize = 500;
/// Of each kind of death.
const LIVES: usize = 8;
/// Mails that pass a step before the one that is stopped there. Few enough that some are left for
/// the last life.
const PASSING_MAX: u64 = 12;
/// A life that ends at random is no longer.
const LIFE_MS_MAX: u64 = 400;
/// Mails that may be under way at the same time: one for each worker.
const WORKERS: usize = 2;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where a worker dies: the server's step, what a mail that passes is told there, and what ends it.
const POINTS: [(&str, Step, &str, Answer); 5] = [
    ("at MAIL", Step::Mail, "250 2.1.0 ok", Answer::Stall),
    ("at RCPT", Step::Rcpt, "250 2.1.5 ok", Answer::Stall),
    ("at DATA", Step::Data, "354 go on", Answer::Stall),
    ("before the answer", Step::Dot, "250 2.0.0 taken", Answer::Stall),
    ("after the answer", Step::Dot, "250 2.0.0 taken", Answer::SayAndTell("250 2.0.0 taken")),
];

mod kills_at_every_step_lose_no_alert_and_give_none_a_second_name {
    use tests::stored::Place;

    use super::kills;

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite() {
        kills(Place::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        kills(Place::postgres()).await;
    }
}

async fn kills(place: Place) {
    let mut seed = Seed::new();
    let lives = std::env::var("LIVES").map_or(LIVES, |lives| lives.parse().expect("LIVES is a number"));
    let server = Server::start(Script::default()).await;
    let port = server.port().to_string();
    let mut settings = vec![
        ("HUB__MAIL__HOST", "localhost"),
        ("HUB__MAIL__PORT", &port),
        ("HUB__MAIL__SECURITY", "plain"),
        ("HUB__ALERTS__MAILS_PER_S", "100000"),
        ("HUB__ALERTS__MAILS_PER_DOMAIN_S", "100000"),
        ("HUB__ALERTS__UNCONFIRMED_PER_DOMAIN_HOUR_MAX", "100000"),
        ("HUB__ALERTS__UNCONFIRMED_PER_HOUR_MAX", "100000"),
        ("HUB__LOG__LEVEL", "error"),
    ];
    settings.extend(place.setting());
    let mut hub = Process::new(&settings);
    let data = hub.data().to_owned();
    let guests = prepare(&place, &data).await;
    let mut expected = BTreeSet::new();
    for guest in &guests {
        expected.extend([(guest.address.clone(), "m1"), (guest.address.clone(), "m2")]);
    }

    let began = Clock::System.now();
    let mut stopped = 0;
    let mut finished = BTreeMap::new();
    for life in 0..lives * POINTS.len() {
        let (point, step, passing, end) = POINTS[life % POINTS.len()];
        for _ in 0..seed.between(0, PASSING_MAX) {
            server.then(step, Answer::Say(passing));
        }
        server.then(step, end);
        stopped += 1;
        hub.start();
        wait::within(point, server.has_stalled(stopped)).await;
        hub.kill().await;
        leases_end(&place);
        // What is written down as sent now is never sent again: of each kind of death, once.
        if life < POINTS.len() {
            finished.extend(sent(&place, &data, &guests, &takes(&server)).await);
        }
        // And somewhere on its way, perhaps before it has begun.
        if life % POINTS.len() == 0 {
            hub.start();
            Clock::System.sleep(seed.between(0, LIFE_MS_MAX)).await;
            hub.kill().await;
            leases_end(&place);
        }
    }
    let left = expected.len() - takes(&server).len();
    hub.start();
    hub.is_ready().await;
    loop {
        let takes = takes(&server);
        let missing = expected.iter().filter(|alert| !takes.contains_key(*alert)).count();
        if missing == 0 {
            break;
        }
        let all: usize = takes.values().map(Vec::len).sum();
        wait::within("the alerts that are left", server.has_taken(all + missing.min(50))).await;
    }
    let took_ms = Clock::System.now() - began;
    wait::until("every alert is written down as sent", async || {
        let sent = sent(&place, &data, &guests, &takes(&server)).await;
        (sent.len() == expected.len()).then_some(())
    })
    .await;
    hub.kill().await;
    nothing_is_queued(&place, &data).await;

    let takes = takes(&server);
    assert_eq!(takes.keys().cloned().collect::<BTreeSet<_>>(), expected, "I1: every alert, and nothing else");
    one_name_each(&server, &takes);
    for (alert, times) in finished {
        assert_eq!(takes[&alert].len(), times, "{alert:?} was finished, and came again");
    }
    let kills = lives * POINTS.len() + lives;
    let twice: usize = takes.values().map(|ids| ids.len() - 1).sum();
    assert!(twice <= WORKERS * kills, "only what was under way came twice: {twice}");
    println!("{kills} kills, {} alerts, {twice} came twice, {left} in the last life; {took_ms} ms", takes.len());
    assert!(left > 0, "the last life had something to do");
}

/// Somebody with an unread answer, before the hub has ever run.
struct Guest {
    address: String,
    id: ParticipantId,
    ticket: TicketId,
}

/// Tickets with an answer each, written straight into the store; every mail is due.
async fn prepare(place: &Place, data: &Path) -> Vec<Guest> {
    let store = open(place, data, Clock::System).await;
    let ines = lead(&store).await;
    let mut guests = Vec::with_capacity(TICKETS);
    for n in 0..TICKETS {
        guests.push(guest(&store, n, ines).await);
    }
    store.close().await;
    guests
}

async fn guest(store: &Store, n: usize, ines: LoginId) -> Guest {
    let address = format!("guest{n}@d{}.example", n % 50);
    let ticket = guest_opens(store, &address).await;
    agent_does(store, ines, ticket, reply("It is on its way.")).await;
    let id = store.ticket_ref(store.site().id, ticket).await.unwrap().unwrap().requester;
    Guest { address, id, ticket }
}

/// The hub's database while no hub runs; guests are told at once.
async fn open(place: &Place, data: &Path, clock: Clock) -> Store {
    let at_once = Pace { quiet_ms: 0, cap_ms: 0, ..AlertTimes::default().guest };
    let times = AlertTimes { guest: at_once, ..AlertTimes::default() };
    place.open(data, clock, Rules { times, ..Rules::default() }).await
}

/// On Postgres the mails of a dead node wait for the end of their leases, three minutes: here they have
/// passed. On SQLite the next life frees them itself.
fn leases_end(place: &Place) {
    if let Place::Postgres(url) = place {
        let (_, database) = url.rsplit_once('/').unwrap();
        let over = "update delivery set lease_until = 0 where state = 'queued' and lease is not null";
        testkit::postgres::server().run_sql(database, over);
    }
}

/// By (address, kind): the Message-ID of each time that it was taken.
type Takes = BTreeMap<(String, &'static str), Vec<String>>;

fn takes(server: &Server) -> Takes {
    let mut takes = Takes::new();
    for taken in server.taken() {
        takes.entry(alert(&taken)).or_default().push(field(&taken.message, "Message-ID: ").to_owned());
    }
    takes
}

fn alert(taken: &Taken) -> (String, &'static str) {
    let to = taken.to[0].trim_start_matches("TO:<").trim_end_matches('>').to_owned();
    let subject = field(&taken.message, "Subject: ");
    (to, if subject.contains("has been received") { "m1" } else { "m2" })
}

fn field<'a>(message: &'a str, name: &str) -> &'a str {
    message.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}in {message}"))
}

/// I3: every try of an alert, also those that were never answered, had its one name, and no other's.
fn one_name_each(server: &Server, takes: &Takes) {
    let mut names = BTreeSet::new();
    for (alert, ids) in takes {
        assert!(ids.iter().all(|id| *id == ids[0]), "{alert:?} has several names: {ids:?}");
        assert!(names.insert(ids[0].clone()), "{alert:?} has another's name");
    }
    let bytes = String::from_utf8(server.bytes()).unwrap();
    let tried: BTreeSet<_> = bytes.lines().filter_map(|line| line.strip_prefix("Message-ID: ")).collect();
    assert_eq!(tried, names.iter().map(String::as_str).collect::<BTreeSet<_>>());
}

/// What the dead hub has written down as sent, and how often it was taken.
async fn sent(place: &Place, data: &Path, guests: &[Guest], takes: &Takes) -> BTreeMap<(String, &'static str), usize> {
    let store = open(place, data, Clock::System).await;
    let mut sent = BTreeMap::new();
    for guest in guests {
        for mail in store.told(guest.ticket, guest.id).await.unwrap().mails {
            if mail.state == "sent" {
                let alert = (guest.address.clone(), if mail.kind == "m1" { "m1" } else { "m2" });
                let times = takes.get(&alert).unwrap_or_else(|| panic!("{alert:?} was sent, and never taken"));
                sent.insert(alert, times.len());
            }
        }
    }
    store.close().await;
    sent
}

/// Not even for tomorrow.
async fn nothing_is_queued(place: &Place, data: &Path) {
    let (tomorrow, _) = Clock::manual(Clock::System.now() + DAY_MS);
    let store = open(place, data, tomorrow).await;
    assert!(store.claim_mails(Lane::Alerts, 1, 0).await.unwrap().is_empty());
    store.close().await;
}
