//! Files when things go wrong: S3 that is slow, failing or dead, a hub that is killed, a disk that is full
//! or plays tricks, bytes that change on their own (R-F1, R-F9, R-K8, R-K9, R-K12).

use std::collections::HashMap;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::join_all;
use hub::domain::Clock;
use hub::domain::file::ObjectKey;
use hub::files::FilesError;
use protocol::frame::PostKind;
use protocol::http::TicketAction;
use protocol::model::Attachment;
use protocol::{AttachmentId, ErrorCode, TicketId};
use testkit::s3;
use tests::people::Person;
use tests::process::Process;
use tests::proxy::{Fault, Proxy, Way};
use tests::raw::Raw;
use tests::seed::Seed;
use tests::socket::new_client_id;
use tests::{Hub, Setup, pictures, wait};

use super::files::{keys, nothing_is_left_over};

const MIB: usize = 1024 * 1024;
const DAY_MS: i64 = 24 * 3_600_000;

async fn s3_behind_proxy() -> (s3::Server, Proxy) {
    let server = s3::Server::start().await;
    let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into()).await;
    (server, proxy)
}

/// R-K12: refused in words, nothing kept, and the same key works once S3 is back. Chat is not hurt.
#[tokio::test(flavor = "multi_thread")]
async fn an_s3_that_is_dead_refuses_files_and_hurts_no_chat() {
    let (server, way) = s3_behind_proxy().await;
    Hub::run(Setup::default().files_in_s3(way.addr().port()), async |hub| {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let kept = amina.uploads(ticket, "before.txt", b"before").await.unwrap();
        amina.posts_files(ticket, PostKind::Reply, &[&kept]).await.unwrap();
        for large in [false, true] {
            let sent = vec![b'x'; if large { 6 * MIB } else { 100 }];
            way.set(Fault::Refuse);
            way.cut();
            let key = new_client_id();
            let text = format!("while it is dead, {large}");
            let (refused, _) = tokio::join!(amina.uploads_once(key, ticket, "a.txt", &sent), async {
                let began = Clock::System.now();
                nora.posts(ticket, &text).await;
                assert!(Clock::System.now() - began < 2_000, "chat goes on");
            });
            let refused = refused.unwrap_err();
            assert_eq!((refused.status, refused.code), (503, ErrorCode::Unavailable));
            assert!(refused.retry_after_s.is_some());
            assert_eq!(amina.downloads(ticket, kept.id).await.status, 503);
            amina.sees(ticket, &text).await;
            way.set(Fault::None);
            let file = amina.uploads_once(key, ticket, "a.txt", &sent).await.unwrap();
            assert_eq!(file.bytes, sent.len() as i64);
            assert_eq!(amina.downloads(ticket, kept.id).await.bytes, b"before");
        }
        hub::actions::files::sweeper::sweep(hub.parts()).await.unwrap();
        nothing_is_left_over(hub).await;
    })
    .await;
    no_parts_are_left(&server).await;
}

/// R-K12: one that swallows everything is waited for no longer than it may take.
#[tokio::test(flavor = "multi_thread")]
async fn an_s3_that_is_silent_is_given_up() {
    let (server, way) = s3_behind_proxy().await;
    Hub::run(Setup::default().manual_clock().files_in_s3(way.addr().port()), async |hub| {
        let (mut nora, amina, ticket) = hub.conversation().await;
        way.set(Fault::Blackhole);
        let key = new_client_id();
        let mut refused = None;
        let mut upload = Box::pin(amina.uploads_once(key, ticket, "a.txt", b"text"));
        let mut said = 0;
        let passed_ms = hub
            .advances_until("an answer", async || {
                if said < 5 {
                    said += 1;
                    nora.posts(ticket, "chat goes on").await;
                }
                if let std::task::Poll::Ready(answer) = futures_util::poll!(&mut upload) {
                    refused = Some(answer);
                }
                refused.is_some().then_some(())
            })
            .await;
        drop(upload);
        assert!((30_000..60_000).contains(&passed_ms), "{passed_ms}");
        assert_eq!(refused.unwrap().unwrap_err().code, ErrorCode::Unavailable);
        way.set(Fault::None);
        way.cut();
        assert_eq!(amina.uploads_once(key, ticket, "a.txt", b"text").await.unwrap().bytes, 4);
        hub::actions::files::sweeper::sweep(hub.parts()).await.unwrap();
        nothing_is_left_over(hub).await;
    })
    .await;
    no_parts_are_left(&server).await;
}

