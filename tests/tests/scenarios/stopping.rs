//! A hub that is asked to stop under load: pages are moved, nothing is lost, doubled or reordered
//! (invariant 17; R-K14). The built binary, by signals.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hub::domain::Clock;
use hub::domain::limits::DRAIN_MS;
use protocol::frame::PostKind;
use protocol::{ClientId, TicketId};
use tests::page::Page;
use tests::people::Person;
use tests::process::Process;
use tests::socket::{Door, Socket, new_client_id};
use tests::wait;
use tokio::net::TcpStream;

const WRITERS: usize = 4;
const READERS: usize = 4;
/// Between two texts of a writer.
const PAUSE_MS: u64 = 5;
/// Acknowledged by each before the signal: then there is a load.
const WRITTEN_MIN: usize = 50;
/// A machine with other things to do.
const SLACK_MS: u64 = 3_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_loses_nothing_and_everybody_resumes() {
    let mut hub = Process::new(&[("HUB__LIMITS__WRITES_PER_NETWORK_S", "1000"), ("HUB__LOG__LEVEL", "warn")]);
    hub.start();
    hub.is_ready().await;
    let nora = hub.site.first_admin(&hub.first_admin_link().await).await;
    let (amina, ticket) = hub.site.guest("amina@example.org", "Where is my parcel?").await;
    let ticket = ticket.id;
    let done = Arc::new(AtomicBool::new(false));
    let person = |n: usize| -> &Person { if n.is_multiple_of(2) { &nora } else { &amina } };
    let counts: Arc<Vec<_>> = Arc::new((0..WRITERS).map(|_| AtomicUsize::new(0)).collect());
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let (door, done, counts) = (person(n).door(), Arc::clone(&done), Arc::clone(&counts));
            tokio::spawn(async move { write(n, door, ticket, &done, &counts[n]).await })
        })
        .collect();
    let readers: Vec<_> = (0..READERS)
        .map(|n| {
            let (door, done) = (person(n).door(), Arc::clone(&done));
            tokio::spawn(async move { read(door, ticket, &done).await })
        })
        .collect();
    are_busy(&counts).await;

    let asked = Clock::System.now();
    hub.signal("TERM").await;
    let status = hub.ends().await;
    let took_ms = (Clock::System.now() - asked).unsigned_abs();
    assert_eq!(status.code(), Some(0), "{}", hub.printed());
    assert!(took_ms <= DRAIN_MS + SLACK_MS, "within the grace: {took_ms} ms");
    hub.start();
    hub.is_ready().await;
    are_busy(&counts).await;

    done.store(true, Ordering::SeqCst);
    let mut ends = Vec::new();
    let mut acknowledged = Vec::new();
    for writer in writers {
        let written = wait::within("a writer's end", writer).await.unwrap();
        ends.extend(written.ends);
        acknowledged.extend(written.acknowledged);
    }
    let histories = [nora.history(ticket).await, amina.history(ticket).await];
    for (n, reader) in readers.into_iter().enumerate() {
        let (mut socket, reader_ends) = wait::within("a reader's end", reader).await.unwrap();
        ends.extend(reader_ends);
        let history = &histories[n % 2];
        socket.reaches(ticket, history.last().unwrap().n).await;
        assert_eq!(&socket.page.feed(ticket).applied, history, "one order for all, over both sockets");
    }
    assert_eq!(ends.len(), WRITERS + READERS, "each socket ended once");
    for end in ends {
        assert_eq!(end, (1, Some(4412)), "told once to move, and closed with 4412");
    }
    for (side, client_id, n) in &acknowledged {
        let found: Vec<_> = histories[*side].iter().filter(|line| line.client_id == Some(*client_id)).collect();
        assert_eq!(found.iter().map(|line| line.n).collect::<Vec<_>>(), [*n], "acknowledged once, there once");
    }
    assert!(acknowledged.len() >= WRITERS * WRITTEN_MIN * 2, "{}", acknowledged.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_hub_at_once_and_loses_nothing() {
    let mut hub = Process::new(&[("HUB__LOG__LEVEL", "warn")]);
    hub.start();
    hub.is_ready().await;
    let (mut amina, ticket) = hub.site.guest("amina@example.org", "Where is my parcel?").await;
    amina.follows(ticket.id).await;
    amina.posts(ticket.id, "before the end").await;
    let history = amina.history(ticket.id).await;
    let asked = Clock::System.now();
    hub.signal("TERM").await;
    // The page stays where it is: a stop alone would wait for it.
    amina.socket().wait("move", |page| page.moves.first().map(drop)).await;
    wait::until("the word of the second signal", async || hub.printed().contains("Once more").then_some(())).await;
    hub.signal("TERM").await;
    assert_eq!(hub.ends().await.code(), Some(1));
    let took_ms = (Clock::System.now() - asked).unsigned_abs();
    assert!(took_ms < DRAIN_MS / 2, "at once: {took_ms} ms");
    hub.start();
    hub.is_ready().await;
    assert_eq!(amina.history(ticket.id).await, history);
}

/// R-K14: it came too late to be among those who are asked, and too early to be refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_greeted_while_the_hub_stops_is_asked_to_move_too() {
    let mut hub = Process::new(&[("HUB__LOG__LEVEL", "warn")]);
    hub.start();
    hub.is_ready().await;
    let (amina, ticket) = hub.site.guest("amina@example.org", "Where is my parcel?").await;
    let mut page = Page::default();
    page.join(ticket.id, 0);
    let mut socket = Socket::upgraded(amina.door(), page).await;
    hub.signal("TERM").await;
    wait::until("the word of the second signal", async || hub.printed().contains("Once more").then_some(())).await;
    // Connections are refused from then on, and pages have been asked to move.
    wait::until("nobody is let in", async || TcpStream::connect(hub.site.addr).await.is_err().then_some(())).await;
    socket.hello().await;
    socket.wait("move", |page| page.moves.first().map(drop)).await;
    drop(socket);
    assert_eq!(hub.ends().await.code(), Some(0), "nobody is left to wait for");
}

