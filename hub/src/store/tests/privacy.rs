//! What requesters must never see, and what must be gone once it is erased.

use protocol::http::ChangeAgent;
use protocol::model::Role;

use super::bench::{Bench, email, name, post, text};
use super::on_both;
use crate::domain::access::Audience;
use crate::domain::committed::Committed;
use crate::store::Database;
use crate::store::sql::{Columns, Sql, all};
use crate::store::writer::{Act, Actor};

const CANARY: &str = "canary-7f3a";

/// Every text and blob column of every table that holds the words.
pub async fn columns_with(bench: &Bench, words: &str) -> Vec<String> {
    let columns = match bench.is_postgres() {
        true => {
            "select table_name as t, column_name as c from information_schema.columns where table_schema = 'public'"
        }
        false => {
            "select m.name as t, p.name as c from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table'"
        }
    };
    let mut found = Vec::new();
    for row in all(bench.store.db().writes(), Sql::new(columns)).await.unwrap() {
        let (table, column): (String, String) = (row.get("t").unwrap(), row.get("c").unwrap());
        let text = format!("select count(*) as n from \"{table}\" where cast(\"{column}\" as text) like '%{words}%'");
        if bench.number(&text).await > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

on_both! {
    internal_words_reach_no_requester,
    a_redaction_erases_from_every_column,
    an_erased_line_gives_way_only_when_it_was_shown,
    tokens_are_not_in_the_database,
}

/// Invariant 11: notes, agents' addresses and team names reach no requester, by no read.
async fn internal_words_reach_no_requester(bench: &Bench) {
    let mut commits = bench.store.commits();
    let team = bench.team(CANARY).await;
    let admin = bench.agent("Ada", Role::Admin, &[team]).await;
    let hidden = bench
        .store
        .add_agent(bench.site(), &email(&format!("{CANARY}@agents.example")), &name("Lea"), Role::Agent, &[team], None)
        .await
        .unwrap();
    bench.store.set_password(bench.site(), hidden, CANARY.to_owned()).await.unwrap();
    let ticket = bench.guest_opens("Hello").await;
    let actor = Actor::Agent(admin.login);
    bench.notes(ticket.id, admin, CANARY).await;
    bench.does(ticket.id, actor, Act::Assign { team: Some(team), agent: Some(hidden) }).await.unwrap();
    bench.does(ticket.id, actor, Act::Edit { target: 3, text: text(&format!("{CANARY} again")) }).await.unwrap();
    bench.answers(ticket.id, admin, "hello").await;
    bench.does(ticket.id, actor, post(protocol::frame::PostKind::Note, CANARY)).await.unwrap();
    bench.does(ticket.id, actor, Act::Redact { target: 8 }).await.unwrap();
    bench.does(ticket.id, actor, Act::Solve).await.unwrap();

    let mut seen = Vec::new();
    while let Ok(told) = commits.try_recv() {
        for committed in told {
            let Committed::Event(event) = committed else { continue };
            seen.push(serde_json::to_string(&event.public).unwrap());
            seen.extend(event.rows.map(|rows| serde_json::to_string(&rows.1).unwrap()));
        }
    }
    assert!(seen.len() > 8);
    let view = bench.public_view(ticket).await;
    seen.push(format!("{view:?}"));
    seen.push(serde_json::to_string(&bench.public_events(ticket.id, 0).await).unwrap());
    let list = bench.store.own_tickets(bench.site(), &[ticket.requester], true, None, 50).await.unwrap();
    assert_eq!(list.rows.len(), 1);
    seen.push(serde_json::to_string(&list.rows).unwrap());
    seen.push(serde_json::to_string(&bench.store.public_rows(&[ticket.id]).await.unwrap()).unwrap());
    for text in &seen {
        assert!(!text.contains(CANARY), "{text}");
    }
    // The agents do see them: the test would notice an empty world.
    let agents = serde_json::to_string(&bench.agent_events(ticket.id, 0).await).unwrap();
    assert!(agents.contains(CANARY));
    // No gap tells of a note either.
    let numbers: Vec<_> = bench.public_events(ticket.id, 0).await.into_iter().map(|event| event.n).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
}

async fn a_redaction_erases_from_every_column(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("subject").await;
    let visitor = Actor::Visitor(ticket.login);
    let n = bench.says(ticket, &format!("my card is {CANARY}")).await;
    bench.does(ticket.id, visitor, Act::Edit { target: n, text: text(&format!("{CANARY} indeed")) }).await.unwrap();
    bench.notes(ticket.id, agent, &format!("they sent {CANARY}")).await;
    assert_eq!(columns_with(bench, CANARY).await.len(), 2, "the log and the last line");
    let actor = Actor::Agent(agent.login);
    for target in [3, 5] {
        bench.does(ticket.id, actor, Act::Redact { target }).await.unwrap();
    }
    assert_eq!(columns_with(bench, CANARY).await, Vec::<String>::new());
    // Nor does a reader from before find it.
    let feed = bench.store.feed_after(ticket.id, Audience::Agent, 0, 500).await.unwrap();
    assert!(!format!("{feed:?}").contains(CANARY));
    assert_eq!(feed.events.len(), 7);
}

async fn an_erased_line_gives_way_only_when_it_was_shown(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("first").await;
    bench.says(ticket, "second").await;
    bench.does(ticket.id, Actor::Agent(agent.login), Act::Redact { target: 2 }).await.unwrap();
    assert_eq!(bench.public_view(ticket).await.ticket.last_line.unwrap().text, "second");
    bench.does(ticket.id, Actor::Agent(agent.login), Act::Redact { target: 3 }).await.unwrap();
    let line = bench.public_view(ticket).await.ticket.last_line.unwrap();
    assert_eq!((line.text.as_str(), line.name.as_str()), ("", "Amina"));
}

/// Secrets are kept as digests only.
async fn tokens_are_not_in_the_database(bench: &Bench) {
    let token = [0x41_u8; 32];
    let login = bench.new_login(Audience::Requester, token, None);
    bench.store.new_login(login).await.unwrap();
    // The store is given digests: what it keeps is what it was given, and nothing of the codes' digits.
    let (_, login) = bench.customer("amina@example.org").await;
    let disabled = ChangeAgent { role: None, teams: None, disabled: Some(true) };
    assert!(
        bench
            .store
            .change_agent(bench.site(), bench.visitor_of(login).await.customer.unwrap(), &disabled)
            .await
            .is_err()
    );
    let row = all(bench.store.db().writes(), Sql::new("select * from access_code")).await.unwrap().remove(0);
    let columns = row.column_names();
    assert!(columns.iter().all(|column| !column.contains("digit") && !column.contains("digest")), "{columns:?}");
}

/// Erased is erased from the files too: from pages that became free, from the log, while it runs and after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redaction_erases_from_sqlites_files() {
    let bench = Bench::sqlite().await;
    let Database::Sqlite { path } = bench.database.clone() else { panic!("SQLite has files of ours") };
    let files = || {
        let names = ["", "-wal", "-shm"].map(|end| format!("{}{end}", path.display()));
        names.iter().filter_map(|name| std::fs::read(name).ok()).flatten().collect::<Vec<u8>>()
    };
    let holds = |words: &str| files().windows(words.len()).any(|part| part == words.as_bytes());
    let admin = bench.agent("Ada", Role::Admin, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    // One that fits a page, one that spills over to others, and one that was corrected.
    let canaries = ["canary-short", "canary-long", "canary-before"];
    let mut redacted = Vec::new();
    for canary in canaries {
        let long = if canary == "canary-long" { 600 } else { 1 };
        redacted.push(bench.answers(ticket.id, admin, &format!("{canary} ").repeat(long)).await);
    }
    let actor = Actor::Agent(admin.login);
    bench.does(ticket.id, actor, Act::Edit { target: redacted[2], text: text("canary-after") }).await.unwrap();
    for canary in canaries.iter().chain(&["canary-after"]) {
        assert!(holds(canary), "{canary}: the search sees what there is");
    }
    for target in redacted {
        bench.does(ticket.id, actor, Act::Redact { target }).await.unwrap();
    }
    assert!(!holds("canary"), "while the hub runs");
    bench.answers(ticket.id, admin, "and it goes on").await;
    bench.store.close().await;
    assert!(!holds("canary") && holds("and it goes on"), "after it ended");
}
