//! `hub backup` and `hub restore` of the built binary: while people write, between both databases, and cut off
//! at any moment (R-K17; invariant 21).

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hub::domain::Clock;
use protocol::frame::{PostKind, ResetReason};
use protocol::{AttachmentId, TicketId};
use testkit::{postgres, s3};
use tests::page::{Line, Page};
use tests::people::Person;
use tests::process::Process;
use tests::seed::Seed;
use tests::socket::{Socket, new_client_id};
use tests::wait;

use super::check::{check, files_below};

/// What it printed, or what it said instead.
pub async fn runs(hub: &Process, arguments: &[&str]) -> Result<String, String> {
    let command = hub.command(arguments).output();
    let done = Clock::System.within(4 * wait::LIMIT_MS, command).await.expect("the command ends").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    match done.status.success() {
        true => Ok(text(done.stdout)),
        false => Err(text(done.stdout) + &text(done.stderr)),
    }
}

pub fn fresh_postgres() -> String {
    tokio::task::block_in_place(postgres::fresh_database_url)
}

/// A text that was acknowledged, under a number of the writer's own side.
#[derive(Clone)]
struct Sent {
    by_agent: bool,
    ticket: TicketId,
    n: i64,
    text: String,
}

/// Posts one text after the other, here and there, until it is told to end.
async fn writes(person: Arc<Person>, tickets: Vec<TicketId>, by_agent: bool, stop: Arc<AtomicBool>, done: Done) {
    for n in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let kind = if by_agent && n % 3 == 0 { PostKind::Note } else { PostKind::Reply };
        let (ticket, text) = (tickets[n % tickets.len()], format!("by agent {by_agent}, text {n}"));
        let posted = person.posts_over_http(ticket, kind, &text).await.unwrap();
        done.lock().unwrap().push(Sent { by_agent, ticket, n: posted.n, text });
    }
}

type Done = Arc<std::sync::Mutex<Vec<Sent>>>;
type Histories = HashMap<TicketId, Vec<Line>>;

async fn histories(person: &Person, tickets: &[TicketId]) -> Histories {
    let mut all = Histories::new();
    for ticket in tickets {
        all.insert(*ticket, person.history(*ticket).await);
    }
    all
}

/// A hub with people who write, and what they sent.
struct Scene {
    hub: Process,
    nora: Arc<Person>,
    amina: Arc<Person>,
    tickets: Vec<TicketId>,
    files: HashMap<AttachmentId, (TicketId, Vec<u8>)>,
}

