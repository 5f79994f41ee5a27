//! `hub move` of the built binary: SQLite to Postgres, a folder to S3, cut off at any moment (R-K17).

use std::collections::HashMap;

use hub::domain::Clock;
use protocol::frame::PostKind;
use protocol::{AttachmentId, TicketId};
use testkit::s3;
use tests::page::{Line, Page};
use tests::people::Person;
use tests::process::Process;
use tests::seed::Seed;
use tests::socket::Socket;
use tests::wait;

use super::backup::{fresh_postgres, in_bucket, runs};
use super::check::check;

/// Some conversations, and files of some sizes.
struct Held {
    nora: Person,
    amina: Person,
    tickets: Vec<TicketId>,
    files: HashMap<AttachmentId, (TicketId, Vec<u8>)>,
    histories: HashMap<TicketId, Vec<Line>>,
}

async fn works(hub: &mut Process) -> Held {
    hub.start();
    hub.is_ready().await;
    let nora = hub.site.first_admin(&hub.first_admin_link().await).await;
    let amina = hub.site.visitor();
    let mut held = Held { nora, amina, tickets: Vec::new(), files: HashMap::new(), histories: HashMap::new() };
    for n in 0..6 {
        let ticket = held.amina.opens_as_guest("amina@example.org", &format!("matter {n}")).await.unwrap().id;
        for line in 0..40 {
            let who = if line % 3 == 0 { &held.nora } else { &held.amina };
            who.posts_over_http(ticket, PostKind::Reply, &format!("line {line}")).await.unwrap();
        }
        held.sends_file(ticket, vec![b'a' + n; if n == 0 { 6_000_000 } else { 30_000 }]).await;
        held.tickets.push(ticket);
        held.histories.insert(ticket, held.nora.history(ticket).await);
    }
    held
}

impl Held {
    async fn sends_file(&mut self, ticket: TicketId, bytes: Vec<u8>) {
        let file = self.amina.uploads(ticket, "a.txt", &bytes).await.unwrap();
        self.amina.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap();
        self.files.insert(file.id, (ticket, bytes));
    }

    async fn is_all_there(&self) {
        for ticket in &self.tickets {
            assert_eq!(self.nora.history(*ticket).await, self.histories[ticket]);
        }
        self.files_are_there().await;
    }

    async fn files_are_there(&self) {
        for (file, (ticket, bytes)) in &self.files {
            let answer = self.amina.downloads(*ticket, *file).await;
            assert!(answer.status == 200 && answer.bytes == *bytes, "{file}");
        }
    }

    async fn epoch(&self) -> uuid::Uuid {
        Socket::open(self.nora.door(), Page::default()).await.page.epoch.unwrap()
    }
}

