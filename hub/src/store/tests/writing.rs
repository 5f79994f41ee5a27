//! Writing one thing at a time: what each act does, and to whom it is refused.

use protocol::frame::PostKind;
use protocol::model::{AgentBody, Proof, PublicBody, Role, Side, Status};
use protocol::{AttachmentId, ErrorCode, LoginId, ParticipantId, TeamId, TicketId};

use super::bench::{Bench, DAY, MINUTE, Opened, email, guest, name, post, refusal, reply, text};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::Audience;
use crate::domain::committed::Committed;
use crate::store::logins::FoundLogin;
use crate::store::sql::{Sql, run};
use crate::store::writer::{Act, Actor, Appended, OpeningRequester};

const CONFLICT: Refusal = Refusal::new(ErrorCode::Conflict);
const FORBIDDEN: Refusal = Refusal::new(ErrorCode::Forbidden);
const NOT_FOUND: Refusal = Refusal::new(ErrorCode::NotFound);
const NOT_SIGNED_IN: Refusal = Refusal::new(ErrorCode::NotSignedIn);

fn edit(target: i64, words: &str) -> Act {
    Act::Edit { target, text: text(words) }
}

fn assign(team: Option<TeamId>, agent: Option<ParticipantId>) -> Act {
    Act::Assign { team, agent }
}

on_both! {
    a_ticket_is_opened_and_answered,
    a_note_moves_the_agents_side_alone,
    a_reply_reopens_with_an_event_of_its_own,
    asking_waits_for_the_requester,
    an_act_that_changes_nothing_is_a_conflict_unless_repeated,
    a_repeat_gets_its_number_for_ever,
    a_visitor_may_not_act_as_an_agent,
    a_foreign_ticket_looks_like_a_missing_one,
    a_login_of_the_other_cookie_is_nobody,
    rights_are_read_when_the_act_is_written,
    assigning_is_told_to_agents_alone,
    own_words_can_be_edited_for_a_while,
    what_was_redacted_stays_so,
    a_guest_corrects_an_unproven_address,
    a_customer_takes_a_guest_ticket_of_the_same_address,
    one_opening_gives_one_ticket_and_one_guest,
    a_customer_repeats_an_opening_by_another_login,
    files_are_bound_once_and_only_where_they_belong,
    a_login_that_writes_is_seen,
    time_closes_what_is_solved_and_rests,
}