impl Scene {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let free =
            [("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "1000"), ("HUB__LIMITS__WRITES_PER_NETWORK_S", "1000")];
        let mut hub = Process::new(&[&free[..], settings].concat());
        hub.start();
        hub.is_ready().await;
        let nora = hub.site.first_admin(&hub.first_admin_link().await).await;
        let amina = hub.site.visitor();
        let (mut tickets, mut files) = (Vec::new(), HashMap::new());
        for n in 0..4 {
            let ticket = amina.opens_as_guest("amina@example.org", &format!("matter {n}")).await.unwrap().id;
            // One of them in several of S3's parts.
            let bytes = vec![b'a' + n; if n == 0 { 6_000_000 } else { 20_000 }];
            let file = amina.uploads(ticket, "a.txt", &bytes).await.unwrap();
            amina.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap();
            files.insert(file.id, (ticket, bytes));
            tickets.push(ticket);
        }
        Self { hub, nora: Arc::new(nora), amina: Arc::new(amina), tickets, files }
    }

    /// Backs up while two people write. Answers what had been acknowledged before, and everything there was at
    /// the end.
    async fn backs_up_under_load(&mut self, to: &Path) -> (Vec<Sent>, [Histories; 2]) {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Done::default());
        let writers = [(&self.nora, true), (&self.amina, false)].map(|(person, by_agent)| {
            let (person, tickets) = (Arc::clone(person), self.tickets.clone());
            tokio::spawn(writes(person, tickets, by_agent, Arc::clone(&stop), Arc::clone(&done)))
        });
        let count = || done.lock().unwrap().len();
        wait::until("they write", async || (count() > 60).then_some(())).await;
        let before = done.lock().unwrap().clone();
        let said = runs(&self.hub, &["backup", to.to_str().unwrap(), "--with-keys"]).await.unwrap();
        assert!(said.contains("4 files") && said.contains("The keys are in it"), "{said}");
        let during = count();
        assert!(during > before.len(), "they went on while it was made");
        wait::until("they go on", async || (count() > during + 20).then_some(())).await;
        stop.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.await.unwrap();
        }
        let all = [histories(&self.nora, &self.tickets).await, histories(&self.amina, &self.tickets).await];
        (before, all)
    }

    /// The restored hub is the old one up to a moment, and goes on from there.
    async fn is_as_it_was(&self, other: &mut Process, before: &[Sent], all: &[Histories; 2], old_epoch: uuid::Uuid) {
        other.start();
        other.is_ready().await;
        // With the cookies that they have.
        for (side, person) in [&self.nora, &self.amina].into_iter().enumerate() {
            let there = histories(person, &self.tickets).await;
            for (ticket, lines) in &there {
                assert_eq!(lines[..], all[side][ticket][..lines.len()], "what was, up to the moment of the backup");
            }
            for sent in before.iter().filter(|sent| sent.by_agent == (side == 0)) {
                let line = there[&sent.ticket].iter().find(|line| line.n == sent.n);
                assert_eq!(line.and_then(Line::text), Some(sent.text.as_str()), "acknowledged before the backup");
            }
        }
        for (file, (ticket, bytes)) in &self.files {
            let answer = self.amina.downloads(*ticket, *file).await;
            assert!(answer.status == 200 && answer.bytes == *bytes, "{file}");
        }
        // Invariant 21: a page of before ends on what there is now, however far it had got.
        let ticket = self.tickets[0];
        let mut page = Page::default();
        page.join(ticket, all[0][&ticket].last().unwrap().n);
        page.epoch = Some(old_epoch);
        let mut socket = Socket::open(self.nora.door(), page).await;
        assert_eq!(socket.wait("reset", |page| page.feed(ticket).reset).await, ResetReason::Epoch);
        assert_ne!(socket.page.epoch, Some(old_epoch));
        socket.subscribe(ticket, 0).await;
        let there = self.nora.history(ticket).await;
        socket.reaches(ticket, there.last().unwrap().n).await;
        assert_eq!(socket.page.feed(ticket).applied, there);
        let posted = self.amina.posts_once(new_client_id(), ticket, PostKind::Reply, "I am back").await.unwrap();
        let history = self.amina.history(ticket).await;
        assert_eq!(history.iter().find(|line| line.n == posted.n).and_then(Line::text), Some("I am back"));
        let (said, well) = check(other, &["--deep"]).await;
        assert!(well, "{said}");
    }

    async fn epoch(&self) -> uuid::Uuid {
        Socket::open(self.nora.door(), Page::default()).await.page.epoch.unwrap()
    }
}

