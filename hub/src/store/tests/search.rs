//! The search: what is found by whom, after edits and erasures, and pages while others write.

use protocol::frame::PostKind;
use protocol::http::{Matched, SearchHits};
use protocol::model::{Detail, Role};
use protocol::{ErrorCode, TicketId};

use super::bench::{Bench, MINUTE, Opened, TestAgent, email, guest, name, post, refusal, text};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::message::Subject;
use crate::domain::search::Query;
use crate::store::writer::{Act, Actor, OpeningRequester};

pub async fn page(bench: &Bench, agent: TestAgent, typed: &str, after: Option<&str>, limit: u64) -> SearchHits {
    let agent = bench.agent_of(agent).await;
    bench.store.search(&agent, &Query::parse(typed).unwrap(), after, limit).await.unwrap()
}

/// (ticket, what matched, number) of the first page.
async fn found(bench: &Bench, agent: TestAgent, typed: &str) -> Vec<(TicketId, Matched, Option<i64>)> {
    let hits = page(bench, agent, typed, None, 0).await.hits;
    hits.into_iter().map(|hit| (hit.row.ticket.id, hit.matched, hit.n)).collect()
}

async fn kinds(bench: &Bench, agent: TestAgent, typed: &str) -> Vec<(Matched, Option<i64>)> {
    found(bench, agent, typed).await.into_iter().map(|(_, matched, n)| (matched, n)).collect()
}

/// The schema as it was before there was a search, and the steps since taken again by another node.
pub async fn migrates_again(bench: &Bench) {
    for text in [
        "drop table audit_head",
        "drop index audit_chained",
        "drop index audit_unchained",
        "alter table audit drop column chain_n",
        "drop index ticket_continued_in",
        "alter table ticket drop column continued_in",
        "alter table ticket drop column closed_at",
        "alter table delivery drop column lease_until",
        "drop table draft",
        "drop table macro",
        "alter table participant drop column away_since",
        "drop table mention",
        "drop index ticket_merged_into",
        "alter table ticket drop column merged_into",
        "alter table ticket drop column merge_depth",
    ] {
        bench.sql(text).await;
    }
    if !bench.is_postgres() {
        bench.sql("drop table search_index").await;
    }
    bench.sql("drop table search_entry").await;
    bench.sql("delete from schema_step where version >= 6").await;
    bench.second_store().await.close().await;
}

on_both! {
    everything_an_agent_sees_is_found_as_what_it_is,
    accents_case_phrases_and_beginnings,
    nothing_typed_is_syntax,
    only_what_access_allows_is_found,
    an_edit_is_found_and_what_it_replaced_is_not,
    what_was_erased_is_found_no_more_and_its_words_are_gone,
    names_and_addresses_follow_their_owner,
    a_number_typed_exactly_comes_first,
    pages_are_stable_while_others_write,
    what_was_there_before_the_search_is_found_after_the_step,
}

async fn opens_with(bench: &Bench, subject: &str, words: &str, details: Vec<Detail>) -> (Opened, i64) {
    let login = bench.visitor_login().await;
    let requester = OpeningRequester::Guest { email: email("zoe.b@example.org"), name: Some(name("Zoé Béranger")) };
    let mut opening = bench.opening(login, requester, words);
    opening.subject = Subject::parse(subject, &text(words)).unwrap();
    opening.details = details;
    let ticket = bench.store.open_ticket(opening).await.unwrap().ticket;
    let found = bench.store.ticket_ref(bench.site(), ticket.id).await.unwrap().unwrap();
    (Opened { id: ticket.id, requester: found.requester, login }, ticket.number)
}