/// R-K12: a slow one is slow, and a cut is made good by trying again.
#[tokio::test(flavor = "multi_thread")]
async fn an_s3_that_is_slow_or_cut_off_is_asked_again() {
    let (server, way) = s3_behind_proxy().await;
    Hub::run(Setup::default().files_in_s3(way.addr().port()), async |hub| {
        let (_nora, amina, ticket) = hub.conversation().await;
        let sent = vec![b'x'; 6 * MIB];
        way.set(Fault::Delay { ms: 5 });
        let slow = amina.uploads(ticket, "slow.txt", &sent).await.unwrap();
        way.set(Fault::None);
        way.cut_after(Way::ToHub, 3 * MIB as u64);
        let cut = amina.uploads(ticket, "cut.txt", &sent).await.unwrap();
        way.never_cut();
        for file in [slow, cut] {
            assert!(amina.downloads(ticket, file.id).await.bytes == sent);
        }
        nothing_is_left_over(hub).await;
    })
    .await;
    no_parts_are_left(&server).await;
}

/// Uploads in parts that S3 still keeps for somebody to finish or abandon, with bytes in them. The server
/// has them beside the bucket, under names with a dot; parts without their upload are its own remains, of a
/// request that was cut off while it put them together.
fn unfinished(server: &s3::Server) -> Vec<String> {
    let entries = std::fs::read_dir(server.folder()).unwrap();
    let names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    let uploads = names.iter().filter_map(|name| name.strip_prefix(".upload-")?.strip_suffix(".json"));
    let has_parts = |id: &&str| names.iter().any(|name| name.starts_with(&format!(".upload_id-{id}.part")));
    uploads.filter(has_parts).map(str::to_owned).collect()
}

async fn no_parts_are_left(server: &s3::Server) {
    wait::until("S3 keeps no parts", async || unfinished(server).is_empty().then_some(())).await;
}

