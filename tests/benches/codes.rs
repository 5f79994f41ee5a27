//! How long answers take that must tell nothing by their time: codes that do not work, whatever is wrong with
//! them (R-A10), and "I lost my link" for addresses that have tickets and for others (R-A11). The medians
//! of 500 samples of each must not differ by a millisecond; on SQLite and on Postgres.
//!
//! A whole hub in this process, asked over a real socket, with the time in the benchmark's hands: codes
//! expire and limits end without waiting. The cases take turns, so that whatever else the machine does
//! falls on all of them, and each begins a turn as often as the others.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::fmt::Debug;
use std::time::Instant;

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::bad_code::{Bad, bad_code, try_code};
use tests::browser::Browser;
use tests::{Hub, Setup};

/// The requirements' own numbers.
const SAMPLES: usize = 500;
const SPREAD_US_MAX: u64 = 1_000;
/// Of one browser and code: with the one before them, as many as a code lives.
const TURNS: usize = 4;
/// Known and unknown addresses: each is asked for every ten hours, within its budget of a day.
const ADDRESSES: usize = 40;
const HOUR_MS: u64 = 60 * 60 * 1000;
const CODES: [Bad; 6] = [Bad::Expired, Bad::Wrong, Bad::Used, Bad::Foreign, Bad::NeverIssued, Bad::NotACode];

#[derive(Clone, Copy, Debug)]
enum Address {
    Known,
    Unknown,
}

#[tokio::main]
async fn main() {
    for (name, setup) in [("SQLite", Setup::default()), ("Postgres", Setup::default().postgres())] {
        println!("{name}, codes that do not work:");
        Hub::run(setup.manual_clock(), codes).await;
        println!("{name}, links that were lost:");
        Hub::run(setup.manual_clock(), lost_links).await;
    }
}

async fn codes(hub: &Hub) {
    let mut times = vec![Vec::with_capacity(SAMPLES); CODES.len()];
    for round in 0..SAMPLES / TURNS {
        let mut cases = Vec::with_capacity(CODES.len());
        for bad in CODES {
            cases.push(bad_code(hub, bad, round).await);
        }
        // Not timed: the mails are written down as sent meanwhile.
        for (browser, code) in &cases {
            try_code(browser, code).await;
        }
        for turn in 0..TURNS {
            for n in in_turn(CODES.len(), round + turn) {
                let (browser, code) = &cases[n];
                let began = Instant::now();
                let answer = try_code(browser, code).await;
                times[n].push(began.elapsed().as_micros());
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            }
        }
        // Limits per network and hour.
        hub.clock().advance(HOUR_MS);
    }
    compare(&CODES, times);
}

async fn lost_links(hub: &Hub) {
    for n in 0..ADDRESSES {
        hub.site.guest(&address(Address::Known, n), "Where is my parcel?").await;
    }
    let kinds = [Address::Known, Address::Unknown];
    let mut times = vec![Vec::with_capacity(SAMPLES); kinds.len()];
    for round in 0..SAMPLES / TURNS {
        // In a new hour, whose mails have gone out with the last one.
        hub.clock().advance(HOUR_MS);
        let browser = hub.site.browser();
        // Not timed: the hub does what an hour brings.
        assert!(browser.answers("/v1/site").await);
        for turn in 0..TURNS {
            for n in in_turn(kinds.len(), turn) {
                let email = address(kinds[n], (round * TURNS + turn) % ADDRESSES);
                times[n].push(lost_us(&browser, &email).await);
            }
        }
    }
    compare(&kinds, times);
}

fn address(kind: Address, n: usize) -> String {
    format!("{kind:?}{n}@example.org").to_lowercase()
}

async fn lost_us(browser: &Browser, email: &str) -> u128 {
    let body = json!({ "email": email }).to_string();
    let began = Instant::now();
    let answer = browser.ask(Method::POST, "/v1/links/lost", Some(body), &[]).await;
    let took = began.elapsed().as_micros();
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    took
}

/// All of them, another one first each time.
fn in_turn(count: usize, turn: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |n| (n + turn) % count)
}

/// Prints the medians, and fails when they differ.
fn compare(cases: &[impl Debug], mut times: Vec<Vec<u128>>) {
    let mut medians = Vec::with_capacity(cases.len());
    for (case, times) in cases.iter().zip(&mut times) {
        times.sort_unstable();
        let at = |percent: usize| times[times.len() * percent / 100];
        println!("  {case:?}: median {} us, 95 of 100 within {} us, of {}", at(50), at(95), times.len());
        medians.push(at(50));
    }
    let spread = medians.iter().max().unwrap() - medians.iter().min().unwrap();
    println!("  the medians differ by {spread} us");
    assert!(spread < u128::from(SPREAD_US_MAX), "more than {SPREAD_US_MAX} us");
}