async fn everything_an_agent_sees_is_found_as_what_it_is(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let detail = Detail { key: "transaction".to_owned(), value: "TX-8842-19F".to_owned() };
    let (ticket, number) = opens_with(bench, "Refund please", "My card was charged twice", vec![detail]).await;
    bench.clock.advance(MINUTE);
    bench.answers(ticket.id, lea, "We look into the charge").await;
    bench.notes(ticket.id, lea, "The acquirer holds it").await;
    for (typed, expected) in [
        ("refund", vec![(Matched::Subject, None)]),
        ("charged twice", vec![(Matched::Message, Some(2))]),
        ("charge", vec![(Matched::Message, Some(3)), (Matched::Message, Some(2))]),
        ("acquirer", vec![(Matched::Note, Some(5))]),
        ("beranger", vec![(Matched::Name, None)]),
        ("zoe.b@exam", vec![(Matched::Address, None)]),
        ("tx-8842", vec![(Matched::Detail, Some(1))]),
        (&*number.to_string(), vec![(Matched::Number, None)]),
        ("charged acquirer", vec![]),
    ] {
        assert_eq!(kinds(bench, lea, typed).await, expected, "{typed}");
    }
    let hits = page(bench, lea, "charge", None, 0).await;
    assert_eq!(hits.next, None);
    let [answer, question] = hits.hits.as_slice() else { panic!("{hits:?}") };
    assert_eq!(answer.author.as_ref().unwrap().name, "Lea");
    assert_eq!((answer.at, question.at), (bench.clock.now(), bench.clock.now() - MINUTE as i64));
    assert_eq!((question.row.ticket.number, question.row.read_n, question.row.unread), (number, 5, 0));
    let pieces: Vec<_> = question.excerpt.iter().map(|piece| (piece.text.as_str(), piece.found)).collect();
    assert_eq!(pieces, [("My card was ", false), ("charged", true), (" twice", false)]);
}

async fn accents_case_phrases_and_beginnings(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let words = "Où est ma CŒUR-de-pomme ? Straße, naïve; 我的卡被扣款; متى تصل الحوالة";
    let (ticket, _) = opens_with(bench, "x", words, Vec::new()).await;
    let hit = vec![(ticket.id, Matched::Message, Some(2))];
    for typed in
        ["ou", "coeur", "Cœur de", "strasse", "NAÏVE", "naive str", "nai", "被扣", "الحوالة", "\"ma coeur de pomme\""]
    {
        assert_eq!(found(bench, lea, typed).await, hit, "{typed}");
    }
    // A beginning is enough for the last word only, and not in a closed phrase; a phrase keeps its order.
    for typed in ["nai coeur", "\"nai\"", "\"pomme de coeur\"", "扣被", "omme"] {
        assert_eq!(found(bench, lea, typed).await, [], "{typed}");
    }
}

async fn nothing_typed_is_syntax(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    opens_with(bench, "x", "words or cards", Vec::new()).await;
    for (typed, hits) in [
        ("'; drop table search_entry; --", 0),
        ("words OR nothing", 0),
        ("words NOT cards", 0),
        ("words: words", 1),
        ("NEAR(words cards)", 0),
        ("words*", 1),
        ("\"words\" or \"cards\"", 1),
        ("^words", 1),
        ("{words}", 1),
        ("words & !cards | x:*", 0),
        ("words <-> cards", 1),
        ("\\words\\ 'cards'", 1),
        ("$1 %s", 0),
        ("- words", 1),
    ] {
        assert_eq!(kinds(bench, lea, typed).await.len(), hits, "{typed}");
    }
    let agent = bench.agent_of(lea).await;
    for after in ["garbage", "", "AAAA", "%00"] {
        let query = Query::parse("words").unwrap();
        let refused = refusal(bench.store.search(&agent, &query, Some(after), 10).await).unwrap_err();
        assert_eq!(refused, Refusal::of("after", ErrorCode::BadValue), "{after}");
    }
}

