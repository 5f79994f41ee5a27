//! `hub demo`: the workspace is there, in every state, and it moves. The built binary.

use std::collections::HashSet;
use std::fs;

use protocol::http::{AgentMe, AgentSignIn, AgentSnapshot, AlertState, HoldReason, Inbox, SavedViews, TicketAlerts};
use protocol::macros::Macros;
use protocol::model::{AgentBody, AgentTicket};
use serde_json::Value;
use tests::browser::Browser;
use tests::process::Process;
use tests::wait;

/// Days of sixteen tickets, in a build that nothing makes fast.
const MAKING_MS_MAX: u64 = 120_000;

/// Starts it and signs in as the admin; answers the password too.
async fn begin(demo: &mut Process) -> (Browser, String) {
    demo.start_demo();
    let is_made = async || demo.printed().contains("Ctrl-C stops it.").then_some(());
    wait::until_within("the workspace is made", MAKING_MS_MAX, is_made).await;
    demo.is_ready().await;
    let printed = demo.printed();
    let password = printed.split_once("with the password ").expect("the password").1.lines().next().unwrap().to_owned();
    let browser = demo.site.browser();
    let form = AgentSignIn { email: "nora@guichet.example".to_owned(), password: password.clone() };
    let me: AgentMe = browser.post("/v1/agent/sign-in", form).await.unwrap();
    assert_eq!(me.name, "Nora Lindqvist");
    (browser, password)
}

async fn tickets(browser: &Browser) -> Vec<AgentTicket> {
    let mut found = Vec::new();
    for view in ["open", "waiting", "snoozed", "solved"] {
        let inbox: Inbox = browser.get(&format!("/v1/agent/tickets?view={view}")).await.unwrap();
        found.extend(inbox.rows.into_iter().map(|row| row.ticket));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_has_every_state_moves_by_itself_and_is_found_again() {
    let data = tempfile::tempdir().unwrap();
    let beside = |suffix: &str| data.path().join(format!("data{suffix}"));
    let directory = beside("");
    let mut demo = Process::new(&[("HUB__DATA_DIR", directory.to_str().unwrap())]);
    // What a demo that was killed while it was made left behind.
    fs::create_dir(beside("-demo.unfinished")).unwrap();
    fs::write(beside("-demo.unfinished").join("hub.sqlite3"), "not a database").unwrap();

    let (nora, password) = begin(&mut demo).await;
    assert!(!directory.exists() && !beside("-demo.unfinished").exists() && beside("-demo").is_dir());
    let there = tickets(&nora).await;
    assert_eq!(there.len(), 16);
    assert_eq!(there.iter().filter(|ticket| ticket.merged_into.is_some()).count(), 1);
    for words in ["Payment declined", "Remboursement", "Factura", "Zugang gesperrt", "الحوالة"] {
        assert!(there.iter().any(|ticket| ticket.subject.contains(words)), "{words}");
    }
    let (mut states, mut holds, mut due) = (HashSet::new(), HashSet::new(), 0);
    for ticket in &there {
        let alerts: TicketAlerts = nora.get(&format!("/v1/agent/tickets/{}/alerts", ticket.id)).await.unwrap();
        states.extend(alerts.mails.iter().map(|mail| format!("{:?}", mail.state)));
        holds.extend(alerts.hold.into_iter().chain(alerts.mails.iter().filter_map(|mail| mail.hold)).map(word));
        due += usize::from(alerts.due_at.is_some());
    }
    for state in [AlertState::Sent, AlertState::Opened] {
        assert!(states.contains(&format!("{state:?}")), "{state:?} of {states:?}");
    }
    for hold in [HoldReason::Bounces, HoldReason::NotConfirmed] {
        assert!(holds.contains(&word(hold)), "{hold:?} of {holds:?}");
    }
    assert!(due > 0, "an alert that waits");
    let kept: Macros = nora.get("/v1/agent/macros").await.unwrap();
    assert_eq!(kept.macros.iter().filter(|each| each.shared).count(), 4);
    let mut files = Vec::new();
    for ticket in &there {
        let snapshot: AgentSnapshot = nora.get(&format!("/v1/agent/tickets/{}", ticket.id)).await.unwrap();
        for event in snapshot.events {
            if let AgentBody::Message(message) = event.body {
                files.extend(message.attachments.into_iter().map(|file| (file.name, file.preview.is_some())));
            }
        }
    }
    files.sort();
    let files: Vec<_> = files.iter().map(|(name, pictured)| (name.as_str(), *pictured)).collect();
    assert_eq!(
        files,
        [
            ("Zugang gesperrt.png", true),
            ("capture-13h31.png", true),
            ("factura-47-9031.pdf", false),
            ("relevé-novembre.pdf", false),
            ("statement-fees.pdf", false),
        ]
    );

    let put_aside: Vec<_> = there.iter().filter(|ticket| ticket.snoozed_until.is_some()).collect();
    assert_eq!(
        put_aside.iter().map(|ticket| ticket.subject.as_str()).collect::<Vec<_>>(),
        ["Standing order stopped in October"]
    );
    let ranked: HashSet<_> = there.iter().map(|ticket| format!("{:?}", ticket.priority)).collect();
    assert_eq!(ranked.len(), 4, "{ranked:?}");
    let SavedViews { views } = nora.get("/v1/agent/saved-views").await.unwrap();
    let views: Vec<_> = views.iter().map(|view| (view.name.as_str(), view.shared, view.count > 0)).collect();
    assert_eq!(views, [("Refunds", true, true), ("Waits for an hour", true, true)]);

    let talk = there.iter().find(|ticket| ticket.subject.starts_with("Payment declined")).unwrap();
    let path = format!("/v1/agent/tickets/{}/events?after=0&limit=100", talk.id);
    let last_n = async || nora.get::<Value>(&path).await.unwrap()["last_n"].as_i64().unwrap();
    let before = last_n().await;
    wait::until("somebody writes", async || (last_n().await > before).then_some(())).await;

    // Days of every kind of act, and more on their way: all of it is well (R-K19).
    let check = demo.command(&["check", "--deep"]).env("HUB__DATA_DIR", beside("-demo")).output().await.unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));

    demo.signal("TERM").await;
    assert!(demo.ends().await.success());
    let (nora, again) = begin(&mut demo).await;
    assert_eq!((again, tickets(&nora).await.len()), (password, 16));
    demo.kill().await;
}

fn word(hold: HoldReason) -> String {
    format!("{hold:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_is_for_this_machine_alone() {
    let demo = Process::new(&[]);
    let refused = demo.command(&["demo"]).env("HUB__PUBLIC_ORIGIN", "https://help.example.org").output().await.unwrap();
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("a demo is for this machine alone"), "{said}");
}
