//! Backups and moves in one process, where a test decides what happens in between.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::path::Path;

use protocol::frame::PostKind;
use protocol::model::Role;

use super::backup::{Wanted, back_up, begin, files as backed_up_files, finish, look_at, tables};
use super::manifest::{Backup, FileLine, KeptLine};
use super::restore::{Place, RestoredKeys, restore};
use super::{KeepFailure, moving};
use crate::actions::files::verify::Depth;
use crate::auth::Keys;
use crate::domain::Clock;
use crate::domain::file::{FileName, ObjectKey};
use crate::domain::ids::made_at;
use crate::files::Files;
use crate::store::files::{Begun, NewUpload, Space, Stored};
use crate::store::keep::{Look, Wrong};
use crate::store::tests::bench::{Bench, DAY, Opened, text};
use crate::store::tests::on_both;
use crate::store::writer::{Act, Actor};
use crate::store::{Database, Store};

on_both! {
    what_is_erased_while_a_backup_is_made_is_gone_after_a_restore,
    a_move_that_lost_its_last_word_is_told_from_another_database,
    two_backups_are_not_made_in_one_place,
    a_restore_goes_on_whatever_was_cut_off_of_its_keys,
}

fn files(folder: &Path) -> Files {
    Files::in_folder(folder.to_owned(), None, Clock::System)
}

/// A file that a message names.
async fn sends(bench: &Bench, kept: &Files, ticket: Opened, bytes: &[u8]) -> (i64, ObjectKey) {
    let new = NewUpload {
        site: bench.site(),
        ticket: ticket.id,
        uploader: ticket.requester,
        client_id: bench.key(),
        name: FileName::parse("a.txt").unwrap(),
        bytes: 100,
        space: Space { ticket_max: 1_000, person_day_max: 1_000, site_max: 1_000 },
    };
    let Begun::Uploading(uploading) = bench.store.begin_upload(&new).await.unwrap() else { panic!("a new one") };
    kept.put(&uploading.object_key, bytes).await.unwrap();
    let sha256 = <sha2::Sha256 as sha2::Digest>::digest(bytes).into();
    let stored = Stored { media_type: "text/plain", bytes: bytes.len() as i64, sha256, picture: None };
    let file = bench.store.finish_upload(&uploading, &stored).await.unwrap().unwrap();
    let act = Act::Post {
        kind: PostKind::Reply,
        text: text("see"),
        attachments: vec![file.id],
        mentions: Vec::new(),
        drafts: Vec::new(),
    };
    let n = bench.does(ticket.id, Actor::Visitor(ticket.login), act).await.unwrap().n;
    (n, uploading.object_key)
}

async fn empty_postgres() -> Database {
    let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database_url).await.unwrap();
    Database::Postgres { url, connections: 6 }
}

/// Its row is in the backup as it was, and its bytes are not.
async fn what_is_erased_while_a_backup_is_made_is_gone_after_a_restore(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Admin, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let kept = files(&bench.folder().join("files"));
    let (erased, erased_key) = sends(bench, &kept, ticket, b"to be erased").await;
    let (_, left_key) = sends(bench, &kept, ticket, b"to stay").await;
    let look = Look::open(&bench.database).await.unwrap();
    let to = bench.folder().join("monday");
    let wanted = Wanted { look: &look, files: &kept, keys: None, to: &to, clock: &Clock::System };
    let half = begin(&to).unwrap();
    let mut manifest = tables(&wanted, &half.path).await.unwrap();
    // The erasure comes between the rows and the files.
    bench.does(ticket.id, Actor::Agent(lea.login), Act::Redact { target: erased }).await.unwrap();
    kept.remove(&erased_key, None).await.unwrap();
    let mut not_well = Wrong::default();
    backed_up_files(&wanted, &half.path, &mut manifest, &mut not_well).await.unwrap();
    manifest.write(&half.path).unwrap();
    finish(&half.path, &to).unwrap();
    assert!(not_well.is_none() && manifest.files.count == 1, "{not_well:?}");

    let backup = Backup::open(&to).unwrap();
    assert!(look_at(&backup, &Clock::System).await.unwrap().is_none());
    let lines = backup.file_list().unwrap().next(10).unwrap();
    let listed: HashMap<_, _> = lines.iter().map(|line| FileLine::read(line).unwrap()).collect();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[&erased_key], KeptLine::Gone);
    assert!(matches!(&listed[&left_key], KeptLine::Kept { bytes: 7, .. }), "{listed:?}");

    let data = tempfile::tempdir().unwrap();
    let (database, restored) = (empty_postgres().await, files(&data.path().join("files")));
    let place = Place {
        data_dir: data.path(),
        database: &database,
        files: &restored,
        keys_dir: &data.path().join("keys"),
        times: bench.store.alert_times().to_owned(),
        clock: bench.store.clock(),
    };
    assert_eq!(restore(&backup, &place).await.unwrap(), RestoredKeys::Lost);
    let there = Look::open(&database).await.unwrap();
    let found = super::check::check(&there, &restored, Depth::Bytes, bench.clock.now()).await.unwrap();
    assert!(found.iter().all(|finding| finding.wrong.is_none()), "{found:#?}");
    assert!(!there.is_stored(&erased_key).await.unwrap() && there.is_stored(&left_key).await.unwrap());
    let store = Store::open(database.clone(), bench.store.clock().clone()).await.unwrap();
    assert_eq!(made_at(store.epoch()), bench.clock.now(), "from here on orphans are old");
    // Its message is there again, and names it still.
    bench.clock.advance(2 * DAY);
    for leftover in store.leftovers(None).await.unwrap() {
        store.bytes_removed(&leftover).await.unwrap();
    }
    assert_eq!(store.forget_uploads().await.unwrap(), 0);
    store.close().await;
    let found = there.check(bench.clock.now()).await.unwrap();
    assert!(found.iter().all(|finding| finding.wrong.is_none()), "{found:#?}");
    there.close().await;
    look.close().await;
}

