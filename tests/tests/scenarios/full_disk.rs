//! A disk that takes no more: refused in words, nothing half-written, read on, healed by itself (R-K9).

use std::path::PathBuf;

use protocol::frame::PostKind;
use protocol::http::{AskCode, TicketAction};
use protocol::{ErrorCode, Problem, TicketId};
use serde_json::Value;
use testkit::disk::may_mount;
use tests::people::Person;
use tests::process::Process;
use tests::socket::new_client_id;
use tests::wait;

/// A file system that a few hundred messages fill.
const DISK_KIB: u64 = 4 * 1024;
/// A page of a log that is there already may still be written: not every write is refused at once.
const TRIES_MAX: usize = 2_000;

/// How the disk gets full.
enum Disk {
    /// A file system without a free byte.
    Small { filler: PathBuf },
    /// A limit on the size of files, that no right is needed for.
    Quota,
}

impl Disk {
    async fn fills_up(&self, hub: &Process) {
        match self {
            Self::Small { filler } => {
                let full = std::io::copy(&mut std::io::repeat(b'x'), &mut std::fs::File::create(filler).unwrap());
                assert_eq!(full.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
            }
            Self::Quota => hub.limits_files_to(Some(0)).await,
        }
    }

    async fn has_room_again(&self, hub: &Process) {
        match self {
            Self::Small { filler } => std::fs::remove_file(filler).unwrap(),
            Self::Quota => hub.limits_files_to(None).await,
        }
    }
}

/// Needs no right, and so is played everywhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_used_up_refuses_writing_reads_on_and_heals() {
    let mut hub = hub();
    hub.start();
    plays_on(hub, |_| Disk::Quota).await;
}

/// Needs the right to mount. Where a container forbids it, a quota is used up once more.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_system_that_is_full_refuses_writing_reads_on_and_heals() {
    let mut hub = hub();
    if may_mount() {
        hub.start_on_a_disk_of(DISK_KIB);
        plays_on(hub, |hub| Disk::Small { filler: hub.seen_by_the_hub().join("filler") }).await;
    } else {
        println!("no right to mount a file system here: a used-up quota instead");
        hub.start();
        plays_on(hub, |_| Disk::Quota).await;
    }
}

fn hub() -> Process {
    Process::new(&[
        ("HUB__LIMITS__WRITES_PER_NETWORK_S", "10000"),
        ("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "10000"),
    ])
}

async fn plays_on(mut hub: Process, disk: impl Fn(&Process) -> Disk) {
    hub.is_ready().await;
    let disk = disk(&hub);
    let mut nora = hub.site.first_admin(&hub.first_admin_link().await).await;
    let (mut amina, ticket) = hub.site.guest("amina@example.org", "Where is my parcel?").await;
    let ticket = ticket.id;
    nora.follows(ticket).await;
    amina.follows(ticket).await;
    nora.posts(ticket, "It is on its way").await;
    amina.sees(ticket, "It is on its way").await;

    disk.fills_up(&hub).await;
    let refused = is_refused_in_the_end(&amina, ticket).await;
    says_so(&refused);
    let before = (amina.history(ticket).await, nora.history(ticket).await);
    every_kind_of_write_is_refused(&nora, &amina, ticket).await;
    let over_http = new_client_id();
    says_so(&amina.posts_once(over_http, ticket, PostKind::Reply, "by HTTP").await.unwrap_err());
    let over_the_socket = new_client_id();
    amina.socket().send(ticket, over_the_socket, PostKind::Reply, "by the socket").await;
    let refused = amina
        .socket()
        .wait("refused", |page| page.refused.iter().find(|r| r.client_id == Some(over_the_socket)).cloned());
    let refused = refused.await;
    assert_eq!(refused.code, ErrorCode::DiskFull);
    assert!(refused.retry_after_ms.is_some() && !refused.message.is_empty(), "{refused:?}");

    // Who reads goes on reading, and what is not written down goes on arriving.
    nora.types(ticket).await;
    amina.socket().wait("typing", |page| page.typing.iter().any(|(id, _)| *id == ticket).then_some(())).await;
    let mut window = amina.other_window();
    window.follows(ticket).await;
    assert_eq!((amina.history(ticket).await, nora.history(ticket).await), before, "nothing half-written");
    window.socket().reaches(ticket, before.0.last().unwrap().n).await;
    assert_eq!(window.socket().page.feed(ticket).applied, before.0);

    disk.has_room_again(&hub).await;
    let n = wait::until("the hub writes again", async || {
        amina.posts_once(over_http, ticket, PostKind::Reply, "by HTTP").await.ok().map(|posted| posted.n)
    })
    .await;
    let again = amina.posts_once(over_http, ticket, PostKind::Reply, "by HTTP").await.unwrap();
    assert_eq!(again.n, n, "and once");
    amina.socket().page.refused.clear();
    amina.socket().send(ticket, over_the_socket, PostKind::Reply, "by the socket").await;
    amina.socket().is_acknowledged(over_the_socket).await;
    for person in [&mut nora, &mut amina] {
        // On the sockets of before: none was closed.
        person.sees(ticket, "by the socket").await;
        let texts = person.socket().page.feed(ticket).texts();
        for text in ["by HTTP", "by the socket"] {
            assert_eq!(texts.iter().filter(|other| **other == text).count(), 1, "{text}");
        }
    }
    let printed = hub.printed();
    assert!(!printed.contains("panicked"), "{printed}");

    // What the disk has is what was said, also for whoever reads it anew.
    let history = (amina.history(ticket).await, nora.history(ticket).await);
    if let Disk::Quota = disk {
        hub.kill().await;
        hub.start();
        hub.is_ready().await;
        assert_eq!((amina.history(ticket).await, nora.history(ticket).await), history);
    }
}

/// 507, with the code, a sentence, and when to come again.
fn says_so(problem: &Problem) {
    assert_eq!((problem.status, problem.code), (507, ErrorCode::DiskFull), "{problem:?}");
    assert!(problem.title.len() > 10 && problem.retry_after_s.is_some(), "{problem:?}");
}

async fn is_refused_in_the_end(person: &Person, ticket: TicketId) -> Problem {
    until_refused(async || person.posts_over_http(ticket, PostKind::Reply, "one more").await.map(drop)).await
}

async fn until_refused(mut write: impl AsyncFnMut() -> Result<(), Problem>) -> Problem {
    for _ in 0..TRIES_MAX {
        if let Err(problem) = write().await {
            return problem;
        }
    }
    panic!("everything was taken: the disk is not full")
}

/// Each of them needs no more room than the next may have left.
async fn every_kind_of_write_is_refused(nora: &Person, amina: &Person, ticket: TicketId) {
    says_so(&until_refused(async || nora.decides(ticket, TicketAction::Solve).await.map(drop)).await);
    says_so(&until_refused(async || amina.opens_as_guest("amina@example.org", "Another matter").await.map(drop)).await);
    let ask = AskCode { email: "amina@example.org".into(), locale: None };
    says_so(&until_refused(async || amina.browser.post::<Value>("/v1/sign-in/code", &ask).await.map(drop)).await);
    says_so(&is_refused_in_the_end(nora, ticket).await);
    says_so(&is_refused_in_the_end(amina, ticket).await);
}
