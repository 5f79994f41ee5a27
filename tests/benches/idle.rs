//! What an idle connection costs: the memory of the built hub with 10,000 signed-in, subscribed sockets
//! beside what it was without them (realtime.md, invariant 24: 8 KB; performance.md: the goal is 5 KB).
//!
//! `make bench` builds the release binary and names it in `HUB_BINARY`. Guests are spread over addresses
//! of 127.0.0.0/8, since the hub lets a hundred connections in from one.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

use futures_util::stream::{self, StreamExt};
use protocol::frame::ServerFrame;
use tests::crowd::{Seat, Wire, allow_sockets, guests};
use tests::process::Process;
use tokio::sync::mpsc;

const SOCKETS: usize = 10_000;
/// Opened before the measurement, so that what is made once is there.
const WARM: usize = 200;
const AT_ONCE: usize = 64;
/// Invariant 24: beyond it something is wrong.
const ALARM_BYTES: u64 = 8 * 1024;

#[tokio::main]
async fn main() {
    allow_sockets(SOCKETS + WARM);
    let mut process = Process::new(&[
        ("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "1000000"),
        ("HUB__LIMITS__WRITES_PER_NETWORK_S", "1000000"),
    ]);
    process.start();
    process.is_ready().await;
    println!("idle process: {} MB", process.resident_bytes() / 1_000_000);
    let seats = guests(&process.site, SOCKETS + WARM).await;
    let (opened, mut came) = mpsc::channel(AT_ONCE);
    let sockets = |range: std::ops::Range<usize>| {
        let opened = opened.clone();
        let seats = seats[range].to_vec();
        (process.resident_bytes(), async move {
            stream::iter(seats)
                .for_each_concurrent(AT_ONCE, |seat| {
                    let opened = opened.clone();
                    async move {
                        let wire = open(seat).await;
                        // Each lives on by itself, and answers what it is asked, until the hub goes.
                        tokio::spawn(async move {
                            let mut wire = wire;
                            while wire.next().await.is_some() {}
                        });
                        opened.send(()).await.unwrap();
                    }
                })
                .await;
        })
    };
    let count = async |came: &mut mpsc::Receiver<()>, n: usize| {
        for _ in 0..n {
            came.recv().await.unwrap();
        }
    };
    let (_, warm) = sockets(0..WARM);
    tokio::join!(warm, count(&mut came, WARM));
    let (before, rest) = sockets(WARM..WARM + SOCKETS);
    tokio::join!(rest, count(&mut came, SOCKETS));
    let (after, _) = sockets(0..0);
    let each = after.saturating_sub(before) / SOCKETS as u64;
    println!("{SOCKETS} sockets: {} MB before, {} MB after: {each} bytes each", before / 1_000_000, after / 1_000_000);
    assert!(each <= ALARM_BYTES, "more than {ALARM_BYTES} bytes");
}

async fn open((door, ticket): Seat) -> Wire {
    let mut wire = Wire::open(&door, None, ticket, 0).await.expect("a socket");
    loop {
        if let ServerFrame::Sync { .. } = wire.next().await.expect("a frame before the end") {
            return wire;
        }
    }
}
