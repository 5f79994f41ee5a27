//! A newer version comes to an older database: killed half-way, with other nodes beside it, and the other way
//! round (R-K16).

use hub::auth::links::LinkUse;
use protocol::TicketId;
use protocol::frame::PostKind;
use protocol::http::TicketAction;
use serde_json::{Value, json};
use tests::older::{self, TICKET, Trap};
use tests::page::Line;
use tests::people::{Person, Site};
use tests::process::Process;
use tests::socket::new_client_id;
use tests::sql::Sql;
use tests::stored::Place;
use tests::{Hub, wait};

mod kills_while_the_schema_changes_leave_what_the_next_start_finishes {
    use super::{Place, kills};

    #[tokio::test(flavor = "multi_thread")]
    async fn on_sqlite() {
        kills(Place::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn on_postgres() {
        kills(Place::postgres()).await;
    }
}

/// A start on the older database is stuck at several places, one after the other, and killed there.
async fn kills(place: Place) {
    let newest = newest_shape(&place).await;
    let settings: Vec<_> = place.setting().into_iter().collect();
    let mut hub = Process::new(&settings);
    let data = hub.data().to_owned();
    let mut sql = Sql::open(&place, &data).await;
    older::first_step(&mut sql).await;
    let (shape, rows) = (sql.shape().await, older::rows(&mut sql).await);
    assert!(rows.len() > 12, "{rows:#?}");
    // The last one is within a step; on SQLite within the last statement of all.
    for trap in [Trap::After(2), Trap::After(6), Trap::After(12), Trap::Updating("ticket")] {
        if let Trap::Updating(_) = trap {
            sql.run("update ticket set status = 'closed'").await;
        }
        trap.set(&mut sql).await;
        Trap::hold(&mut sql).await;
        hub.start();
        Trap::is_reached(&mut sql, &data).await;
        hub.kill().await;
        Trap::let_go(&mut sql).await;
        if let Sql::Sqlite(_) = sql {
            // As the next start finds it: the log is read anew.
            sql.close().await;
            sql = Sql::open(&place, &data).await;
        }
        Trap::remove(&mut sql).await;
        assert_eq!(sql.shape().await, shape, "{trap:?}: nothing of it is there");
        assert_eq!(sql.number("select max(version) from schema_step").await, 1, "{trap:?}");
        if let Trap::Updating(_) = trap {
            sql.run("update ticket set status = 'pending'").await;
        }
        assert_eq!(older::rows(&mut sql).await, rows, "{trap:?}");
    }
    let done = hub.command(&["migrate"]).output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(sql.shape().await, newest, "as a new database");
    assert_eq!(older::rows(&mut sql).await, rows);
    sql.close().await;

    hub.start();
    hub.is_ready().await;
    goes_on(&hub.site, &hub.first_admin_link().await).await;
    let check = hub.command(&["check"]).output().await.unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    hub.kill().await;
}

/// What a new database has.
async fn newest_shape(like: &Place) -> Vec<String> {
    let place = match like {
        Place::Sqlite => Place::Sqlite,
        Place::Postgres(_) => Place::postgres(),
    };
    let settings: Vec<_> = place.setting().into_iter().collect();
    let new = Process::new(&settings);
    let done = new.command(&["migrate"]).output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut sql = Sql::open(&place, new.data()).await;
    let shape = sql.shape().await;
    sql.close().await;
    shape
}

/// The conversation of the older version, in its guest's browser of then.
async fn goes_on(site: &Site, first_admin: &str) {
    let mut nora = site.first_admin(first_admin).await;
    let mut amina = older::amina(site);
    nora.follows(TICKET).await;
    amina.follows(TICKET).await;
    amina.posts(TICKET, "It came, thank you").await;
    nora.sees(TICKET, "It came, thank you").await;
    nora.posts(TICKET, "Glad to hear").await;
    amina.sees(TICKET, "Glad to hear").await;
    let history = amina.history(TICKET).await;
    let said = ["Where is my parcel?", "It is on its way.", "It came, thank you", "Glad to hear"];
    assert_eq!(history.iter().filter_map(Line::text).collect::<Vec<_>>(), said);
    let found: Value = nora.browser.get("/v1/agent/search?q=carrier").await.unwrap();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "older texts are found: {found}");
}

/// Every command that would read or write what it does not know.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_refuses_a_newer_schema_in_a_sentence() {
    for place in [Place::Sqlite, Place::postgres()] {
        let settings: Vec<_> = place.setting().into_iter().collect();
        let mut hub = Process::new(&settings);
        hub.tries_to_start(&[]).await.unwrap();
        hub.kill().await;
        let mut sql = Sql::open(&place, hub.data()).await;
        let known = sql.number("select max(version) from schema_step").await;
        let newer = format!("insert into schema_step (version, name, applied_at) values ({}, 'newer', 1)", known + 1);
        sql.run(&newer).await;
        let before = sql.shape().await;
        for command in ["serve", "migrate", "check", "doctor", "backup"] {
            let folder = hub.data().join("backup");
            let mut asked = hub.command(&[command]);
            if command == "backup" {
                asked.arg(&folder);
            }
            let done = asked.output().await.unwrap();
            let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
            let sentence = "written by a newer version of the hub";
            assert!(!done.status.success() && said.contains(sentence), "{command}: {said}");
            let steps = said.contains(&format!("step {}", known + 1)) && said.contains(&known.to_string());
            assert!(steps, "{command}: {said}");
        }
        assert_eq!(sql.shape().await, before);
        sql.run(&format!("delete from schema_step where version = {}", known + 1)).await;
        hub.tries_to_start(&[]).await.unwrap();
        hub.kill().await;
        sql.close().await;
    }
}