/// Waits until every writer has got enough of its texts acknowledged since the last time.
async fn are_busy(counts: &[AtomicUsize]) {
    counts.iter().for_each(|count| count.store(0, Ordering::SeqCst));
    wait::until("a load", async || {
        counts.iter().all(|count| count.load(Ordering::SeqCst) >= WRITTEN_MIN).then_some(())
    })
    .await;
}

/// How a socket ended: how often it was told to move, and the close code.
type End = (usize, Option<u16>);

#[derive(Default)]
struct Written {
    ends: Vec<End>,
    /// (whose numbering, client id, number).
    acknowledged: Vec<(usize, ClientId, i64)>,
}

/// Writes one text after the other, each until it is acknowledged, over whatever sockets there are.
async fn write(n: usize, door: Door, ticket: TicketId, done: &AtomicBool, count: &AtomicUsize) -> Written {
    let (mut page, mut written, mut waiting, mut made) = (Page::default(), Written::default(), None, 0);
    while !(done.load(Ordering::SeqCst) && waiting.is_none()) {
        let mut socket = match opened(&door, page).await {
            Ok(socket) => socket,
            Err(old) => {
                page = old;
                continue;
            }
        };
        while !done.load(Ordering::SeqCst) || waiting.is_some() {
            let (client_id, text) = waiting.take().unwrap_or_else(|| {
                made += 1;
                (new_client_id(), format!("writer {n} text {made}"))
            });
            socket.send(ticket, client_id, PostKind::Reply, &text).await;
            let Some(number) = socket.is_acknowledged_or_gone(client_id).await else {
                waiting = Some((client_id, text));
                break;
            };
            written.acknowledged.push((n % 2, client_id, number));
            count.fetch_add(1, Ordering::SeqCst);
            Clock::System.sleep(PAUSE_MS).await;
        }
        if waiting.is_some() {
            written.ends.push((socket.page.moves.len(), socket.close_code()));
        }
        page = socket.page;
        page.moves.clear();
    }
    written
}

/// Follows the ticket until the end, over whatever sockets there are.
async fn read(door: Door, ticket: TicketId, done: &AtomicBool) -> (Socket, Vec<End>) {
    let (mut page, mut ends) = (Page::default(), Vec::new());
    page.join(ticket, 0);
    loop {
        let mut socket = match opened(&door, page).await {
            Ok(socket) => socket,
            Err(old) => {
                page = old;
                continue;
            }
        };
        loop {
            if done.load(Ordering::SeqCst) {
                return (socket, ends);
            }
            // Neither loses anything when it is not finished.
            tokio::select! {
                going_on = socket.read() => if !going_on { break },
                () = Clock::System.sleep(20) => {}
            }
        }
        ends.push((socket.page.moves.len(), socket.close_code()));
        page = socket.page;
        page.moves.clear();
    }
}

/// A socket, or the page again after a moment in which the hub may have come back.
async fn opened(door: &Door, page: Page) -> Result<Socket, Page> {
    let opened = Socket::try_open(door, page).await;
    if opened.is_err() {
        Clock::System.sleep(10).await;
    }
    opened
}
