//! `hub check` of the built binary: a line for each invariant, beside a running hub (R-K19).

use std::path::{Path, PathBuf};

use protocol::TicketId;
use protocol::frame::PostKind;
use testkit::{postgres, s3};
use tests::people::Person;
use tests::process::Process;

/// What it printed, and whether all was well.
pub async fn check(hub: &Process, arguments: &[&str]) -> (String, bool) {
    let done = hub.command(&[&["check"], arguments].concat()).output().await.unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    (String::from_utf8(done.stdout).unwrap(), done.status.success())
}

/// Somebody who sent two files.
async fn guest_with_files(hub: &Process) -> (Person, TicketId) {
    let (amina, ticket) = hub.site.guest("amina@example.org", "two files").await;
    for name in ["a.txt", "b.txt"] {
        let file = amina.uploads(ticket.id, name, b"four score and seven").await.unwrap();
        amina.posts_files(ticket.id, PostKind::Reply, &[&file]).await.unwrap();
    }
    (amina, ticket.id)
}

/// Every file below a folder, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_below(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

fn lines(said: &str) -> Vec<&str> {
    said.lines().map(|line| line.split_whitespace().next().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_as_they_came_are_named() {
    let mut hub = Process::new(&[]);
    let done = hub.command(&["check"]).output().await.unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success() && said.contains("there is no database in"), "{said}");
    assert!(!hub.data().join("hub.sqlite3").exists(), "it makes nothing");
    hub.start();
    hub.is_ready().await;
    guest_with_files(&hub).await;
    let (said, well) = check(&hub, &["--deep"]).await;
    assert!(well && lines(&said) == ["ok"; 16], "{said}");

    let files = files_below(&hub.data().join("files"));
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    std::fs::write(&files[0], b"four score and eight").unwrap();
    let (said, well) = check(&hub, &[]).await;
    assert!(well, "as many bytes as there were: {said}");
    let (said, well) = check(&hub, &["--deep"]).await;
    let line = said.lines().find(|line| line.starts_with("!!  files")).expect("the line of files");
    assert!(!well && line.contains(&name(&files[0])) && line.contains(" instead of "), "{line}");
    assert_eq!(lines(&said).iter().filter(|mark| **mark == "!!").count(), 1, "{said}");
    std::fs::write(&files[0], b"four score").unwrap();
    std::fs::remove_file(&files[1]).unwrap();
    let (said, well) = check(&hub, &[]).await;
    let line = said.lines().find(|line| line.starts_with("!!  files")).expect("the line of files");
    assert!(!well && line.contains("10 bytes instead of 20"), "{line}");
    assert!(line.contains(&name(&files[1])) && line.contains("is missing"), "{line}");
    hub.kill().await;
    // Nor does it need a hub that runs.
    assert_eq!(check(&hub, &[]).await, (said, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_files_are_looked_at_on_postgres_and_s3() {
    let server = s3::Server::start().await;
    let endpoint = format!("http://127.0.0.1:{}", server.port());
    let url = tokio::task::block_in_place(postgres::fresh_database_url);
    let mut hub = Process::new(&[
        ("HUB__DATABASE__URL", &url),
        ("HUB__FILES__STORE", "s3"),
        ("HUB__FILES__S3_ENDPOINT", &endpoint),
        ("HUB__FILES__S3_BUCKET", s3::BUCKET),
        ("HUB__FILES__S3_ACCESS_KEY", s3::ACCESS_KEY),
        ("HUB__FILES__S3_SECRET_KEY", s3::SECRET_KEY),
    ]);
    hub.start();
    hub.is_ready().await;
    let (_, ticket) = guest_with_files(&hub).await;
    let (said, well) = check(&hub, &["--deep"]).await;
    assert!(well && lines(&said) == ["ok"; 16], "{said}");
    let database = url.rsplit_once('/').unwrap().1;
    let spoil = "update ticket set last_pub_seq = last_pub_seq + 1";
    tokio::task::block_in_place(|| postgres::server().run_sql(database, spoil));
    let kept = files_below(&server.file(&site_folder(&server)));
    std::fs::remove_file(&kept[0]).unwrap();
    let (said, well) = check(&hub, &[]).await;
    assert!(!well);
    let line = |invariant: &str| said.lines().find(|line| line[4..].starts_with(invariant)).unwrap().to_owned();
    assert!(line("public numbers").contains(&ticket.to_string()), "{said}");
    assert!(line("files").starts_with("!!") && line("files").contains("is missing"), "{said}");
    assert!(line("numbers").starts_with("ok"), "{said}");
    hub.kill().await;
}

/// The one site's folder in the bucket.
pub fn site_folder(server: &s3::Server) -> String {
    let site = std::fs::read_dir(server.file("")).unwrap().map(|entry| entry.unwrap());
    let mut names = site.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.find(|name| !name.starts_with('.')).unwrap()
}
