//! What nobody told this node of: another one wrote it, and every hint of it was lost. The position check
//! alone finds it (decisions.md 23; invariants 6, 12 and 18).

use hub::domain::access::Audience;
use hub::domain::email::Email;
use hub::domain::message::{Subject, Text};
use hub::store::Store;
use hub::store::writer::{Act, Actor, Append, MarkMove, Opening, OpeningRequester};
use protocol::frame::{AnyTicket, PostKind};
use protocol::model::{Role, Status};
use protocol::{ParticipantId, TicketId};
use serde_json::Value;
use tests::page::Page;
use tests::people::Person;
use tests::socket::new_client_id;
use tests::{Hub, wait};

on_both! {
    async fn rows_that_changed_and_rows_that_are_new_reach_the_lists(hub) {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let (payments, refunds) = (hub.team(&nora, "Payments").await, hub.team(&nora, "Refunds").await);
        hub.assign(&nora, ticket, Some(refunds), None).await;
        let mut lena = hub.site.agent(&nora, "Lena Morel", Role::Agent, vec![payments]).await;
        lena.connects().await;
        // What all of them know already is told at most once more.
        hub.checks_positions().await;
        for person in [&mut nora, &mut amina, &mut lena] {
            person.socket().settle().await;
        }
        assert!(!lena.socket().page.rows.contains_key(&ticket), "not hers to see");

        // A change of a row: the agents' and the requester's.
        let elsewhere = Elsewhere::of(hub).await;
        elsewhere.acts(&nora, ticket, post("Written on another node")).await;
        is_not_told(&mut nora, |page| page.feed(ticket).n_of("Written on another node").is_some()).await;
        hub.checks_positions().await;
        for person in [&mut nora, &mut amina] {
            person.sees(ticket, "Written on another node").await;
            person.socket().wait("the row", |page| (line(page, ticket)? == "Written on another node").then_some(())).await;
        }

        // A change that no message goes with.
        elsewhere.acts(&nora, ticket, Act::Solve).await;
        is_not_told(&mut amina, |page| status(page, ticket) == Some(Status::Solved)).await;
        hub.checks_positions().await;
        for person in [&mut nora, &mut amina] {
            person.socket().wait("the row", |page| (status(page, ticket)? == Status::Solved).then_some(())).await;
        }

        // A ticket that is somebody's from now on, and one that no longer is.
        elsewhere.acts(&nora, ticket, Act::Assign { team: Some(payments), agent: None }).await;
        is_not_told(&mut lena, |page| page.rows.contains_key(&ticket)).await;
        hub.checks_positions().await;
        lena.socket().wait("a ticket of her team", |page| page.rows.get(&ticket).map(drop)).await;
        lena.follows(ticket).await;
        elsewhere.acts(&nora, ticket, Act::Assign { team: Some(refunds), agent: None }).await;
        elsewhere.acts(&nora, ticket, post("Not for Lena")).await;
        hub.checks_positions().await;
        lena.socket().wait("its going", |page| page.gone.contains(&ticket).then_some(())).await;
        lena.socket().wait("the feed's end", |page| page.feed(ticket).reset.map(drop)).await;
        nora.sees(ticket, "Not for Lena").await;
        lena.socket().settle().await;
        assert_eq!(lena.socket().page.feed(ticket).n_of("Not for Lena"), None);

        // A ticket that nobody here has heard of, by a browser that is connected here.
        let new = elsewhere.opens(&amina, "Another matter").await;
        is_not_told(&mut nora, |page| page.rows.contains_key(&new)).await;
        hub.checks_positions().await;
        nora.socket().wait("the new ticket", |page| page.rows.get(&new).map(drop)).await;
        amina.socket().wait("her new ticket", |page| page.rows.get(&new).map(drop)).await;
        elsewhere.store.close().await;
    }

    async fn marks_that_moved_reach_both_sides(hub) {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        nora.notes(ticket, "so that the two numberings differ").await;
        let n = nora.posts(ticket, "Read this").await;
        let theirs = amina.sees(ticket, "Read this").await;
        let mut window = amina.other_window();
        window.connects().await;
        hub.checks_positions().await;
        for person in [&mut nora, &mut amina, &mut window] {
            person.socket().settle().await;
        }
        let elsewhere = Elsewhere::of(hub).await;
        let AnyTicket::Agent(row) = nora.socket().page.rows[&ticket].clone() else { panic!("a row of the console") };
        let requester = row.requester.id;
        elsewhere.reads(ticket, requester, theirs).await;
        is_not_told(&mut nora, |page| read_n(page, ticket, requester) == Some(n)).await;
        hub.checks_positions().await;
        nora.socket().wait("her mark, in the agents' numbers", |page| (read_n(page, ticket, requester)? == n).then_some(())).await;
        for own in [&mut amina, &mut window] {
            own.socket().wait("her own mark", |page| (read_n(page, ticket, requester)? == theirs).then_some(())).await;
            own.socket().wait("nothing unread", |page| (*page.unread.get(&ticket)? == 0).then_some(())).await;
        }
        // Told once: a check that finds nothing new tells nothing.
        let frames = nora.socket().page.received.len();
        hub.checks_positions().await;
        hub.checks_positions().await;
        nora.socket().settle().await;
        let more = &nora.socket().page.received[frames..];
        assert!(!more.contains("\"inbox\"") && !more.contains("\"read\""), "{more}");
        elsewhere.store.close().await;
    }

    /// Of tickets that nobody has open, and that many have passed since in the lists.
    async fn marks_in_older_tickets_reach_the_other_pages_of_whose_they_are(hub) {
        let nora = hub.signs_in_as_admin().await;
        let mut lena = hub.agent(&nora, "Lena Morel").await;
        let (mut amina, ticket) = hub.site.guest("amina@example.org", "Where is my parcel?").await;
        let answered = ticket.id;
        nora.posts_over_http(answered, PostKind::Reply, "On its way").await.unwrap();
        let requester = nora.agent_ticket(answered).await.requester.id;
        let elsewhere = Elsewhere::of(hub).await;
        let new = elsewhere.opens(&amina, "Another matter").await;
        for n in 0..120 {
            elsewhere.opens(&amina, &format!("matter {n}")).await;
        }
        lena.connects().await;
        amina.connects().await;
        hub.checks_positions().await;
        for person in [&mut lena, &mut amina] {
            person.socket().settle().await;
        }
        let (hers, lenas) = (amina.history(answered).await.last().unwrap().n, lena.history(new).await.last().unwrap().n);
        elsewhere.reads(answered, requester, hers).await;
        elsewhere.agent_reads(new, lena.id.unwrap(), lenas).await;
        is_not_told(&mut lena, |page| page.unread.contains_key(&new)).await;
        is_not_told(&mut amina, |page| page.unread.get(&answered) == Some(&0)).await;
        hub.checks_positions().await;
        lena.socket().wait("nothing unread", |page| (*page.unread.get(&new)? == 0).then_some(())).await;
        amina.socket().wait("nothing unread", |page| (*page.unread.get(&answered)? == 0).then_some(())).await;
        elsewhere.store.close().await;
    }

    /// Where websockets are blocked (invariant 7).
    async fn a_long_poll_is_answered_with_what_another_node_wrote(hub) {
        let nora = hub.signs_in_as_admin().await;
        let (amina, ticket) = hub.site.guest("amina@example.org", "Where is my parcel?").await;
        let elsewhere = Elsewhere::of(hub).await;
        for person in [&nora, &amina] {
            let after = person.history(ticket.id).await.last().unwrap().n;
            let path = person.path(&format!("tickets/{}/events?after={after}&wait=25", ticket.id));
            let told = async {
                waits(hub).await;
                elsewhere.acts(&nora, ticket.id, post("Written on another node")).await;
                hub.checks_positions().await;
            };
            let (events, ()) = tokio::join!(wait::within("the answer", person.browser.get::<Value>(&path)), told);
            assert_eq!(events.unwrap()["events"][0]["n"], after + 1);
        }
        elsewhere.store.close().await;
    }

    /// Invariant 23.
    async fn a_long_poll_that_is_given_up_leaves_nothing(hub) {
        let (amina, ticket) = hub.site.guest("amina@example.org", "Where is my parcel?").await;
        let after = amina.history(ticket.id).await.last().unwrap().n;
        let path = amina.path(&format!("tickets/{}/events?after={after}&wait=25", ticket.id));
        tokio::select! {
            answer = amina.browser.get::<Value>(&path) => panic!("nothing happened, and yet: {answer:?}"),
            () = waits(hub) => {}
        }
        wait::until("nothing is left of it", async || (hub.sizes() == (0, 0)).then_some(())).await;
    }

    /// More changes between two checks than a list shows at once, the last of them told by this node itself.
    async fn many_changes_between_two_checks_are_all_found(hub) {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        hub.checks_positions().await;
        let elsewhere = Elsewhere::of(hub).await;
        let mut new = Vec::new();
        for n in 0..120 {
            new.push(elsewhere.opens(&amina, &format!("matter {n}")).await);
        }
        amina.posts(ticket, "Told here").await;
        nora.sees(ticket, "Told here").await;
        hub.checks_positions().await;
        nora.socket().wait("all of them", |page| new.iter().all(|id| page.rows.contains_key(id)).then_some(())).await;
        elsewhere.store.close().await;
    }
}