/// From one database to both, files from a folder and from S3 into a folder and into S3.
async fn backup_under_load(settings: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let path = backup.to_str().unwrap();
    let mut scene = Scene::new(settings).await;
    let old_epoch = scene.epoch().await;
    let (before, all) = scene.backs_up_under_load(&backup).await;
    let (said, well) = check(&scene.hub, &[]).await;
    assert!(well, "{said}");
    scene.hub.kill().await;
    let said = runs(&scene.hub, &["backup", "--verify", path]).await.unwrap();
    assert!(said.contains("is whole"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-made is left beside it");

    let server = s3::Server::start().await;
    let (url, s3_settings) = (fresh_postgres(), in_bucket(&server));
    let on_postgres: Vec<_> = s3_settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    for settings in [vec![], [on_postgres, vec![("HUB__DATABASE__URL", url.as_str())]].concat()] {
        let mut other = scene.hub.successor(&settings);
        let said = runs(&other, &["restore", path]).await.unwrap();
        assert!(said.contains("Restored") && said.contains("ok  numbers") && !said.contains("!!"), "{said}");
        scene.is_as_it_was(&mut other, &before, &all, old_epoch).await;
        let refused = runs(&other, &["restore", path]).await.unwrap_err();
        assert!(refused.contains("another hub is running"), "{refused}");
        other.kill().await;
        let refused = runs(&other, &["restore", path]).await.unwrap_err();
        assert!(refused.contains("empty"), "{refused}");
        let (said, well) = check(&other, &[]).await;
        assert!(well, "and nothing was changed by that: {said}");
        // Killed between its last commit and its last word, a restore has nothing to do but to say it.
        let id = std::fs::read_to_string(backup.join("manifest.sha256")).unwrap();
        std::fs::write(other.data().join("restoring"), id.split_whitespace().next().unwrap()).unwrap();
        assert!(other.tries_to_start(&[]).await.unwrap_err().contains("did not come to its end"));
        assert!(runs(&other, &["restore", path]).await.unwrap().contains("Restored"));
        std::fs::write(other.data().join("restoring"), "another one").unwrap();
        let refused = runs(&other, &["restore", path]).await.unwrap_err();
        assert!(refused.contains("another backup was begun"), "{refused}");
    }
}

/// The settings of a bucket.
pub fn in_bucket(server: &s3::Server) -> Vec<(&'static str, String)> {
    vec![
        ("HUB__FILES__STORE", "s3".to_owned()),
        ("HUB__FILES__S3_ENDPOINT", format!("http://127.0.0.1:{}", server.port())),
        ("HUB__FILES__S3_BUCKET", s3::BUCKET.to_owned()),
        ("HUB__FILES__S3_ACCESS_KEY", s3::ACCESS_KEY.to_owned()),
        ("HUB__FILES__S3_SECRET_KEY", s3::SECRET_KEY.to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_restored_on_both_databases_from_sqlite() {
    backup_under_load(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_restored_on_both_databases_from_postgres_and_s3() {
    let server = s3::Server::start().await;
    let (url, settings) = (fresh_postgres(), in_bucket(&server));
    let mut settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    settings.push(("HUB__DATABASE__URL", &url));
    backup_under_load(&settings).await;
}

/// Never half a backup under its name, and none over another.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_cut_off_is_none() {
    let mut seed = Seed::new();
    let scene = Scene::new(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let path = backup.to_str().unwrap();
    for _ in 0..6 {
        let mut child = scene.hub.command(&["backup", path]).stdout(std::process::Stdio::null()).spawn().unwrap();
        Clock::System.sleep(seed.between(5, 250)).await;
        child.kill().await.unwrap();
        if backup.exists() {
            assert!(runs(&scene.hub, &["backup", "--verify", path]).await.unwrap().contains("is whole"));
            std::fs::remove_dir_all(&backup).unwrap();
        }
    }
    let said = runs(&scene.hub, &["backup", path]).await.unwrap();
    assert!(said.contains("The keys are not in it") && said.contains("void"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "what was cut off is gone");
    assert!(!backup.join("keys").exists());
    let elsewhere = folder.path().join("tuesday");
    std::fs::create_dir(folder.path().join("tuesday.half")).unwrap();
    std::fs::write(folder.path().join("tuesday.half/diary"), "mine").unwrap();
    let refused = runs(&scene.hub, &["backup", elsewhere.to_str().unwrap()]).await.unwrap_err();
    assert!(refused.contains("is no backup that was cut off"), "{refused}");
    let refused = runs(&scene.hub, &["backup", path]).await.unwrap_err();
    assert!(refused.contains("is there already"), "{refused}");
    for path in files_below(&backup) {
        use std::os::unix::fs::MetadataExt;
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o077, 0, "{} is private", path.display());
    }

    // Each part is looked at.
    let others = folder.path().join("somebody's");
    std::fs::create_dir(&others).unwrap();
    let refused = runs(&scene.hub, &["backup", "--verify", others.to_str().unwrap()]).await.unwrap_err();
    assert!(refused.contains("is no backup"), "{refused}");
    for name in ["tables/event.jsonl", "files.jsonl", "manifest.json", "manifest.sha256"] {
        let part = backup.join(name);
        let whole = std::fs::read(&part).unwrap();
        let mut flipped = whole.clone();
        flipped[9] ^= 1;
        std::fs::write(&part, flipped).unwrap();
        let refused = runs(&scene.hub, &["backup", "--verify", path]).await.unwrap_err();
        assert!(!refused.contains("is whole"), "{name}: {refused}");
        let other = scene.hub.successor(&[]);
        let refused = runs(&other, &["restore", path]).await.unwrap_err();
        assert!(refused.contains("is not"), "{name}: {refused}");
        assert!(!other.data().join("hub.sqlite3").exists(), "nothing was begun");
        std::fs::write(&part, whole).unwrap();
    }
    let file = files_below(&backup.join("files")).remove(0);
    std::fs::write(&file, "something else").unwrap();
    let refused = runs(&scene.hub, &["backup", "--verify", path]).await.unwrap_err();
    assert!(refused.contains("has other bytes"), "{refused}");
}

/// Cut off by kill -9 at any moment, the same command goes on; until its end no hub starts there.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_cut_off_goes_on() {
    let mut seed = Seed::new();
    let mut scene = Scene::new(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let path = backup.to_str().unwrap();
    let old_epoch = scene.epoch().await;
    let (before, all) = scene.backs_up_under_load(&backup).await;
    scene.hub.kill().await;
    let url = fresh_postgres();
    for settings in [vec![], vec![("HUB__DATABASE__URL", url.as_str())]] {
        let mut other = scene.hub.successor(&settings);
        let (mut cut_off, mut is_done) = (0, false);
        for _ in 0..8 {
            let mut child = other.command(&["restore", path]).stdout(std::process::Stdio::null()).spawn().unwrap();
            Clock::System.sleep(seed.between(10, 150)).await;
            if let Some(status) = child.try_wait().unwrap() {
                is_done = status.success();
                break;
            }
            child.kill().await.unwrap();
            if other.data().join("restoring").exists() {
                cut_off += 1;
                let refused = other.tries_to_start(&[]).await.unwrap_err();
                assert!(refused.contains("did not come to its end"), "{refused}");
            }
        }
        if !is_done {
            let said = runs(&other, &["restore", path]).await.unwrap();
            assert!(said.contains("Restored"), "{said}");
        }
        println!("cut off {cut_off} times");
        scene.is_as_it_was(&mut other, &before, &all, old_epoch).await;
        other.kill().await;
    }
}

/// Without its keys a backup is restored all the same, and says what that means.
#[tokio::test(flavor = "multi_thread")]
async fn keys_come_with_the_backup_or_from_elsewhere_or_are_new() {
    let mut scene = Scene::new(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let path = backup.to_str().unwrap();
    runs(&scene.hub, &["backup", path]).await.unwrap();
    scene.hub.kill().await;
    // From elsewhere.
    let mut other = scene.hub.successor(&[]);
    let (from, to) = (scene.hub.data().join("keys"), other.data().join("keys"));
    std::fs::create_dir(&to).unwrap();
    for key in files_below(&from) {
        std::fs::copy(&key, to.join(key.file_name().unwrap())).unwrap();
    }
    let said = runs(&other, &["restore", path]).await.unwrap();
    assert!(!said.contains("There are no keys"), "{said}");
    other.start();
    other.is_ready().await;
    scene.nora.history(scene.tickets[0]).await;
    other.kill().await;
    // None.
    let mut other = scene.hub.successor(&[]);
    let said = runs(&other, &["restore", path]).await.unwrap();
    assert!(said.contains("There are no keys: every link and code of before is void"), "{said}");
    other.start();
    other.is_ready().await;
    scene.nora.history(scene.tickets[0]).await;
    assert_eq!(files_below(&other.data().join("keys")).len(), 1, "the start made one");
    other.kill().await;
    // Another hub's.
    let refused_by = scene.hub.successor(&[]);
    std::fs::create_dir(refused_by.data().join("keys")).unwrap();
    let key = files_below(&other.data().join("keys")).remove(0);
    std::fs::copy(&key, refused_by.data().join("keys").join(key.file_name().unwrap())).unwrap();
    let refused = runs(&refused_by, &["restore", path]).await.unwrap_err();
    assert!(refused.contains("are not those of the backup"), "{refused}");
    assert!(!refused_by.data().join("hub.sqlite3").exists());
}

/// They are in the bucket, and the database of before knows nothing of them.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_came_after_the_backup_are_told() {
    let server = s3::Server::start().await;
    let settings = in_bucket(&server);
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let mut scene = Scene::new(&settings).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("monday");
    let path = path.to_str().unwrap();
    runs(&scene.hub, &["backup", path, "--with-keys"]).await.unwrap();
    let later = scene.amina.uploads(scene.tickets[0], "tuesday.txt", b"later").await.unwrap();
    scene.amina.posts_files(scene.tickets[0], PostKind::Reply, &[&later]).await.unwrap();
    scene.hub.kill().await;
    let other = scene.hub.successor(&settings);
    let said = runs(&other, &["restore", path]).await.unwrap();
    assert!(said.contains("1 files are there that the backup does not know"), "{said}");
    assert_eq!(files_below(&server.file(&super::check::site_folder(&server))).len(), 5, "and nothing was removed");
}

/// What is missing or spoilt in the hub is in the backup as it is, and is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_what_is_not_well_says_so() {
    let scene = Scene::new(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("monday");
    let path = path.to_str().unwrap();
    let files = files_below(&scene.hub.data().join("files"));
    std::fs::write(&files[0], "something else").unwrap();
    std::fs::remove_file(&files[1]).unwrap();
    // Nobody can read it, not even root.
    std::fs::remove_file(&files[2]).unwrap();
    std::os::unix::fs::symlink(&files[2], &files[2]).unwrap();
    let said = runs(&scene.hub, &["backup", path]).await.unwrap_err();
    assert!(said.contains("2 files") && said.contains("has other bytes") && said.contains("is missing"), "{said}");
    let unreadable = files[2].file_name().unwrap().to_str().unwrap();
    assert!(said.contains(&format!("{unreadable} cannot be read: ")), "{said}");
    assert!(runs(&scene.hub, &["backup", "--verify", path]).await.unwrap().contains("is whole"));
    let other = scene.hub.successor(&[]);
    let said = runs(&other, &["restore", path]).await.unwrap_err();
    let line = said.lines().find(|line| line.starts_with("!!  files")).expect("the line of files");
    assert!(line.contains("is missing") && line.contains("14 bytes instead of"), "{line}");
}