async fn a_ticket_is_opened_and_answered(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("My card was charged twice").await;
    assert_eq!(bench.says(ticket, "Are you there?").await, 3);
    assert_eq!(bench.notes(ticket.id, agent, "looks like a double capture").await, 4);
    assert_eq!(bench.answers(ticket.id, agent, "Yes, looking into it").await, 5);

    let view = bench.agent_view(ticket.id, agent).await;
    assert_eq!((view.cursor, view.ticket.last_n), (6, 6));
    assert_eq!(view.ticket.status, Status::Pending);
    assert_eq!(view.ticket.theirs, 2);
    assert_eq!(view.ticket.number, 10_001);
    assert_eq!(view.ticket.waiting_since, None);
    assert_eq!((view.read_n, view.unread), (6, 0));
    assert!(matches!(view.events[0].body, AgentBody::Opened { .. }));
    assert!(matches!(view.events[3].body, AgentBody::Note(_)));
    assert_eq!(view.events[1].author.name, "Amina");

    let public = bench.public_view(ticket).await;
    assert_eq!((public.cursor, public.unread, public.read_n), (5, 1, 3));
    assert_eq!(public.events.iter().map(|event| event.n).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(matches!(&public.events[3].body, PublicBody::Message(message) if message.text == "Yes, looking into it"));
    assert_eq!(public.ticket.last_line.unwrap().text, "Yes, looking into it");
    assert_eq!(bench.says(ticket, "thanks").await, 6);
}

async fn a_note_moves_the_agents_side_alone(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let before = bench.public_view(ticket).await;
    let seen = bench.agent_view(ticket.id, agent).await;
    bench.clock.advance(MINUTE);
    assert_eq!(bench.notes(ticket.id, agent, "internal").await, 3);
    let after = bench.public_view(ticket).await;
    assert_eq!((before.cursor, &before.ticket, before.events.len()), (after.cursor, &after.ticket, after.events.len()));
    let now = bench.agent_view(ticket.id, agent).await;
    assert_eq!((now.ticket.last_n, now.ticket.version), (3, seen.ticket.version + 1));
    assert_eq!(now.ticket.last_at, seen.ticket.last_at + MINUTE as i64);
    assert_eq!((now.ticket.last_line, now.ticket.waiting_since), (seen.ticket.last_line, seen.ticket.waiting_since));
}

async fn a_reply_reopens_with_an_event_of_its_own(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let solved = bench.does(ticket.id, Actor::Agent(agent.login), Act::Solve).await.unwrap();
    assert_eq!(solved, Appended { n: 3, repeated: false, in_other: None });
    bench.clock.advance(MINUTE);
    assert_eq!(bench.says(ticket, "It happened again").await, 4);
    let view = bench.agent_view(ticket.id, agent).await;
    assert_eq!(view.ticket.status, Status::Open);
    assert_eq!(view.ticket.waiting_since, Some(view.ticket.last_at));
    assert_eq!(view.events[4].body, AgentBody::Status { from: Status::Solved, to: Status::Open, waiting_since: None });
    assert_eq!(view.events[4].author.id, ticket.requester);
    // A parting word does not reopen.
    bench.does(ticket.id, Actor::Agent(agent.login), Act::Solve).await.unwrap();
    bench.answers(ticket.id, agent, "Glad it works").await;
    assert_eq!(bench.agent_view(ticket.id, agent).await.ticket.status, Status::Solved);
}

async fn asking_waits_for_the_requester(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    bench.does(ticket.id, Actor::Agent(agent.login), Act::Solve).await.unwrap();
    let asked = bench.does(ticket.id, Actor::Agent(agent.login), post(PostKind::Ask, "Which day?")).await.unwrap();
    assert_eq!(asked.n, 4);
    let view = bench.public_view(ticket).await;
    assert_eq!(view.ticket.status, Status::Pending);
    assert!(matches!(&view.events[3].body, PublicBody::Message(message) if message.asks));
}

async fn an_act_that_changes_nothing_is_a_conflict_unless_repeated(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let actor = Actor::Agent(agent.login);
    assert_eq!(bench.does(ticket.id, actor, Act::Reopen { pending: false }).await, Err(CONFLICT));
    let solve = bench.append(ticket.id, actor, Act::Solve);
    let first = bench.store.append(solve.clone()).await.unwrap();
    assert_eq!(bench.store.append(solve).await.unwrap(), Appended { n: first.n, repeated: true, in_other: None });
    assert_eq!(bench.does(ticket.id, actor, Act::Solve).await, Err(CONFLICT));
    assert_eq!(bench.does(ticket.id, actor, assign(None, None)).await, Err(CONFLICT));
    assert_eq!(bench.agent_view(ticket.id, agent).await.cursor, 3);
}

async fn a_repeat_gets_its_number_for_ever(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    bench.notes(ticket.id, agent, "one").await;
    let send = bench.append(ticket.id, Actor::Visitor(ticket.login), reply("once"));
    assert_eq!(bench.store.append(send.clone()).await.unwrap(), Appended { n: 3, repeated: false, in_other: None });
    bench.says(ticket, "more").await;
    bench.clock.advance(3 * 60 * MINUTE);
    assert_eq!(bench.store.append(send).await.unwrap(), Appended { n: 3, repeated: true, in_other: None });
}

async fn a_visitor_may_not_act_as_an_agent(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let visitor = Actor::Visitor(ticket.login);
    for act in [
        post(PostKind::Note, "x"),
        post(PostKind::Ask, "x"),
        Act::Redact { target: 2 },
        assign(None, Some(agent.id)),
        Act::Solve,
        Act::Reopen { pending: false },
    ] {
        assert_eq!(bench.does(ticket.id, visitor, act).await, Err(FORBIDDEN));
    }
    let change = Act::ChangeAddress { email: email("x@example.org") };
    assert_eq!(bench.does(ticket.id, Actor::Agent(agent.login), change).await, Err(FORBIDDEN));
    assert_eq!(bench.does(ticket.id, Actor::Agent(agent.login), Act::Join).await, Err(FORBIDDEN));
    assert_eq!(bench.public_view(ticket).await.cursor, 2);
}

async fn a_foreign_ticket_looks_like_a_missing_one(bench: &Bench) {
    let team = bench.team("Payments").await;
    let lead = bench.agent("Lou", Role::Lead, &[]).await;
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let other = bench.guest_opens("Other").await;
    bench.does(ticket.id, Actor::Agent(lead.login), assign(Some(team), None)).await.unwrap();
    assert_eq!(bench.does(ticket.id, Actor::Agent(agent.login), reply("x")).await, Err(NOT_FOUND));
    assert_eq!(bench.does(ticket.id, Actor::Visitor(other.login), reply("x")).await, Err(NOT_FOUND));
    let nowhere = TicketId(bench.id());
    assert_eq!(bench.does(nowhere, Actor::Visitor(other.login), reply("x")).await, Err(NOT_FOUND));
    let mut elsewhere = bench.append(ticket.id, Actor::Agent(lead.login), reply("x"));
    elsewhere.site = protocol::SiteId(bench.id());
    assert_eq!(refusal(bench.store.append(elsewhere).await), Err(NOT_SIGNED_IN));
}

async fn a_login_of_the_other_cookie_is_nobody(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    for actor in [Actor::Visitor(agent.login), Actor::Agent(ticket.login), Actor::Agent(LoginId(bench.id()))] {
        assert_eq!(bench.does(ticket.id, actor, reply("x")).await, Err(NOT_SIGNED_IN));
    }
}

async fn rights_are_read_when_the_act_is_written(bench: &Bench) {
    let lead = bench.agent("Lou", Role::Lead, &[]).await;
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    bench.answers(ticket.id, agent, "hi").await;
    let disabled = protocol::http::ChangeAgent { role: None, teams: None, disabled: Some(true) };
    let ended = bench.store.change_agent(bench.site(), agent.id, &disabled).await.unwrap();
    assert_eq!(ended, [agent.login]);
    assert_eq!(bench.does(ticket.id, Actor::Agent(agent.login), reply("x")).await, Err(NOT_SIGNED_IN));
    bench.store.revoke_login(ticket.login).await.unwrap();
    assert_eq!(bench.does(ticket.id, Actor::Visitor(ticket.login), reply("x")).await, Err(NOT_SIGNED_IN));
    bench.clock.advance(15 * DAY);
    assert_eq!(bench.does(ticket.id, Actor::Agent(lead.login), reply("x")).await, Err(NOT_SIGNED_IN));
}

async fn assigning_is_told_to_agents_alone(bench: &Bench) {
    let mut commits = bench.store.commits();
    let team = bench.team("Payments").await;
    let agent = bench.agent("Lea", Role::Lead, &[team]).await;
    let invited = bench
        .store
        .add_agent(bench.site(), &email("new@agents.example"), &name("New"), Role::Agent, &[], None)
        .await
        .unwrap();
    let ticket = bench.guest_opens("Hello").await;
    let actor = Actor::Agent(agent.login);
    let not_found = |field: &'static str| Err(Refusal::of(field, ErrorCode::NotFound));
    assert_eq!(bench.does(ticket.id, actor, assign(Some(TeamId(bench.id())), None)).await, not_found("team"));
    assert_eq!(bench.does(ticket.id, actor, assign(None, Some(invited))).await, not_found("agent"));
    assert_eq!(bench.does(ticket.id, actor, assign(None, Some(ticket.requester))).await, not_found("agent"));
    bench.does(ticket.id, actor, assign(Some(team), Some(agent.id))).await.unwrap();
    let view = bench.agent_view(ticket.id, agent).await;
    assert_eq!(view.ticket.team.unwrap().name, "Payments");
    assert_eq!(view.ticket.assignee.unwrap().id, agent.id);
    let public = bench.public_view(ticket).await;
    assert_eq!((public.cursor, public.ticket.version), (2, 3));
    assert_eq!(public.ticket.agent.unwrap().name, "Lea");
    commits.recv().await.unwrap();
    let told = commits.recv().await.unwrap();
    let Committed::Event(event) = &told[0] else { panic!("{told:?}") };
    assert_eq!(event.before.as_ref().map(|before| (before.team, before.assignee)), Some((None, None)));
    assert_eq!((event.ticket.team, event.ticket.assignee), (Some(team), Some(agent.id)));
    assert!(event.public.is_none() && event.rows.is_some());
}

async fn own_words_can_be_edited_for_a_while(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Helo").await;
    let visitor = Actor::Visitor(ticket.login);
    bench.notes(ticket.id, agent, "first").await;
    let edited = bench.does(ticket.id, visitor, edit(2, "Hello")).await.unwrap();
    assert_eq!(edited.n, 3);
    let note = bench.does(ticket.id, Actor::Agent(agent.login), edit(3, "second")).await.unwrap();
    assert_eq!(note.n, 5);
    assert_eq!(bench.does(ticket.id, Actor::Agent(agent.login), edit(2, "x")).await, Err(FORBIDDEN));
    for target in [1, 3, 99, -1] {
        assert_eq!(
            bench.does(ticket.id, visitor, edit(target, "x")).await,
            Err(Refusal::of("target", ErrorCode::NotFound))
        );
    }
    let public = bench.public_view(ticket).await;
    assert_eq!((public.cursor, public.events.len()), (3, 2));
    assert!(matches!(&public.events[1].body, PublicBody::Message(m) if m.text == "Hello" && m.edited_at.is_some()));
    assert_eq!(public.ticket.last_line.unwrap().text, "Hello");
    let view = bench.agent_view(ticket.id, agent).await;
    assert!(matches!(&view.events[2].body, AgentBody::Note(note) if note.text == "second"));
    bench.clock.advance(15 * MINUTE);
    assert_eq!(bench.does(ticket.id, visitor, edit(2, "x")).await, Err(CONFLICT));
}

async fn what_was_redacted_stays_so(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("my card is 4242").await;
    let actor = Actor::Agent(agent.login);
    bench.does(ticket.id, actor, Act::Redact { target: 2 }).await.unwrap();
    assert_eq!(bench.does(ticket.id, actor, Act::Redact { target: 2 }).await, Err(CONFLICT));
    assert_eq!(bench.does(ticket.id, Actor::Visitor(ticket.login), edit(2, "x")).await, Err(CONFLICT));
    assert_eq!(
        bench.does(ticket.id, actor, Act::Redact { target: 1 }).await,
        Err(Refusal::of("target", ErrorCode::NotFound))
    );
    let view = bench.public_view(ticket).await;
    assert!(matches!(&view.events[1].body, PublicBody::Message(m) if m.text.is_empty() && m.redacted_at.is_some()));
    assert_eq!(view.ticket.last_line.unwrap().text, "");
}

async fn a_guest_corrects_an_unproven_address(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let change = |address: &str| Act::ChangeAddress { email: email(address) };
    let changed = bench.does(ticket.id, Actor::Visitor(ticket.login), change("amina@example.org")).await.unwrap();
    assert_eq!(changed.n, 2, "the event is internal: the requester's log stays where it was");
    let view = bench.agent_view(ticket.id, agent).await;
    assert_eq!((view.cursor, view.ticket.requester.email.as_str()), (3, "amina@example.org"));
    let address = AgentBody::Address { email: "amina@example.org".to_owned(), proof: Proof::NotConfirmed };
    assert_eq!(view.events[2].body, address);
    assert_eq!(bench.public_view(ticket).await.cursor, 2);
    assert_eq!(bench.does(ticket.id, Actor::Visitor(ticket.login), change("amina@example.org")).await, Err(CONFLICT));
    bench.sql("update participant set proof = 'confirmed' where kind = 'guest'").await;
    assert_eq!(bench.does(ticket.id, Actor::Visitor(ticket.login), change("other@example.org")).await, Err(CONFLICT));
    let (_, login) = bench.customer("customer@example.org").await;
    let own = bench.opens(login, OpeningRequester::Customer, "mine").await;
    assert_eq!(bench.does(own.id, Actor::Visitor(login), change("other@example.org")).await, Err(FORBIDDEN));
}

async fn a_customer_takes_a_guest_ticket_of_the_same_address(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.opens(bench.visitor_login().await, guest("Amina@example.org"), "Hello").await;
    let (customer, login) = bench.customer("amina@Example.org").await;
    let (_, stranger) = bench.customer("somebody@example.org").await;
    assert_eq!(bench.store.offered(bench.site(), customer).await.unwrap().len(), 1);
    assert_eq!(bench.does(ticket.id, Actor::Visitor(login), reply("x")).await, Err(NOT_FOUND));
    assert_eq!(bench.does(ticket.id, Actor::Visitor(stranger), Act::Join).await, Err(NOT_FOUND));
    let nobody = bench.visitor_login().await;
    assert_eq!(bench.does(ticket.id, Actor::Visitor(nobody), Act::Join).await, Err(NOT_FOUND));
    let join = bench.append(ticket.id, Actor::Visitor(login), Act::Join);
    assert_eq!(bench.store.append(join.clone()).await.unwrap(), Appended { n: 3, repeated: false, in_other: None });
    assert_eq!(bench.store.append(join).await.unwrap(), Appended { n: 3, repeated: true, in_other: None });
    assert_eq!(bench.does(ticket.id, Actor::Visitor(login), Act::Join).await, Err(CONFLICT));
    let view = bench.agent_view(ticket.id, agent).await;
    assert_eq!(view.ticket.requester.id, customer);
    assert_eq!((view.ticket.requester.guest, view.ticket.requester.proof), (false, Proof::Confirmed));
    // The guest's browser had proven nothing: it sees the ticket no more.
    assert!(matches!(bench.found(ticket.login).await, FoundLogin::Visitor(visitor) if visitor.grants.is_empty()));
    assert_eq!(bench.does(ticket.id, Actor::Visitor(ticket.login), reply("x")).await, Err(NOT_FOUND));
    let mine = Opened { login, requester: customer, ..ticket };
    assert_eq!(bench.says(mine, "it is me").await, 4);
    assert_eq!(bench.store.offered(bench.site(), customer).await.unwrap(), []);
}

async fn one_opening_gives_one_ticket_and_one_guest(bench: &Bench) {
    let login = bench.visitor_login().await;
    let opening = bench.opening(login, guest("guest@example.org"), "Hello");
    let first = bench.store.open_ticket(opening.clone()).await.unwrap();
    let second = bench.store.open_ticket(opening).await.unwrap();
    assert_eq!((first.repeated, second.repeated), (false, true));
    assert_eq!(first.ticket, second.ticket);
    assert_eq!(bench.number("select count(*) as n from participant where kind = 'guest'").await, 1);
    assert_eq!(bench.number("select count(*) as n from login_grant").await, 1);
    let other = bench.guest_opens("Another").await;
    assert_eq!(bench.public_view(other).await.ticket.number, first.ticket.number + 1);
    assert_eq!(bench.store.granted_tickets(login).await.unwrap(), [first.ticket.id]);
}

async fn a_customer_repeats_an_opening_by_another_login(bench: &Bench) {
    let (customer, login) = bench.customer("amina@example.org").await;
    let mut opening = bench.opening(login, OpeningRequester::Customer, "Hello");
    let first = bench.store.open_ticket(opening.clone()).await.unwrap();
    opening.login = bench.login(Audience::Requester, Some(customer)).await;
    let second = bench.store.open_ticket(opening.clone()).await.unwrap();
    assert_eq!((second.repeated, second.ticket.id), (true, first.ticket.id));
    opening.login = bench.visitor_login().await;
    assert_eq!(refusal(bench.store.open_ticket(opening).await), Err(NOT_SIGNED_IN));
    assert_eq!(bench.number("select count(*) as n from ticket").await, 1);
}

async fn files_are_bound_once_and_only_where_they_belong(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let other = bench.guest_opens("Other").await;
    let mine = uploads(bench, ticket.id, ticket.requester).await;
    let of_another = uploads(bench, other.id, other.requester).await;
    let of_agent = uploads(bench, ticket.id, agent.id).await;
    let with = |files: &[AttachmentId]| Act::Post {
        kind: PostKind::Reply,
        text: text("see"),
        attachments: files.to_vec(),
        mentions: Vec::new(),
        drafts: Vec::new(),
    };
    let visitor = Actor::Visitor(ticket.login);
    let refused = Err(Refusal::of("attachments", ErrorCode::NotFound));
    for files in [vec![of_another], vec![of_agent], vec![AttachmentId(bench.id())], vec![mine, mine]] {
        assert_eq!(bench.does(ticket.id, visitor, with(&files)).await, refused);
    }
    let sent = bench.does(ticket.id, visitor, with(&[mine])).await.unwrap();
    assert_eq!(bench.does(ticket.id, visitor, with(&[mine])).await, refused);
    let view = bench.public_view(ticket).await;
    let PublicBody::Message(message) = &view.events[2].body else { panic!("{view:?}") };
    assert_eq!((sent.n, message.attachments[0].id, message.attachments[0].name.as_str()), (3, mine, "receipt.png"));
    assert_eq!(bench.number("select count(*) as n from attachment where seq = 3").await, 1);
}

async fn a_login_that_writes_is_seen(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    // Idle for 24 hours ends a login; one that writes every 20 is not idle.
    for _ in 0..3 {
        bench.clock.advance(20 * 60 * MINUTE);
        bench.says(ticket, "still here").await;
    }
    bench.clock.advance(25 * 60 * MINUTE);
    assert!(matches!(bench.found(ticket.login).await, FoundLogin::Expired));
}

async fn uploads(bench: &Bench, ticket: TicketId, uploader: ParticipantId) -> AttachmentId {
    let id = bench.id();
    let text = "insert into attachment (id, site_id, uploader_id, ticket_id, name, media_type, bytes, sha256, object_key, \
                state, created_at) values ($1, $2, $3, $4, 'receipt.png', 'image/png', 5, $5, $6, 'stored', 1)";
    let (site, digest) = (bench.site().0, vec![0_u8; 32]);
    let row = [id.into(), site.into(), uploader.0.into(), ticket.0.into(), digest.into(), id.to_string().into()];
    run(bench.store.db().writes(), Sql::with(text, row)).await.unwrap();
    let text = "insert into file_space (site_id, bytes) values ($1, 5) \
                on conflict (site_id) do update set bytes = file_space.bytes + 5";
    run(bench.store.db().writes(), Sql::with(text, [site.into()])).await.unwrap();
    AttachmentId(id)
}

async fn time_closes_what_is_solved_and_rests(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let [solved, answered, open] = [
        bench.guest_opens("solved").await,
        bench.guest_opens("solved, and answered since").await,
        bench.guest_opens("open").await,
    ];
    for ticket in [solved, answered] {
        bench.does(ticket.id, Actor::Agent(agent.login), Act::Solve).await.unwrap();
    }
    let rested_since = bench.clock.now();
    bench.clock.advance(1);
    bench.says(answered, "one more thing").await;
    bench.does(answered.id, Actor::Agent(agent.login), Act::Solve).await.unwrap();

    assert_eq!(bench.store.close_rested(rested_since - 1, 10).await.unwrap(), 0);
    let other = bench.second_store().await;
    let (here, there) = tokio::join!(bench.store.close_rested(rested_since, 10), other.close_rested(rested_since, 10));
    assert_eq!(here.unwrap() + there.unwrap(), 1, "closed once, whoever was first");
    other.close().await;

    let status = async |ticket: Opened| bench.agent_view(ticket.id, agent).await.ticket.status;
    assert_eq!(
        (status(solved).await, status(answered).await, status(open).await),
        (Status::Closed, Status::Solved, Status::Open)
    );
    let event = bench.public_events(solved.id, 0).await.pop().unwrap();
    assert_eq!(event.body, PublicBody::Status { from: Status::Solved, to: Status::Closed });
    assert_eq!((event.author.side, event.author.name.as_str(), event.client_id), (Side::System, "", None));
    bench.says(solved, "It is back").await;
    assert_eq!(status(solved).await, Status::Open);
}