/// Another node, whose hints are all lost.
struct Elsewhere<'a> {
    hub: &'a Hub,
    store: Store,
}

impl<'a> Elsewhere<'a> {
    async fn of(hub: &'a Hub) -> Self {
        Self { hub, store: hub.another_node().await }
    }

    async fn acts(&self, agent: &Person, ticket: TicketId, act: Act) {
        let actor = Actor::Agent(self.hub.login_of(agent).await);
        let (site, client_id) = (self.store.site().id, new_client_id());
        self.store.append(Append { site, ticket, actor, client_id, act, if_last_n: None }).await.unwrap();
    }

    async fn opens(&self, guest: &Person, text: &str) -> TicketId {
        let requester = OpeningRequester::Guest { email: Email::parse("amina@example.org").unwrap(), name: None };
        let body = Text::parse(text.to_owned()).unwrap();
        let opening = Opening {
            site: self.store.site().id,
            login: self.hub.login_of(guest).await,
            client_id: new_client_id(),
            requester,
            topic: self.store.site().topics[0].key.clone(),
            subject: Subject::parse(text, &body).unwrap(),
            text: body,
            details: Vec::new(),
            locale: "en".to_owned(),
        };
        self.store.open_ticket(opening).await.unwrap().ticket.id
    }

    async fn reads(&self, ticket: TicketId, participant: ParticipantId, n: i64) {
        self.moves(ticket, (participant, Audience::Requester), n).await;
    }

