//! Two sides talk, live, and everybody has the same log.

use protocol::ErrorCode;
use protocol::frame::{AnyTicket, PostKind, ResetReason};
use protocol::http::{Me, Post, Posted, TicketAction, TicketList};
use protocol::model::{AgentBody, Status};
use serde_json::Value;
use testkit::postgres;
use tests::page::Page;
use tests::people::Pages;
use tests::socket::{Socket, new_client_id};
use tests::{Hub, Setup, wait};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How often the hub looks for tickets to close.
const LOOKS_EVERY_MS: u64 = 10 * 60 * 1000;

on_both! {
    /// Invariants 1 and 2.
    async fn a_guest_asks_and_an_agent_answers_live(hub) {
        let mut nora = hub.admin().await;
        nora.connects().await;
        let (mut amina, ticket) = hub.site.guest("amina@example.org", "Where is my parcel?").await;
        let row = nora.socket().wait("the new ticket's row", |page| page.rows.get(&ticket.id).cloned()).await;
        let AnyTicket::Agent(row) = row else { panic!("a row of the console") };
        assert_eq!((row.requester.email.as_str(), row.requester.guest), ("amina@example.org", true));
        nora.opens(ticket.id).await;
        amina.opens(ticket.id).await;
        nora.posts(ticket.id, "It is on its way").await;
        amina.sees(ticket.id, "It is on its way").await;
        amina.posts(ticket.id, "Thank you").await;
        nora.sees(ticket.id, "Thank you").await;
        let (theirs, ours) = (amina.history(ticket.id).await, nora.history(ticket.id).await);
        let texts = |lines: &[tests::page::Line]| lines.iter().filter_map(|l| l.text().map(str::to_owned)).collect::<Vec<_>>();
        assert_eq!(texts(&theirs), ["Where is my parcel?", "It is on its way", "Thank you"]);
        assert_eq!(texts(&ours), texts(&theirs));
    }

    /// Invariants 1 and 19: whoever was away gets exactly the missing numbers.
    async fn a_page_that_was_away_resumes_from_its_cursor(hub) {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        nora.posts(ticket, "one").await;
        amina.sees(ticket, "one").await;
        for text in ["two", "three", "four"] {
            nora.notes(ticket, &format!("about {text}")).await;
            nora.posts(ticket, text).await;
        }
        amina.reconnects().await;
        amina.sees(ticket, "four").await;
        let history = amina.history(ticket).await;
        assert_eq!(amina.socket().page.feed(ticket).applied, history);
        // Nothing was missed: `sync` says so, and nothing follows.
        amina.reconnects().await;
        amina.socket().settle().await;
        assert_eq!(amina.socket().page.feed(ticket).applied.len(), history.len());
    }

    /// Invariants 10 and 21: a cursor of another history, or beyond this one, is void.
    async fn a_cursor_that_cannot_be_is_sent_to_the_snapshot(hub) {
        let (_nora, amina, ticket) = hub.conversation().await;
        for (epoch, after, reason) in [
            (Some(uuid::Uuid::nil()), 1, ResetReason::Epoch),
            (None, 1_000, ResetReason::Ahead),
            (None, -1, ResetReason::Ahead),
        ] {
            let mut page = Page::default();
            page.join(ticket, after);
            page.epoch = epoch;
            let mut socket = Socket::open(amina.door(), page).await;
            assert_eq!(socket.wait("reset", |page| page.feed(ticket).reset).await, reason);
            socket.settle().await;
            assert_eq!(socket.page.feed(ticket).applied, [], "nothing of that feed after `reset`");
            socket.subscribe(ticket, 0).await;
            socket.reaches(ticket, amina.history(ticket).await.last().unwrap().n).await;
        }
    }

    /// Invariant 3; R-K2.
    async fn the_same_message_sent_five_times_is_one_event(hub) {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let client_id = new_client_id();
        for _ in 0..3 {
            amina.socket().send(ticket, client_id, PostKind::Reply, "only once").await;
        }
        let n = amina.socket().is_acknowledged(client_id).await;
        amina.reconnects().await;
        amina.socket().send(ticket, client_id, PostKind::Reply, "only once").await;
        amina.socket().settle().await;
        // The page fails if the same client id is ever acknowledged under another number.
        let post = Post { kind: PostKind::Reply, text: "only once".into(), attachments: Vec::new(), mentions: Vec::new(), drafts: Vec::new() };
        let path = format!("/v1/tickets/{ticket}/messages");
        let again: Posted = amina.browser.post_once(client_id, &path, post).await.unwrap();
        assert_eq!((again.client_id, again.n), (client_id, n));
        nora.sees(ticket, "only once").await;
        let history = amina.history(ticket).await;
        assert_eq!(history.iter().filter(|line| line.text() == Some("only once")).count(), 1);
    }

    /// Invariant 3: also when they race.
    async fn the_same_message_raced_on_two_sockets_is_one_event(hub) {
        let (_nora, mut amina, ticket) = hub.conversation().await;
        let mut twin = amina.other_window();
        twin.follows(ticket).await;
        for round in 0..20 {
            let client_id = new_client_id();
            let text = format!("race {round}");
            tokio::join!(
                amina.socket().send(ticket, client_id, PostKind::Reply, &text),
                twin.socket().send(ticket, client_id, PostKind::Reply, &text),
            );
            let (one, two) =
                tokio::join!(amina.socket().is_acknowledged(client_id), twin.socket().is_acknowledged(client_id));
            assert_eq!(one, two);
        }
        let history = amina.history(ticket).await;
        assert_eq!(history.iter().filter(|line| line.text().is_some_and(|t| t.starts_with("race"))).count(), 20);
    }

    /// Invariant 4; the second one is told.
    async fn of_two_agents_who_solve_at_once_one_is_told_that_the_other_was_first(hub) {
        let (nora, mut amina, ticket) = hub.conversation().await;
        let lena = hub.agent(&nora, "Lena Morel").await;
        let (one, two) =
            tokio::join!(nora.decides(ticket, TicketAction::Solve), lena.decides(ticket, TicketAction::Solve));
        let refused = match (one, two) {
            (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
            other => panic!("one of the two: {other:?}"),
        };
        assert_eq!(refused.code, ErrorCode::Conflict);
        let solved = |line: &tests::page::Line| matches!(line.body, AgentBody::Status { to: Status::Solved, .. });
        assert_eq!(nora.history(ticket).await.iter().filter(|line| solved(line)).count(), 1);
        amina.socket().wait("the status", |page| page.feed(ticket).applied.iter().any(solved).then_some(())).await;
        // A reply reopens it.
        amina.posts(ticket, "It broke again").await;
        assert_eq!(nora.agent_ticket(ticket).await.status, Status::Open);
    }

    /// decisions.md 9: one cookie per kind of page, rights as rows beside it.
    async fn an_agent_a_customer_and_two_guest_tickets_live_in_one_browser(hub) {
        let person = hub.site.visitor();
        let first = person.opens_as_guest("amina@example.org", "first").await.unwrap().id;
        let second = person.opens_as_guest("other@example.org", "second").await.unwrap().id;
        person.signs_in("amina@work.example").await;
        let own = person.opens_as_customer("third").await.unwrap().id;
        let (token, mut agent) = (hub.first_admin_token(), person.at(Pages::Console));
        agent.follows_link_as_first_admin(&token).await;

        let me: Me = person.browser.get("/v1/me").await.unwrap();
        assert_eq!(me.customer.map(|account| account.email), Some("amina@work.example".into()));
        let mut guest_tickets = me.guest_tickets;
        guest_tickets.sort_unstable();
        let mut expected = vec![first, second];
        expected.sort_unstable();
        assert_eq!(guest_tickets, expected);
        let list: TicketList = person.browser.get("/v1/tickets").await.unwrap();
        assert_eq!(list.open_count, 3);

        let mut page = person.other_window();
        for ticket in [first, second, own] {
            page.follows(ticket).await;
            agent.follows(ticket).await;
            agent.notes(ticket, "only for us").await;
            let ours = agent.posts(ticket, "for you").await;
            let theirs = page.sees(ticket, "for you").await;
            assert_eq!(page.socket().page.feed(ticket).n_of("only for us"), None);
            // Each path counts in its own audience's numbers, though the browser sends both cookies.
            assert_eq!(ours, theirs + 1);
        }
        // Without the visitors' cookie the agents' one opens nothing on the visitors' paths.
        let only_agent = hub.site.browser();
        only_agent.set_cookie("__Host-hub_agent", &person.browser.cookie_value("__Host-hub_agent").unwrap());
        let refused = only_agent.get::<Value>(&format!("/v1/tickets/{own}")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotSignedIn);
    }

    /// decisions.md 5: also when the answer with the cookie was lost.
    async fn a_ticket_opened_twice_with_one_key_is_one_ticket_and_one_guest(hub) {
        let amina = hub.site.visitor();
        // The page asks who it is first, and gets the cookie that a login will be made of.
        let _: Me = amina.browser.get("/v1/me").await.unwrap();
        let before = amina.browser.cookie_value("__Host-hub_visitor").unwrap();
        let (key, mut form) = (new_client_id(), amina.request("Only one ticket, please").await);
        form.email = Some("amina@example.org".into());
        let body = serde_json::to_string(&form).unwrap();
        let headers = [("idempotency-key", &*key.to_string())];
        let first = amina.browser.ask(reqwest::Method::POST, "/v1/tickets", Some(body.clone()), &headers).await;
        assert_eq!(first.status, 201);
        // As if the first answer had never come.
        amina.browser.set_cookie("__Host-hub_visitor", &before);
        let second = amina.browser.ask(reqwest::Method::POST, "/v1/tickets", Some(body), &headers).await;
        assert_eq!(second.status, 200);
        assert_eq!(first.json()["id"], second.json()["id"]);
        let me: Me = amina.browser.get("/v1/me").await.unwrap();
        assert_eq!(me.guest_tickets.len(), 1);
        let nora = hub.admin().await;
        let inbox: Value = nora.browser.get("/v1/agent/tickets").await.unwrap();
        assert_eq!(inbox["rows"].as_array().unwrap().len(), 1);
    }

    /// Presence, typing and marks reach the other side.
    async fn who_reads_types_and_looks_is_seen_by_the_other_side(hub) {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let n = nora.posts(ticket, "Can you see this?").await;
        let theirs = amina.sees(ticket, "Can you see this?").await;
        amina.reads(ticket, theirs).await;
        nora.socket()
            .wait("the seen mark, in the agents' numbers", |page| {
                page.marks.get(&ticket)?.iter().find(|mark| mark.read_n == n).map(drop)
            })
            .await;
        amina.types(ticket).await;
        nora.socket().wait("typing", |page| (!page.typing.is_empty()).then_some(())).await;
        nora.attends(ticket).await;
        amina.socket().settle().await;
    }
}

on_sqlite! {
    /// product.md, the life of a ticket; configurable.
    async fn what_is_solved_is_closed_after_some_days_and_opened_again_by_a_word(hub)
        with Setup::default().manual_clock().config(|config| config.tickets.close_after_days = 2), {
        let nora = hub.admin().await;
        let amina = hub.site.customer("amina@example.org").await;
        let ticket = amina.opens_as_customer("Where is my parcel?").await.unwrap();
        nora.decides(ticket.id, TicketAction::Solve).await.unwrap();
        let status = async || amina.ticket(ticket.id).await.unwrap()["ticket"]["status"].clone();
        // In steps, since a browser that is not seen for long is signed out.
        for _ in 0..7 {
            hub.clock().advance(2 * DAY_MS / 8);
            assert_eq!(status().await, "solved");
            hub.writes_are_done().await;
        }
        hub.clock().advance(2 * DAY_MS / 8 + LOOKS_EVERY_MS);
        wait::until("time closes it", async || (status().await == "closed").then_some(())).await;
        amina.posts_over_http(ticket.id, PostKind::Reply, "It broke again").await.unwrap();
        assert_eq!(status().await, "open");
    }
}

/// Invariant 19: resuming costs one query for all feeds when nothing was missed.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_missed_nothing_costs_one_query_however_many_its_feeds() {
    Hub::run(Setup::default().postgres_that_logs_statements().manual_clock(), async |hub| {
        let (nora, _amina, _ticket) = hub.conversation().await;
        let mut feeds = Vec::new();
        for n in 0..20 {
            let (_, ticket) = hub.site.guest("bruno@example.org", &format!("matter {n}")).await;
            feeds.push((ticket.id, nora.history(ticket.id).await.last().unwrap().n));
        }
        let mut costs = Vec::new();
        for count in [0, 1, 20] {
            let mut page = Page::default();
            feeds[..count].iter().for_each(|(ticket, n)| page.join(*ticket, *n));
            let before = nobody_asks().await;
            let mut socket = Socket::open(nora.door(), page).await;
            socket.wait("all of them", |page| page.feeds.values().all(|feed| feed.syncs > 0).then_some(())).await;
            costs.push(nobody_asks().await - before);
        }
        assert_eq!([costs[1] - costs[0], costs[2] - costs[0]], [1, 1], "beside the login: {costs:?}");
    })
    .await;
}

/// Waits until the hub has asked its database nothing for a hundred looks; answers how often it ever did.
async fn nobody_asks() -> usize {
    let (mut last, mut same) = (0, 0);
    wait::until("nothing is asked", async || {
        let now = postgres::server().logged_statements();
        same = if now == last { same + 1 } else { 0 };
        last = now;
        (same == 100).then_some(now)
    })
    .await
}