/// R-F9: kill -9 while files go up, are sent and are erased: what was acknowledged is there, and once the
/// sweeper has passed nothing else is.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_hub_leaves_nothing_behind_in_a_folder() {
    plays_with_kills(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_hub_leaves_nothing_behind_in_s3() {
    let server = s3::Server::start().await;
    let endpoint = format!("http://127.0.0.1:{}", server.port());
    plays_with_kills(&[
        ("HUB__FILES__STORE", "s3"),
        ("HUB__FILES__S3_ENDPOINT", &endpoint),
        ("HUB__FILES__S3_BUCKET", s3::BUCKET),
        ("HUB__FILES__S3_ACCESS_KEY", s3::ACCESS_KEY),
        ("HUB__FILES__S3_SECRET_KEY", s3::SECRET_KEY),
    ])
    .await;
    no_parts_are_left(&server).await;
}

const KILLS: usize = 8;

async fn plays_with_kills(settings: &[(&str, &str)]) {
    let mut seed = Seed::new();
    let mut hub = hub(settings);
    hub.start();
    hub.is_ready().await;
    let nora = hub.site.first_admin(&hub.first_admin_link().await).await;
    let (amina, ticket) = hub.site.guest("amina@example.org", "many files").await;
    let mut sent: HashMap<AttachmentId, Vec<u8>> = HashMap::new();
    for round in 0..KILLS {
        let life_ms = seed.between(20, 700);
        let (done, ()) = tokio::join!(one_life(&nora, &amina, ticket.id, round), async {
            Clock::System.sleep(life_ms).await;
            hub.kill().await;
        });
        sent.extend(done);
        hub.start();
        hub.is_ready().await;
    }
    // The start swept; one more may be needed for what S3 took in late.
    let well = wait::until("everything fits", async || {
        let done = hub.command(&["verify"]).output().await.unwrap();
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
    });
    println!("{}", well.await);
    println!("{} files were acknowledged as sent, over {KILLS} kills", sent.len());
    for (file, bytes) in sent {
        let answer = nora.downloads(ticket.id, file).await;
        assert!(answer.status == 200 && answer.bytes == bytes, "{file} was acknowledged");
    }
    if settings.is_empty() {
        let halves: Vec<_> =
            all_files(&hub.data().join("files")).into_iter().filter(|path| path.ends_with(".half")).collect();
        assert!(halves.is_empty(), "{halves:?}");
    }
}

/// Files that were sent by a message, and not erased, until the hub dies.
async fn one_life(nora: &Person, amina: &Person, ticket: TicketId, round: usize) -> Vec<(AttachmentId, Vec<u8>)> {
    let sizes = [10_000, 6 * MIB, 200_000, 3];
    let writers = sizes.iter().enumerate().map(|(writer, size)| async move {
        let mut done = Vec::new();
        let bytes = vec![u8::try_from(round * 16 + writer).unwrap(); *size];
        while let Some(file) = tries(amina.browser.fork(amina.site.addr), amina, ticket, &bytes).await {
            // Every third is erased again: whether that was done is not known when the answer is lost.
            match posts(amina, ticket, &file).await {
                None => break,
                Some(n) if done.len() % 3 == 2 => {
                    if !redacts(nora, ticket, n).await {
                        break;
                    }
                }
                Some(_) => done.push((file.id, bytes.clone())),
            }
        }
        done
    });
    join_all(writers).await.into_iter().flatten().collect()
}

/// A request whose hub may die: none when it did.
async fn request(browser: &tests::Browser, path: &str, body: Vec<u8>, is_json: bool) -> Option<tests::FileAnswer> {
    let key = new_client_id().to_string();
    let kind = if is_json { "application/json" } else { "application/octet-stream" };
    browser.try_to_post(path, body, &[("idempotency-key", &key), ("content-type", kind)]).await
}

async fn tries(browser: tests::Browser, person: &Person, ticket: TicketId, bytes: &[u8]) -> Option<Attachment> {
    let answer = request(&browser, &person.upload_path(ticket, "a.bin"), bytes.to_vec(), false).await?;
    answer.as_text().parsed().ok()
}

/// The number of the message in the agents' log: the guest's own is the same, as there is no note.
async fn posts(person: &Person, ticket: TicketId, file: &Attachment) -> Option<i64> {
    let body = serde_json::json!({ "kind": "reply", "text": "see", "attachments": [file.id] });
    let path = person.path(&format!("tickets/{ticket}/messages"));
    let answer = request(&person.browser, &path, body.to_string().into_bytes(), true).await?;
    answer.as_text().parsed::<protocol::http::Posted>().ok().map(|posted| posted.n)
}

async fn redacts(person: &Person, ticket: TicketId, target: i64) -> bool {
    let body = serde_json::to_vec(&TicketAction::Redact { target }).unwrap();
    let path = person.path(&format!("tickets/{ticket}/actions"));
    request(&person.browser, &path, body, true).await.is_some_and(|answer| answer.status.is_success())
}

fn hub(settings: &[(&str, &str)]) -> Process {
    let mut all = vec![
        ("HUB__LIMITS__WRITES_PER_NETWORK_S", "10000"),
        ("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "10000"),
        ("HUB__FILES__TICKET_BYTES_MAX", "10000000000"),
        ("HUB__FILES__PERSON_DAY_BYTES_MAX", "10000000000"),
    ];
    all.extend(settings);
    Process::new(&all)
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(all_files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Four hundred MiB, on a machine that does other things too.
const MANY_MS: u64 = 180_000;

/// Again when it had to wait for too long: that is an answer, too.
async fn uploads_in_its_turn(person: &Person, ticket: TicketId, bytes: &[u8]) -> Attachment {
    loop {
        let answer = request(&person.browser, &person.upload_path(ticket, "large.txt"), bytes.to_vec(), false).await;
        match answer.expect("an answer").as_text().parsed() {
            Ok(file) => return file,
            Err(refused) => assert!([429, 503].contains(&refused.status), "{refused:?}"),
        }
    }
}

/// R-F1: files are never whole in memory, however many and however large.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_files_at_once_and_one_of_two_gib_fill_no_memory() {
    let mut hub = hub(&[]);
    hub.start();
    hub.is_ready().await;
    let mut people = Vec::new();
    for n in 0..13 {
        people.push(hub.site.guest(&format!("guest{n}@example.org"), "a file").await);
    }
    let before = hub.peak_bytes();
    let bytes = vec![b'x'; 8 * MIB];
    let uploads = (0..50).map(|n| {
        let (person, ticket) = &people[n % people.len()];
        uploads_in_its_turn(person, ticket.id, &bytes)
    });
    let uploaded = Clock::System.within(MANY_MS, join_all(uploads)).await.expect("in time, on a loaded machine");
    assert!(uploaded.iter().all(|file| file.bytes == 8 * MIB as i64));
    let grown = hub.peak_bytes().saturating_sub(before);
    println!(
        "50 uploads of 8 MiB: a peak of {} MiB, {} more than before",
        hub.peak_bytes() / MIB as u64,
        grown / MIB as u64
    );
    assert!(grown < 64 * MIB as u64, "400 MiB came in, and {grown} bytes more were held");

    let (person, ticket) = &people[0];
    let mut raw = Raw::connect(hub.site.addr).await;
    let (host, origin) = (hub.site.origin.replace("http://", ""), &hub.site.origin);
    let (path, cookie) = (person.upload_path(ticket.id, "raw.bin"), person.browser.cookie().unwrap());
    raw.send(format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\nIdempotency-Key: {}\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        new_client_id()
    ))
    .await;
    let chunk = format!("{:x}\r\n{}\r\n", MIB, "x".repeat(MIB));
    let mut sent_mib = 0;
    while sent_mib < 2048 && !raw.has_answered() {
        raw.send(&chunk).await;
        sent_mib += 1;
    }
    assert_eq!(Raw::status(&raw.head().await), 413);
    let grown = hub.peak_bytes().saturating_sub(before);
    println!("2 GiB without a length: refused after {sent_mib} MiB, {} MiB more at the peak", grown / MIB as u64);
    assert!(sent_mib < 200 && grown < 64 * MIB as u64, "{sent_mib} MiB, {grown} bytes");
}

/// R-F9: bytes that no row knows go when they are a day old, and not before the epoch is: after a restore they are
/// what came since the backup.
#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_no_row_knows_stay_for_a_day_of_the_epoch() {
    Hub::run(Setup::default().manual_clock(), async |hub| {
        let (_nora, amina, ticket) = hub.conversation().await;
        let file = amina.uploads(ticket, "a.txt", b"of Monday").await.unwrap();
        amina.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap();
        let (parts, site) = (hub.parts(), hub.parts().store.site().id);
        let later = ObjectKey::new(site, ticket);
        parts.files.put(&later, b"of Tuesday").await.unwrap();
        let written = std::fs::File::open(hub.data().join("files").join(later.as_str())).unwrap();
        let long_ago = (parts.clock.now() - 3 * DAY_MS).unsigned_abs();
        written.set_modified(UNIX_EPOCH + Duration::from_millis(long_ago)).unwrap();
        let removed = async || hub::actions::files::sweeper::remove_orphans(parts).await.unwrap();
        hub.clock().advance(DAY_MS.unsigned_abs() - 60_000);
        assert_eq!((removed().await, keys(hub).await), (0, 2), "the epoch is too young");
        hub.clock().advance(120_000);
        removed().await;
        assert_eq!(keys(hub).await, 1, "by this look, or by the hub's own");
        assert!(matches!(parts.files.bytes(&later).await, Err(FilesError::Missing)), "what a row knows stays");
    })
    .await;
}

/// R-F9: `hub verify` finds a byte that changed, a file that went, and one that nobody knows.
#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_what_changed_what_is_missing_and_what_is_unknown() {
    let mut hub = hub(&[]);
    hub.start();
    hub.is_ready().await;
    let (amina, ticket) = hub.site.guest("amina@example.org", "a file").await;
    for name in ["a.png", "b.png"] {
        let file = amina.uploads(ticket.id, name, &pictures::png(50, 50)).await.unwrap();
        assert!(file.preview.is_some(), "the hub's own binary makes it");
        amina.posts_files(ticket.id, PostKind::Reply, &[&file]).await.unwrap();
    }
    let verify = async || {
        let done = hub.command(&["verify"]).output().await.unwrap();
        assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
        (done.status.success(), String::from_utf8(done.stdout).unwrap())
    };
    let (well, said) = verify().await;
    assert!(well && said.contains("2 files") && said.contains("0 changed, 0 missing, 0 unknown"), "{said}");
    let files = all_files(&hub.data().join("files"));
    assert_eq!(files.len(), 4);
    for path in &files {
        assert_eq!(std::fs::metadata(path).unwrap().mode() & 0o777, 0o600, "R-K8");
        assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
    }
    // A file, its neighbour's preview, and one that was put there.
    let (a, b) = (&files[0], &files[3]);
    assert!(b.to_string_lossy().ends_with(".preview") && !a.to_string_lossy().ends_with(".preview"));
    let whole = std::fs::read(a).unwrap();
    let mut flipped = whole.clone();
    flipped[40] ^= 1;
    std::fs::write(a, &flipped).unwrap();
    std::fs::rename(b, b.with_extension("elsewhere")).unwrap();
    let strange = a.with_file_name("0".repeat(32));
    std::fs::write(&strange, "strange").unwrap();
    let (well, said) = verify().await;
    assert!(!well && said.contains("1 changed, 1 missing, 1 unknown"), "{said}");
    for (mark, path) in [("changed", a), ("missing", b), ("unknown", &strange)] {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(said.lines().any(|line| line.contains(mark) && line.contains(&name)), "{mark} {name}: {said}");
    }
    std::fs::write(a, &whole).unwrap();
    std::fs::rename(b.with_extension("elsewhere"), b).unwrap();
    std::fs::remove_file(&strange).unwrap();
    assert!(verify().await.0);
}