    async fn agent_reads(&self, ticket: TicketId, agent: ParticipantId, n: i64) {
        self.moves(ticket, (agent, Audience::Agent), n).await;
    }

    async fn moves(&self, ticket: TicketId, (participant, audience): (ParticipantId, Audience), n: i64) {
        let (site, read_n) = (self.store.site().id, Some(n));
        self.store.mark(MarkMove { site, ticket, participant, audience, delivered_n: None, read_n }).await.unwrap();
    }
}

/// A long poll waits; nobody else is connected.
async fn waits(hub: &Hub) {
    wait::until("a long poll waits", async || (hub.sizes().1 > 0).then_some(())).await;
}

/// Nothing told it so far: whatever the hub had to say before has been read.
async fn is_not_told(person: &mut Person, known: impl Fn(&Page) -> bool) {
    person.socket().settle().await;
    assert!(!known(&person.socket().page), "told before the check");
}

fn post(text: &str) -> Act {
    Act::Post {
        kind: PostKind::Reply,
        text: Text::parse(text.to_owned()).unwrap(),
        attachments: Vec::new(),
        mentions: Vec::new(),
        drafts: Vec::new(),
    }
}

fn line(page: &Page, ticket: TicketId) -> Option<String> {
    let line = match page.rows.get(&ticket)? {
        AnyTicket::Agent(row) => row.last_line.as_ref(),
        AnyTicket::Public(row) => row.last_line.as_ref(),
    };
    line.map(|line| line.text.clone())
}

fn status(page: &Page, ticket: TicketId) -> Option<Status> {
    Some(match page.rows.get(&ticket)? {
        AnyTicket::Agent(row) => row.status,
        AnyTicket::Public(row) => row.status,
    })
}

fn read_n(page: &Page, ticket: TicketId, participant: ParticipantId) -> Option<i64> {
    let marks = page.marks.get(&ticket)?;
    marks.iter().find(|mark| mark.participant == participant).map(|mark| mark.read_n)
}
