//! What `hub doctor` says of what a hub needs: the database, the bucket, the keys, the clock, the disks, and a hub
//! that is another's.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use reqwest::Method;
use testkit::{faketime, postgres, redis, s3};
use tests::process::Process;
use tokio::process::Command;

use crate::backup::in_bucket;
use crate::doctor::{doctor, tls_in_front_of};

/// What was said of one thing: the mark and the sentence.
fn of(said: &str, what: &str) -> String {
    let lines = said.lines().filter_map(|line| Some((line.get(..4)?, line.get(4..20)?.trim(), line.get(20..)?)));
    let found: Vec<_> =
        lines.filter(|(_, name, _)| *name == what).map(|(mark, _, text)| format!("{mark}{text}")).collect();
    assert_eq!(found.len(), 1, "{what} in {said}");
    found.into_iter().collect()
}

fn strs<'a>(settings: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    settings.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

/// The doctor as somebody whom the modes of files hold back, also where the tests run as root.
async fn doctor_without_roots_rights(hub: &Process) -> String {
    let doctor = hub.command(&["doctor", "--quick"]);
    let mut command = Command::new("setpriv");
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        let rights = "-dac_override,-dac_read_search";
        command.args(["--bounding-set", rights, "--inh-caps", rights]);
    }
    command.arg(doctor.as_std().get_program()).args(doctor.as_std().get_args());
    command.envs(doctor.as_std().get_envs().filter_map(|(key, value)| Some((key, value?))));
    let done = command.output().await.unwrap();
    assert!(!done.status.success() && done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

static WRITES: [Method; 2] = [Method::PUT, Method::POST];
static REMOVES: [Method; 1] = [Method::DELETE];

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_uses_each_right_at_the_bucket_and_leaves_nothing_there() {
    let hub = Process::new(&[]);
    let everything = s3::Server::start().await;
    let (said, well) = doctor(&hub, &strs(&in_bucket(&everything))).await;
    assert!(well, "{said}");
    assert_eq!(of(&said, "files"), "ok  the bucket attachments gives every right that the hub needs");
    let left = fs::read_dir(everything.file("guichet-doctor")).map_or(0, Iterator::count);
    assert_eq!(left, 0);

    for (refused, right) in [(&WRITES[..], "write (PutObject)"), (&REMOVES[..], "remove (DeleteObject)")] {
        let server = s3::Server::start_refusing(refused).await;
        let (said, well) = doctor(&hub, &strs(&in_bucket(&server))).await;
        let expected = format!("!!  the bucket attachments: may not {right}: ");
        assert!(!well && of(&said, "files").starts_with(&expected), "{said}");
        assert!(of(&said, "files").ends_with(": check [files], and the rights of its key"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_that_postgres_takes_no_writes() {
    let sql = |database: &str, text: &str| {
        tokio::task::block_in_place(|| postgres::server().run_sql(database, text));
    };
    let url = tokio::task::block_in_place(postgres::fresh_database_url);
    let name = url.rsplit_once('/').unwrap().1.to_owned();
    sql("postgres", "create role reader_of_doctor login");
    let reader = url.replace("postgres@", "reader_of_doctor@");
    let mut hub = Process::new(&[("HUB__DATABASE__URL", &url)]);
    let database = async |hub: &Process, url: &str| {
        let (said, well) = doctor(hub, &[("HUB__DATABASE__URL", url)]).await;
        (of(&said, "database"), well)
    };
    let refused = "!!  Postgres answers, and takes no writes: ";
    let owner = "the account may not make tables there: make it the owner of the database";
    assert_eq!(database(&hub, &reader).await, (format!("{refused}{owner}"), false));

    hub.tries_to_start(&[]).await.unwrap();
    hub.kill().await;
    sql(&name, "grant select on all tables in schema public to reader_of_doctor");
    let (said, well) = database(&hub, &reader).await;
    assert!(!well && said.starts_with(&format!("{refused}the account may not write the table ")), "{said}");
    // All that the hub does; nothing of the audit is removed (R-J3).
    sql(&name, "grant insert, update, delete on all tables in schema public to reader_of_doctor");
    sql(&name, "revoke delete on audit from reader_of_doctor");
    let well = "ok  Postgres answers, and its schema is up to date".to_owned();
    assert_eq!(database(&hub, &reader).await, (well.clone(), true));
    assert_eq!(database(&hub, &url).await, (well, true));

    sql("postgres", &format!("alter database {name} set default_transaction_read_only = on"));
    let (said, well) = database(&hub, &url).await;
    assert!(!well && said.starts_with(&format!("{refused}its transactions are read-only: ")), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_that_postgres_is_a_standby() {
    let mut server = tokio::task::block_in_place(|| postgres::Server::own("hub", None));
    tokio::task::block_in_place(|| {
        server.run_sql("hub", "checkpoint");
        // In its own folder, which a standby knows itself by.
        server.run_sql("hub", "copy (select 1) to program 'cat > standby.signal'");
        server.kill();
        server.again();
    });
    let (said, well) = doctor(&Process::new(&[]), &[("HUB__DATABASE__URL", &server.url_of_owner("hub"))]).await;
    let expected = "!!  Postgres answers, and takes no writes: it is a standby: name its primary in database.url";
    assert_eq!((of(&said, "database").as_str(), well), (expected, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_what_the_hub_may_not_write_or_read() {
    let mut hub = Process::new(&[]);
    hub.tries_to_start(&[]).await.unwrap();
    hub.kill().await;
    let (file, keys) = (hub.data().join("hub.sqlite3"), hub.data().join("keys"));
    mode(&file, 0o400);
    let said = doctor_without_roots_rights(&hub).await;
    let expected = format!("!!  SQLite's {} cannot be written (", file.display());
    assert!(of(&said, "database").starts_with(&expected), "{said}");
    assert!(
        of(&said, "keys").starts_with("??  1; whether they are those of the database could not be asked"),
        "{said}"
    );
    mode(&file, 0o600);
    mode(&keys, 0o000);
    let said = doctor_without_roots_rights(&hub).await;
    let expected = format!("!!  cannot use the key directory {}: ", keys.display());
    assert!(of(&said, "keys").starts_with(&expected), "{said}");
    mode(&keys, 0o700);
}

/// Each of them keeps a hub from starting.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_compares_the_keys_with_those_of_the_database() {
    let mut hub = Process::new(&[]);
    let (said, _) = doctor(&hub, &[]).await;
    assert!(of(&said, "keys").starts_with("??  none in "), "{said}");
    hub.tries_to_start(&[]).await.unwrap();
    hub.kill().await;
    let (said, well) = doctor(&hub, &[]).await;
    let expected = "ok  1, readable by the hub alone; back them up apart from the database";
    assert_eq!((of(&said, "keys").as_str(), well), (expected, true));

    let keys = hub.data().join("keys");
    let key = fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    let kid = key.file_stem().unwrap().to_str().unwrap();
    let other_keys = format!("!!  the database was written with the key {kid}, which is not in {} ", keys.display());
    let text = fs::read_to_string(&key).unwrap();
    // Of the same name, and another hub's.
    let other = if text.starts_with('A') { 'B' } else { 'A' };
    fs::write(&key, format!("{other}{}", &text[1..])).unwrap();
    let (said, well) = doctor(&hub, &[]).await;
    assert!(!well && of(&said, "keys").starts_with(&other_keys), "{said}");
    assert!(hub.tries_to_start(&[]).await.is_err());
    fs::remove_file(&key).unwrap();
    let (said, well) = doctor(&hub, &[]).await;
    assert!(!well && of(&said, "keys").starts_with(&other_keys), "{said}");
    assert!(hub.tries_to_start(&[]).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_compares_this_machines_clock_with_those_of_others() {
    let url = tokio::task::block_in_place(postgres::fresh_database_url);
    let redis = tokio::task::block_in_place(redis::Server::start);
    let settings = [("HUB__DATABASE__URL", url.as_str()), ("HUB__REDIS__URLS", &redis.url())];
    let mut hub = Process::new(&settings);
    hub.tries_to_start(&[]).await.unwrap();
    let (said, _) = doctor(&hub, &[]).await;
    assert_eq!(of(&said, "clock"), format!("ok  goes with that of Postgres, Redis, {}", hub.site.origin));

    let library = faketime::library().display().to_string();
    let wrong = |by| [("LD_PRELOAD", &*library), ("FAKETIME", by), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    let (said, well) = doctor(&hub, &wrong("+3600")).await;
    let clock = of(&said, "clock");
    assert!(!well && clock.starts_with("!!  is 3") && clock.contains(" s ahead of that of Postgres, 3"), "{said}");
    assert!(clock.contains(" s ahead of that of Redis, 3"), "{said}");
    assert!(clock.contains(&format!(" s ahead of that of {}: set it (NTP)", hub.site.origin)), "{said}");
    let (said, _) = doctor(&hub, &wrong("-20")).await;
    assert!(of(&said, "clock").starts_with("??  is ") && of(&said, "clock").contains(" s behind that of "), "{said}");
    hub.kill().await;

    // An account that may do what the hub does, and not ask for the time.
    let rights = "resetkeys resetchannels &hub:* -@all +publish +subscribe +ping";
    assert_eq!(redis.says(&format!("ACL SETUSER guichet on >password {rights}")), "+OK");
    let account = format!("redis://guichet:password@127.0.0.1:{}", redis.port());
    let (said, well) = doctor(&hub, &[("HUB__REDIS__URLS", &account)]).await;
    assert!(well, "{said}");
    assert_eq!(of(&said, "Redis"), "ok  what is told there comes back");
    assert_eq!(of(&said, "clock"), "ok  goes with that of Postgres");

    let server = s3::Server::start().await;
    let bucket = in_bucket(&server);
    let (said, _) = doctor(&Process::new(&[]), &[&strs(&bucket)[..], &wrong("+20")].concat()).await;
    assert!(
        of(&said, "clock").starts_with("??  is ") && of(&said, "clock").contains(" s ahead of that of S3"),
        "{said}"
    );
}

/// As with a configuration file alone, where the rest stands in a node's environment.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_goes_to_the_public_address_though_the_data_directory_is_another() {
    let mut hub = Process::new(&[]);
    let (front, certificate) = tls_in_front_of(hub.site.addr, "0.0.0.0").await;
    // No address of this machine alone, though nothing else is behind it here.
    let origin = format!("https://0.0.0.0:{}", front.port());
    hub.tries_to_start(&[("HUB__PUBLIC_ORIGIN", &origin)]).await.unwrap();
    let elsewhere = Process::new(&[]);
    let (said, well) = doctor(&elsewhere, &[]).await;
    assert!(well, "{said}");
    for what in ["database", "keys", "hub", "public address", "websocket", "clock"] {
        assert!(of(&said, what).starts_with("??  "), "nothing was tried: {said}");
    }
    let trusted = elsewhere.data().join("trusted.pem");
    fs::write(&trusted, certificate).unwrap();
    let keys = hub.data().join("keys").display().to_string();
    let settings =
        [("HUB__PUBLIC_ORIGIN", &*origin), ("HUB__KEYS_DIR", &keys), ("SSL_CERT_FILE", trusted.to_str().unwrap())];
    let (said, _) = doctor(&elsewhere, &settings).await;
    assert!(of(&said, "hub").starts_with("??  none runs on the data in "), "{said}");
    assert_eq!(of(&said, "public address"), format!("ok  {origin} leads to a hub"));
    assert_eq!(of(&said, "websocket"), format!("ok  goes through {origin} and back"));
    assert!(of(&said, "proxy: uploads").starts_with("ok  a file of 25 MiB comes through"), "{said}");
    hub.kill().await;
    let (said, well) = doctor(&elsewhere, &settings).await;
    for what in ["public address", "websocket"] {
        let found = of(&said, what);
        assert!(!well && found.starts_with("!!  ") && found.ends_with("; or the hub is not started yet"), "{said}");
    }
}

/// A pipe that nobody reads is as silent as a network's disk whose server is gone.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_does_not_wait_for_a_disk_that_does_not_answer() {
    let hub = Process::new(&[]);
    let folder = tempfile::tempdir().unwrap();
    for place in [hub.data(), folder.path()] {
        let made = Command::new("mkfifo").arg(place.join(".doctor")).status().await;
        assert!(made.unwrap().success(), "mkfifo, of coreutils");
    }
    let (said, well) = doctor(&hub, &[("HUB__FILES__FOLDER", folder.path().to_str().unwrap())]).await;
    assert!(!well);
    let silent = |place: &Path| {
        format!("!!  {} does not answer within 5 s: is its disk, or the network to it, well?", place.display())
    };
    assert_eq!(of(&said, "data directory"), silent(hub.data()));
    assert_eq!(of(&said, "files"), silent(folder.path()));
    assert!(of(&said, "disk of files").ends_with(" MiB are free"), "{said}");
}