/// By role and by where the ticket stands, as `access` says.
async fn only_what_access_allows_is_found(bench: &Bench) {
    let (payments, shipping) = (bench.team("Payments").await, bench.team("Shipping").await);
    let lea = bench.agent("Lea", Role::Agent, &[payments]).await;
    let mia = bench.agent("Mia", Role::Agent, &[]).await;
    let lou = bench.agent("Lou", Role::Lead, &[]).await;
    let ada = bench.agent("Ada", Role::Admin, &[]).await;
    let mut tickets = Vec::new();
    for (team, agent) in [
        (None, None),
        (Some(payments), None),
        (Some(shipping), None),
        (Some(shipping), Some(lea)),
        (None, Some(mia)),
        (Some(payments), Some(mia)),
    ] {
        let (ticket, _) = opens_with(bench, "canary subject", "canary message", Vec::new()).await;
        bench.notes(ticket.id, lou, "canary note").await;
        if team.is_some() || agent.is_some() {
            let act = Act::Assign { team, agent: agent.map(|agent| agent.id) };
            bench.does(ticket.id, Actor::Agent(lou.login), act).await.unwrap();
        }
        tickets.push(ticket.id);
    }
    for (agent, seen) in
        [(lea, vec![0, 1, 3, 5]), (mia, vec![0, 4, 5]), (lou, vec![0, 1, 2, 3, 4, 5]), (ada, vec![0, 1, 2, 3, 4, 5])]
    {
        let mut expected = Vec::new();
        for index in seen.into_iter().rev() {
            let ticket: TicketId = tickets[index];
            expected.push((ticket, Matched::Note, Some(3)));
            expected.push((ticket, Matched::Message, Some(2)));
            expected.push((ticket, Matched::Subject, None));
        }
        assert_eq!(found(bench, agent, "canary").await, expected);
    }
    // A number that is typed leads to no foreign ticket either.
    let foreign = bench.store.agent_rows(&[tickets[2]]).await.unwrap().remove(0).number;
    assert_eq!(found(bench, lea, &foreign.to_string()).await, []);
    assert_eq!(found(bench, lou, &foreign.to_string()).await, [(tickets[2], Matched::Number, None)]);
    let mut elsewhere = bench.agent_of(ada).await;
    elsewhere.site = protocol::SiteId(bench.id());
    let query = Query::parse("canary").unwrap();
    assert_eq!(bench.store.search(&elsewhere, &query, None, 0).await.unwrap().hits, []);
}

async fn an_edit_is_found_and_what_it_replaced_is_not(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let (ticket, _) = opens_with(bench, "x", "my crad is blue", Vec::new()).await;
    let edit = |words: &str| Act::Edit { target: 2, text: text(words) };
    bench.does(ticket.id, Actor::Visitor(ticket.login), edit("my card is blue")).await.unwrap();
    bench.does(ticket.id, Actor::Visitor(ticket.login), edit("my card is green")).await.unwrap();
    assert_eq!(kinds(bench, lea, "green card").await, [(Matched::Message, Some(2))]);
    assert_eq!(page(bench, lea, "green", None, 0).await.hits[0].excerpt[0].text, "my card is ");
    for typed in ["crad", "blue"] {
        assert_eq!(kinds(bench, lea, typed).await, [], "{typed}");
    }
    let n = bench.notes(ticket.id, lea, "tomorow").await;
    let act = Act::Edit { target: n, text: text("tomorrow") };
    bench.does(ticket.id, Actor::Agent(lea.login), act).await.unwrap();
    assert_eq!(kinds(bench, lea, "tomorrow").await, [(Matched::Note, Some(n))]);
    assert_eq!(kinds(bench, lea, "tomorow").await, []);
}

/// Not in the rows, and on SQLite not in the index's own tables either.
async fn what_was_erased_is_found_no_more_and_its_words_are_gone(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let (ticket, _) = opens_with(bench, "x", "first", Vec::new()).await;
    let said = bench.says(ticket, "my code is zanzibarcode").await;
    let edit = Act::Edit { target: said, text: text("it is zanzibarcode indeed") };
    bench.does(ticket.id, Actor::Visitor(ticket.login), edit).await.unwrap();
    let noted = bench.notes(ticket.id, lea, "they wrote zanzibarcode").await;
    let traces = async || super::privacy::columns_with(bench, "zanzibarcode").await;
    assert_eq!(kinds(bench, lea, "zanzibarcode").await.len(), 2);
    assert!(traces().await.iter().any(|column| column == "search_entry.words"));
    for target in [said, noted] {
        bench.does(ticket.id, Actor::Agent(lea.login), Act::Redact { target }).await.unwrap();
    }
    assert_eq!(kinds(bench, lea, "zanzibarcode").await, []);
    assert_eq!(traces().await, Vec::<String>::new());
    assert_eq!(kinds(bench, lea, "first").await, [(Matched::Message, Some(2))]);
}