async fn a_move_that_lost_its_last_word_is_told_from_another_database(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let to = empty_postgres().await;
    let look = Look::open(&bench.database).await.unwrap();
    let moves = async || moving::database(&look, &to, bench.store.clock()).await;
    let rows = moves().await.unwrap();
    assert_eq!(moves().await.unwrap(), rows, "it is there, and the same");
    // The hub was started again, and people wrote to it.
    bench.says(ticket, "one more thing").await;
    let refused = moves().await.unwrap_err();
    assert!(matches!(&refused, KeepFailure::Refused(said) if said.contains("is not empty")), "{refused}");
    look.close().await;
    Store::open(to, bench.store.clock().clone()).await.unwrap().close().await;
}

async fn two_backups_are_not_made_in_one_place(bench: &Bench) {
    let look = Look::open(&bench.database).await.unwrap();
    let (kept, to) = (files(&bench.folder().join("files")), bench.folder().join("monday"));
    let wanted = Wanted { look: &look, files: &kept, keys: None, to: &to, clock: &Clock::System };
    let half = bench.folder().join("monday.half");
    std::fs::create_dir(&half).unwrap();
    let held = std::fs::File::open(&half).unwrap();
    held.lock().unwrap();
    let refused = back_up(&wanted).await.err().unwrap();
    assert!(refused.to_string().contains("another backup is being made"), "{refused}");
    drop(held);
    back_up(&wanted).await.unwrap();
    assert!(!half.exists());
    look.close().await;
}

/// What there is of the keys, and of the mark, when a restore is killed while it writes them.
async fn a_restore_goes_on_whatever_was_cut_off_of_its_keys(bench: &Bench) {
    bench.guest_opens("Hello").await;
    let (kept, keys_dir) = (files(&bench.folder().join("files")), bench.folder().join("keys"));
    let keys = Keys::open(&keys_dir, &Clock::System).unwrap();
    for _ in 0..2 {
        keys.rotate(&Clock::System).unwrap();
    }
    let newest = keys.newest_kid();
    bench.store.set_newest_key(&newest, &keys.fingerprint(&newest).unwrap(), None).await.unwrap();
    let look = Look::open(&bench.database).await.unwrap();
    let to = bench.folder().join("monday");
    let wanted = Wanted { look: &look, files: &kept, keys: Some(&keys_dir), to: &to, clock: &Clock::System };
    back_up(&wanted).await.unwrap();
    look.close().await;
    let backup = Backup::open(&to).unwrap();
    let all = keys.kids().into_iter().map(|kid| {
        let name = format!("{kid}.key");
        (name.clone(), std::fs::read(keys_dir.join(name)).unwrap())
    });
    let all: Vec<_> = all.collect();
    let half = |n: usize| (all[n].0.replace(".key", ".half"), all[n].1[..9].to_vec());
    let mark = |text: &str, name: &str| (name.to_owned(), text.as_bytes().to_vec());
    let (begun, first) = (mark(&backup.id, "restoring"), all[0].clone());
    for (in_data, in_keys) in [
        (mark(&backup.id[..9], "restoring.half"), vec![]),
        (begun.clone(), vec![half(0)]),
        (begun.clone(), vec![first.clone()]),
        (begun.clone(), vec![first, half(1)]),
        (begun, all[..2].to_vec()),
    ] {
        let data = tempfile::tempdir().unwrap();
        let there = data.path().join("keys");
        std::fs::write(data.path().join(&in_data.0), &in_data.1).unwrap();
        std::fs::create_dir(&there).unwrap();
        for (name, bytes) in &in_keys {
            std::fs::write(there.join(name), bytes).unwrap();
        }
        let database = Database::Sqlite { path: data.path().join("hub.db") };
        let restored_files = files(&data.path().join("files"));
        let place = Place {
            data_dir: data.path(),
            database: &database,
            files: &restored_files,
            keys_dir: &there,
            times: bench.store.alert_times().to_owned(),
            clock: bench.store.clock(),
        };
        assert_eq!(restore(&backup, &place).await.unwrap(), RestoredKeys::There, "{in_keys:?}");
        let mut names: Vec<_> = std::fs::read_dir(&there).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
        assert!(all.iter().all(|(name, bytes)| std::fs::read(there.join(name)).unwrap() == *bytes));
        assert_eq!(std::fs::read_to_string(data.path().join("restoring")).unwrap(), backup.id);
    }
}