/// M-9: no link leads out of the folder, neither for reading nor for writing.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_the_folder_leads_nowhere() {
    let mut hub = hub(&[]);
    hub.start();
    hub.is_ready().await;
    let (amina, ticket) = hub.site.guest("amina@example.org", "a file").await;
    let file = amina.uploads(ticket.id, "a.txt", b"mine").await.unwrap();
    let path = all_files(&hub.data().join("files")).remove(0);
    let elsewhere = tempfile::tempdir().unwrap();
    let secret = elsewhere.path().join(path.file_name().unwrap());
    std::fs::write(&secret, "none of your business").unwrap();
    std::fs::rename(&path, path.with_extension("kept")).unwrap();
    symlink(&secret, &path).unwrap();
    assert_eq!(amina.downloads(ticket.id, file.id).await.status, 500);
    let folder = path.parent().unwrap();
    std::fs::rename(folder, folder.with_extension("kept")).unwrap();
    symlink(elsewhere.path(), folder).unwrap();
    assert_eq!(amina.downloads(ticket.id, file.id).await.status, 500);
    assert_eq!(amina.uploads(ticket.id, "b.txt", b"more").await.unwrap_err().status, 500);
    assert_eq!(all_files(elsewhere.path()).len(), 1, "nothing was written there");
}

/// R-K9: a full disk is told, nothing is half-written, and it heals.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_files_and_heals() {
    let mut hub = hub(&[]);
    hub.start();
    hub.is_ready().await;
    let (amina, ticket) = hub.site.guest("amina@example.org", "a file").await;
    // The database stays below it, the file does not.
    hub.limits_files_to(Some(4 * MIB as u64)).await;
    let key = new_client_id();
    let bytes = vec![b'x'; 8 * MIB];
    let refused = amina.uploads_once(key, ticket.id, "large.txt", &bytes).await.unwrap_err();
    assert_eq!((refused.status, refused.code), (507, ErrorCode::DiskFull));
    assert!(refused.retry_after_s.is_some());
    assert!(all_files(&hub.data().join("files")).is_empty(), "nothing is half-written");
    amina.posts_over_http(ticket.id, PostKind::Reply, "chat goes on").await.unwrap();
    hub.limits_files_to(None).await;
    assert_eq!(amina.uploads_once(key, ticket.id, "large.txt", &bytes).await.unwrap().bytes, 8 * MIB as i64);
}