async fn names_and_addresses_follow_their_owner(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let (customer, login) = bench.customer("amina@example.org").await;
    bench.opens(login, OpeningRequester::Customer, "mine").await;
    bench.store.rename_customer(bench.site(), customer, &name("Amina Haddad")).await.unwrap();
    assert_eq!(kinds(bench, lea, "haddad").await, [(Matched::Name, None)]);
    // A guest's address is corrected, then the customer takes the ticket over.
    let ticket = bench.opens(bench.visitor_login().await, guest("anima@example.org"), "hello").await;
    let correct = Act::ChangeAddress { email: email("amina@example.org") };
    bench.does(ticket.id, Actor::Visitor(ticket.login), correct).await.unwrap();
    assert_eq!(kinds(bench, lea, "anima").await, []);
    assert_eq!(kinds(bench, lea, "amina@example.org").await.len(), 2);
    bench.does(ticket.id, Actor::Visitor(login), Act::Join).await.unwrap();
    assert_eq!(kinds(bench, lea, "haddad").await, [(Matched::Name, None), (Matched::Name, None)]);
    bench.store.rename_customer(bench.site(), customer, &name("Amina Benali")).await.unwrap();
    assert_eq!(kinds(bench, lea, "haddad").await, []);
    assert_eq!(kinds(bench, lea, "benali").await.len(), 2);
}

async fn a_number_typed_exactly_comes_first(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let (first, number) = opens_with(bench, "x", "old", Vec::new()).await;
    for _ in 0..3 {
        bench.clock.advance(MINUTE);
        opens_with(bench, "x", &format!("as in {number}, and {number}7"), Vec::new()).await;
    }
    for typed in [format!("{number}"), format!(" #{number} ")] {
        let hits = found(bench, lea, &typed).await;
        assert_eq!(hits[0], (first.id, Matched::Number, None));
        assert_eq!(hits.len(), 4, "and only once");
    }
    let one = page(bench, lea, &number.to_string(), None, 1).await;
    assert_eq!(one.hits[0].row.ticket.id, first.id);
    let mut next = one.next;
    let mut rest = 0;
    while let Some(after) = next {
        let hits = page(bench, lea, &number.to_string(), Some(&after), 2).await;
        assert!(hits.hits.iter().all(|hit| hit.matched == Matched::Message));
        rest += hits.hits.len();
        next = hits.next;
    }
    assert_eq!(rest, 3);
}

async fn pages_are_stable_while_others_write(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let (ticket, _) = opens_with(bench, "x", "hay", Vec::new()).await;
    for i in 0..25 {
        bench.says(ticket, &format!("needle {i}")).await;
    }
    let (mut seen, mut next) = (Vec::new(), None);
    loop {
        let hits = page(bench, lea, "needle", next.as_deref(), 10).await;
        assert!(hits.hits.len() <= 10);
        seen.extend(hits.hits.into_iter().map(|hit| hit.n.unwrap()));
        next = hits.next;
        if next.is_none() {
            break;
        }
        bench.says(ticket, "a new needle").await;
        let act = Act::Edit { target: 20, text: text("needle, edited") };
        bench.does(ticket.id, Actor::Visitor(ticket.login), act).await.unwrap();
    }
    assert_eq!(seen, (3..28).rev().collect::<Vec<_>>());
    assert_eq!(page(bench, lea, "needle", None, 1_000).await.hits.len(), 27);
}

async fn what_was_there_before_the_search_is_found_after_the_step(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let (_, login) = bench.customer("amina@example.org").await;
    let (ticket, number) = opens_with(bench, "Refund", "the needle one", Vec::new()).await;
    bench.clock.advance(MINUTE);
    let other = bench.opens(login, OpeningRequester::Customer, "needle two").await;
    bench.clock.advance(MINUTE);
    bench.does(ticket.id, Actor::Agent(lea.login), post(PostKind::Note, "needle noted")).await.unwrap();
    let edit = Act::Edit { target: 2, text: text("needle second") };
    bench.does(other.id, Actor::Visitor(login), edit).await.unwrap();
    // In the guest's numbering, which skips the note.
    let gone = bench.says(ticket, "needle erased").await;
    bench.does(ticket.id, Actor::Agent(lea.login), Act::Redact { target: gone + 1 }).await.unwrap();
    let typed = ["needle", "refund", "amina", "two", "second", "erased", "zoe", &number.to_string()];
    let mut before = Vec::new();
    for typed in typed {
        before.push(page(bench, lea, typed, None, 0).await);
    }
    assert_eq!(before.iter().map(|hits| hits.hits.len()).collect::<Vec<_>>(), [4, 1, 1, 1, 1, 0, 2, 1]);
    migrates_again(bench).await;
    for (typed, before) in typed.into_iter().zip(before) {
        assert_eq!(page(bench, lea, typed, None, 0).await, before, "{typed}");
    }
    bench.says(ticket, "needle after").await;
    assert_eq!(kinds(bench, lea, "needle aft").await.len(), 1);
}