/// Runs the command and kills it, many times; answers how often it was cut off.
async fn is_killed(hub: &Process, arguments: &[&str], seed: &mut Seed) -> usize {
    let mut cut_off = 0;
    for _ in 0..8 {
        let mut child = hub.command(arguments).stdout(std::process::Stdio::null()).spawn().unwrap();
        Clock::System.sleep(seed.between(20, 300)).await;
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().await.unwrap();
        cut_off += 1;
    }
    cut_off
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_moves_to_postgres_and_keeps_everything() {
    let mut seed = Seed::new();
    let mut hub = Process::new(&[("HUB__LIMITS__WRITES_PER_NETWORK_S", "1000")]);
    let url = fresh_postgres();
    let command = ["move", "database", "--to", &url];
    let refused = runs(&hub, &command).await.unwrap_err();
    assert!(refused.contains("there is no database"), "{refused}");
    let held = works(&mut hub).await;
    let epoch = held.epoch().await;
    let refused = runs(&hub, &command).await.unwrap_err();
    assert!(refused.contains("another hub is running"), "{refused}");
    hub.kill().await;
    let refused = runs(&hub, &["move", "database", "--to", "mysql://db"]).await.unwrap_err();
    assert!(refused.contains("where to"), "{refused}");

    let cut_off = is_killed(&hub, &command, &mut seed).await;
    println!("cut off {cut_off} times");
    // A hub that was cut off in its move serves neither what is half there …
    let settings = [("HUB__DATABASE__URL", url.as_str())];
    let said = runs(&hub, &command).await;
    let moved = match &said {
        Ok(said) => said.contains("are the same as here") && said.contains("Set database.url"),
        // The last kill came after the last word of it.
        Err(said) => said.contains("was moved to"),
    };
    assert!(moved, "{said:?}");
    // … nor what is there no more.
    let refused = hub.tries_to_start(&[]).await.unwrap_err();
    assert!(refused.contains("was moved to postgres://postgres:•••@"), "{refused}");
    let refused = runs(&hub, &command).await.unwrap_err();
    assert!(refused.contains("was moved to"), "{refused}");

    hub.tries_to_start(&settings).await.unwrap();
    hub.is_ready().await;
    held.is_all_there().await;
    assert_eq!(held.epoch().await, epoch, "nothing was lost, and no page needs to begin anew");
    hub.kill().await;
    let done = hub.command(&["check", "--deep"]).envs(settings).output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

/// It is told apart from another hub's, and from its own state of before.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_moves_into_an_empty_one_alone() {
    let mut hub = Process::new(&[]);
    let held = works(&mut hub).await;
    hub.kill().await;
    let url = fresh_postgres();
    let mut other = Process::new(&[("HUB__DATABASE__URL", &url)]);
    other.start();
    other.is_ready().await;
    other.kill().await;
    let refused = runs(&hub, &["move", "database", "--to", &url]).await.unwrap_err();
    assert!(refused.contains("is not empty"), "{refused}");
    let refused = runs(&other, &["move", "database", "--to", &url]).await.unwrap_err();
    assert!(refused.contains("is Postgres already"), "{refused}");
    // It serves as before.
    hub.start();
    hub.is_ready().await;
    held.is_all_there().await;
    hub.kill().await;
    let to_file = hub.data().join("url");
    std::fs::write(&to_file, fresh_postgres() + "\n").unwrap();
    let said = runs(&hub, &["move", "database", "--to-file", to_file.to_str().unwrap()]).await.unwrap();
    assert!(said.contains("are the same as here"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_move_to_s3_beside_a_running_hub_and_once_more_after_it() {
    let mut seed = Seed::new();
    let server = s3::Server::start().await;
    // The bucket is named, and not in use yet.
    let mut settings: Vec<_> = in_bucket(&server);
    settings[0].1 = "local".to_owned();
    settings.push(("HUB__LIMITS__WRITES_PER_NETWORK_S", "1000".to_owned()));
    let named: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let mut hub = Process::new(&named);
    let mut held = works(&mut hub).await;
    let command = ["move", "files", "--to", "s3"];

    let while_it_runs = hub.command(&command).output().await.unwrap();
    let said = String::from_utf8(while_it_runs.stdout).unwrap();
    assert_eq!(while_it_runs.status.code(), Some(2), "{said}");
    assert!(said.contains("6 of them were copied now") && said.contains("run this once more"), "{said}");
    let (tickets, mut more) = (held.tickets.clone(), 0);
    for n in 0..3_u8 {
        held.sends_file(tickets[0], vec![b'x' + n; 6_000_000]).await;
        more += 1;
    }
    hub.kill().await;
    let cut_off = is_killed(&hub, &command, &mut seed).await;
    println!("cut off {cut_off} times");
    let said = runs(&hub, &command).await.unwrap();
    let count = 6 + more;
    assert!(said.contains(&format!("{count} files")) && said.contains("Set files.store to \"s3\""), "{said}");
    let again = runs(&hub, &command).await.unwrap();
    assert!(again.contains("0 of them were copied now"), "{again}");
    // A byte that is another one in the bucket is found, and the file copied anew.
    let spoilt = super::check::files_below(&server.file(&super::check::site_folder(&server))).remove(0);
    let whole = std::fs::read(&spoilt).unwrap();
    let mut flipped = whole.clone();
    flipped[7] ^= 1;
    std::fs::write(&spoilt, &flipped).unwrap();
    let said = runs(&hub, &command).await.unwrap();
    assert!(said.contains("1 of them were copied now"), "{said}");
    assert!(std::fs::read(&spoilt).unwrap() == whole);
    // Where it is spoilt in the folder too, nothing is well.
    let key = spoilt.strip_prefix(server.file("")).unwrap();
    let in_folder = hub.data().join("files").join(key);
    for path in [&spoilt, &in_folder] {
        std::fs::write(path, &flipped).unwrap();
    }
    let refused = runs(&hub, &command).await.unwrap_err();
    assert!(refused.contains(" instead of "), "{refused}");
    for path in [&spoilt, &in_folder] {
        std::fs::write(path, &whole).unwrap();
    }

    hub.tries_to_start(&[("HUB__FILES__STORE", "s3")]).await.unwrap();
    hub.is_ready().await;
    std::fs::rename(hub.data().join("files"), hub.data().join("aside")).unwrap();
    held.files_are_there().await;
    hub.kill().await;
    let in_use = hub.command(&command).env("HUB__FILES__STORE", "s3").output().await.unwrap();
    assert!(String::from_utf8(in_use.stderr).unwrap().contains("is in use already"));
    std::fs::rename(hub.data().join("aside"), hub.data().join("files")).unwrap();
    let (said, well) = check(&hub, &["--deep"]).await;
    assert!(well, "{said}");
}

/// Another node, whose data directory is elsewhere, writes into the same folder.
#[tokio::test(flavor = "multi_thread")]
async fn files_are_not_moved_while_another_node_runs() {
    let server = s3::Server::start().await;
    let shared = tempfile::tempdir().unwrap();
    let path = |name: &str| shared.path().join(name).to_str().unwrap().to_owned();
    let mut settings = in_bucket(&server);
    settings[0].1 = "local".to_owned();
    settings.push(("HUB__DATABASE__URL", fresh_postgres()));
    settings.push(("HUB__KEYS_DIR", path("keys")));
    settings.push(("HUB__FILES__FOLDER", path("files")));
    let named: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let mut node = Process::new(&named);
    let stopped = Process::new(&named);
    node.start();
    node.is_ready().await;
    let (amina, ticket) = node.site.guest("amina@example.org", "a file").await;
    let file = amina.uploads(ticket.id, "a.txt", b"four score").await.unwrap();
    amina.posts_files(ticket.id, PostKind::Reply, &[&file]).await.unwrap();
    let command = ["move", "files", "--to", "s3"];
    let while_it_runs = stopped.command(&command).output().await.unwrap();
    let said = String::from_utf8(while_it_runs.stdout).unwrap();
    assert_eq!(while_it_runs.status.code(), Some(2), "{said}");
    assert!(said.contains("1 of them were copied now") && said.contains("stop every node"), "{said}");
    node.kill().await;
    // Until Postgres has noticed that the node is gone.
    let moved = async || runs(&stopped, &command).await.ok();
    let said = wait::until("the node is gone", moved).await;
    assert!(said.contains("1 files") && said.contains("Set files.store to \"s3\""), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_move_to_a_bucket_that_is_named_as_a_whole() {
    let mut hub = Process::new(&[("HUB__FILES__S3_BUCKET", "attachments")]);
    works(&mut hub).await;
    hub.kill().await;
    let refused = runs(&hub, &["move", "files", "--to", "s3"]).await.unwrap_err();
    assert!(refused.contains("files.s3_access_key: needed for s3"), "{refused}");
}