/// One of them takes the steps, the other waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_on_an_older_database_both_run() {
    let (place, keys) = (Place::postgres(), tempfile::tempdir().unwrap());
    let settings = [place.setting().unwrap(), ("HUB__KEYS_DIR", keys.path().to_str().unwrap())];
    let mut one = Process::node(None, &settings);
    let mut other = Process::node(Some(&one), &settings);
    let mut sql = Sql::open(&place, one.data()).await;
    older::first_step(&mut sql).await;
    Trap::After(6).set(&mut sql).await;
    Trap::hold(&mut sql).await;
    one.start();
    Trap::is_reached(&mut sql, one.data()).await;
    other.start();
    // For the lock that the first one holds.
    let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted and objid <> 1 \
                   and database = (select oid from pg_database where datname = current_database())";
    wait::until("the other one waits", async || (sql.number(waiting).await == 1).then_some(())).await;
    Trap::let_go(&mut sql).await;
    one.is_ready().await;
    other.is_ready().await;
    assert_eq!(
        sql.number("select count(*) from schema_step").await,
        sql.number("select max(version) from schema_step").await
    );
    Trap::remove(&mut sql).await;
    assert_eq!(sql.shape().await, newest_shape(&place).await);
    sql.close().await;
    // The link that was made last holds, whichever node it was.
    let mut link = one.first_admin_link().await;
    if one.site.browser().get::<Value>(&format!("/v1/agent/links/{link}")).await.is_err() {
        link = other.first_admin_link().await;
    }
    goes_on(&one.site, &link).await;
    let mut amina = older::amina(&one.site);
    amina.connects_through(other.site.addr).await;
    amina.follows(TICKET).await;
    amina.sees(TICKET, "Glad to hear").await;
    one.kill().await;
    other.kill().await;
}

on_both! {
    /// A newer node takes its steps while this one serves: more tables, columns and indexes, and rows of steps that
    /// this one does not know. Nothing here reads what it did not ask for, nor keeps a statement whose answer would
    /// have another form.
    async fn a_running_node_goes_on_while_a_newer_one_changes_the_schema(hub) {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let place = hub.place();
        let mut sql = Sql::open(&place, &hub.data()).await;
        uses_everything(hub, &mut nora, &mut amina, ticket, "before").await;
        for (n, table) in sql.tables().await.into_iter().enumerate() {
            sql.run(&format!("alter table {table} add column newer_{n} text")).await;
            sql.run(&format!("create index newer_index_{n} on {table} (newer_{n})")).await;
            let text = format!("while {table} is changed");
            amina.posts(ticket, &text).await;
            nora.sees(ticket, &text).await;
        }
        sql.run("create table newer (id bigint primary key, at bigint not null)").await;
        sql.run("insert into schema_step (version, name, applied_at, newer_0) values (99, 'newer', 1, null)").await;
        uses_everything(hub, &mut nora, &mut amina, ticket, "after").await;
        sql.close().await;
    }
}

/// Reads and writes nearly every table, by pages and by sockets.
async fn uses_everything(hub: &Hub, nora: &mut Person, amina: &mut Person, ticket: TicketId, when: &str) {
    let text = format!("everything {when}");
    let n = amina.posts(ticket, &text).await;
    nora.sees(ticket, &text).await;
    nora.reads(ticket, n).await;
    nora.notes(ticket, &format!("a note {when}")).await;
    for action in [
        TicketAction::Tag { add: vec![when.to_owned()], remove: Vec::new() },
        TicketAction::Solve,
        TicketAction::Reopen { pending: false },
    ] {
        nora.decides(ticket, action).await.unwrap();
    }
    let file = amina.uploads(ticket, "a.txt", text.as_bytes()).await.unwrap();
    amina.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap();
    assert_eq!(nora.downloads(ticket, file.id).await.bytes, text.as_bytes());
    let view = json!({ "name": when, "filters": { "tags": [when] } });
    let _: Value = nora.browser.post_once(new_client_id(), "/v1/agent/saved-views", view).await.unwrap();
    let kept = json!({ "name": when, "content": { "text": { "kind": "reply", "text": when } } });
    let _: Value = nora.browser.post_once(new_client_id(), "/v1/agent/macros", kept).await.unwrap();
    hub.team(nora, &format!("Team {when}")).await;
    for path in [
        "me",
        "views",
        "saved-views",
        "macros",
        "drafts",
        "tags",
        "tickets",
        "colleagues",
        "agents",
        "search?q=everything",
        &format!("tickets/{ticket}/events"),
        &format!("tickets/{ticket}/files"),
        &format!("tickets/{ticket}/alerts"),
        &format!("tickets/{ticket}/access"),
        &format!("tickets/{ticket}/drafts"),
    ] {
        let _: Value = nora.browser.get(&nora.path(path)).await.unwrap();
    }
    for path in ["me", "tickets", &format!("tickets/{ticket}")] {
        let _: Value = amina.browser.get(&amina.path(path)).await.unwrap();
    }
    // New people, their codes and mails.
    let address = format!("{when}@example.org");
    let (guest, opened) = hub.site.guest(&address, &text).await;
    guest.comes_back(&hub.link_token(opened.id, LinkUse::Open).await, &address).await;
    hub.site.customer(&format!("customer.{when}@example.org")).await.opens_as_customer(&text).await.unwrap();
    let history = amina.history(ticket).await;
    assert!(history.iter().any(|line| line.text() == Some(&text)));
}
