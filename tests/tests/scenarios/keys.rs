//! Keys rotate and retire under a running hub; without them it does not start (R-J6, decisions.md 4).

use std::fs;
use std::path::Path;

use hub::auth::Keys;
use hub::auth::links::LinkUse;
use hub::domain::{Clock, SecureLink};
use hub::store::{Database, Store};
use protocol::http::LinkWay;
use protocol::{ErrorCode, TicketId};
use tests::{Person, Process, wait};

/// What a mail's link to the ticket would be now.
async fn link(process: &Process, store: &Store, ticket: TicketId) -> (SecureLink, String) {
    let keys = Keys::read(&process.data().join("keys")).unwrap();
    let requester = store.ticket_ref(store.site().id, ticket).await.unwrap().unwrap().requester;
    let link = store.secure_link(ticket, requester, &keys.newest_kid()).await.unwrap();
    let token = keys.link_token(&link, LinkUse::Open).unwrap().encode();
    (link, token)
}

async fn runs(process: &Process, arguments: &[&str]) -> Result<String, String> {
    let output = wait::within("the command ends", process.command(arguments).output()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

async fn ticket(process: &Process, address: &str) -> TicketId {
    process.site.guest(address, "hello").await.1.id
}

async fn opens(anybody: &Person, token: &str) -> Result<LinkWay, ErrorCode> {
    anybody.opens_link(token).await.map(|look| look.way).map_err(|problem| problem.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_outlives_a_rotation_and_ends_with_its_key() {
    let mut process = Process::new(&[]);
    process.start();
    process.is_ready().await;
    let store =
        Store::open(Database::Sqlite { path: process.data().join("hub.sqlite3") }, Clock::System).await.unwrap();
    let first = ticket(&process, "a@example.org").await;
    let anybody = process.site.visitor();
    let (old, token) = link(&process, &store, first).await;
    assert_eq!(opens(&anybody, &token).await, Ok(LinkWay::Code));

    runs(&process, &["keys", "rotate"]).await.unwrap();
    let (same, still) = link(&process, &store, first).await;
    assert_eq!((same, &still), (old.clone(), &token), "a link's key never changes");
    // The running hub learns of the key by itself.
    let (new, newer) = wait::until("a new link is made with the new key", async || {
        let next = ticket(&process, "b@example.org").await;
        Some(link(&process, &store, next).await).filter(|(new, _)| new.kid != old.kid)
    })
    .await;
    wait::until("the new key is in use", async || opens(&anybody, &newer).await.ok()).await;
    assert_eq!(opens(&anybody, &token).await, Ok(LinkWay::Code));
    let list = runs(&process, &["keys", "list"]).await.unwrap();
    let rows: Vec<&str> = list.lines().collect();
    assert!(rows.len() == 2 && rows[0].starts_with(&old.kid) && rows[1].contains("the newest"), "{list}");

    let refused = runs(&process, &["keys", "retire", &new.kid]).await.unwrap_err();
    assert!(refused.contains("the newest key"), "{refused}");
    assert!(runs(&process, &["keys", "retire", "nothing"]).await.unwrap_err().contains("there is no key"));
    let told = runs(&process, &["keys", "retire", &old.kid]).await.unwrap();
    assert!(told.contains(" links"), "{told}");
    assert_eq!(opens(&anybody, &token).await, Err(ErrorCode::NotFound));
    assert_eq!(opens(&anybody, &newer).await, Ok(LinkWay::Code));
    let (renewed, another) = link(&process, &store, first).await;
    assert!(renewed.id != old.id && renewed.kid == new.kid);
    assert_eq!(opens(&anybody, &another).await, Ok(LinkWay::Code), "the next mail's link");
    store.close().await;
    process.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_without_the_keys_of_its_database_does_not_start() {
    let mut process = Process::new(&[]);
    process.start();
    process.is_ready().await;
    process.kill().await;
    let keys = process.data().join("keys");
    let aside = process.data().join("aside");
    fs::rename(&keys, &aside).unwrap();
    let refused = runs(&process, &["serve"]).await.unwrap_err();
    assert!(refused.contains("the database was written with the key") && refused.contains("backup"), "{refused}");
    assert!(!keys.exists(), "it makes no keys of its own");
    // Another hub's keys, and another key under the same name.
    let others = Keys::open(&keys, &Clock::System).unwrap();
    assert!(runs(&process, &["serve"]).await.unwrap_err().contains("the database was written with the key"));
    rename_to_the_one_in(&aside, &keys, &others.newest_kid());
    assert!(runs(&process, &["serve"]).await.unwrap_err().contains("or is another one there"));
    fs::remove_dir_all(&keys).unwrap();
    fs::rename(&aside, &keys).unwrap();
    process.start();
    process.is_ready().await;
    process.kill().await;
}

fn rename_to_the_one_in(original: &Path, keys: &Path, kid: &str) {
    let name = fs::read_dir(original).unwrap().next().unwrap().unwrap().file_name();
    fs::rename(keys.join(format!("{kid}.key")), keys.join(name)).unwrap();
}
