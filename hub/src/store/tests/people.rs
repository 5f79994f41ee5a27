//! Agents, teams, customers.

use futures_util::future::join_all;
use protocol::http::{AgentState, ChangeAgent};
use protocol::model::{Availability, Role};
use protocol::{ErrorCode, ParticipantId, TeamId};

use super::bench::{Bench, email, name, refusal};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::message::TeamName;
use crate::store::audit::Audit;
use crate::store::logins::FoundLogin;

fn team_name(name: &str) -> TeamName {
    TeamName::parse(name).unwrap()
}

fn change() -> ChangeAgent {
    ChangeAgent { role: None, teams: None, disabled: None }
}

on_both! {
    an_address_is_one_agents,
    a_repeated_creation_answers_the_same,
    agents_are_told_as_they_are,
    a_change_of_rights_ends_what_it_must,
    the_last_two_admins_cannot_both_go,
    teams_have_names_of_their_own,
    a_customer_has_an_account,
    mails_to_an_agent_are_in_the_language_of_their_browser,
    an_agents_availability_is_kept_and_is_the_agents_alone,
}

async fn an_address_is_one_agents(bench: &Bench) {
    let add = |address: &'static str| {
        let (store, site) = (bench.store.clone(), bench.site());
        async move { store.add_agent(site, &email(address), &name("Lea"), Role::Agent, &[], None).await }
    };
    let id = add("lea@Example.org").await.unwrap();
    assert_eq!(refusal(add("Lea@example.org").await).unwrap_err(), Refusal::of("email", ErrorCode::Conflict));
    // A customer may have the same address.
    bench.customer("lea@example.org").await;
    let credentials = bench.store.credentials(bench.site(), &email("LEA@example.org")).await.unwrap().unwrap();
    assert_eq!((credentials.agent, credentials.password_hash, credentials.disabled), (id, None, false));
    assert!(bench.store.credentials(bench.site(), &email("nobody@example.org")).await.unwrap().is_none());
}

async fn a_repeated_creation_answers_the_same(bench: &Bench) {
    let admin = bench.agent("Ada", Role::Admin, &[]).await;
    let (key, other) = (bench.key(), bench.key());
    let stores = [bench.store.clone(), bench.second_store().await];
    let adds = (0..6).map(|turn| {
        let (store, site) = (stores[turn % 2].clone(), bench.site());
        tokio::spawn(async move {
            let agent = store
                .add_agent(site, &email("new@example.org"), &name("New"), Role::Agent, &[], Some((admin.login, key)))
                .await;
            let team = store.add_team(site, &team_name("Payments"), Some((admin.login, other))).await;
            (agent.unwrap(), team.unwrap().id)
        })
    });
    let added: Vec<_> = join_all(adds).await.into_iter().map(Result::unwrap).collect();
    assert!(added.iter().all(|one| *one == added[0]));
    assert_eq!(bench.store.agents(bench.site()).await.unwrap().len(), 2);
    let answer = bench.store.answered(admin.login, key).await.unwrap().unwrap();
    assert_eq!(serde_json::from_str::<ParticipantId>(&answer).unwrap(), added[0].0);
    assert_eq!(bench.store.answered(admin.login, bench.key()).await.unwrap(), None);
    stores[1].close().await;
}

async fn agents_are_told_as_they_are(bench: &Bench) {
    let (pay, ship) = (bench.team("Payments").await, bench.team("Shipping").await);
    let ada = bench.agent("Ada", Role::Admin, &[]).await;
    let lea = bench.agent("Lea", Role::Agent, &[ship, pay, ship]).await;
    let new = bench
        .store
        .add_agent(bench.site(), &email("new@example.org"), &name("New"), Role::Lead, &[], None)
        .await
        .unwrap();
    let off = bench.agent("Off", Role::Agent, &[]).await;
    bench.store.change_agent(bench.site(), off.id, &ChangeAgent { disabled: Some(true), ..change() }).await.unwrap();
    let agents = bench.store.agents(bench.site()).await.unwrap();
    let told: Vec<_> = agents.into_iter().map(|agent| (agent.id, agent.role, agent.teams, agent.state)).collect();
    assert_eq!(
        told,
        [
            (ada.id, Role::Admin, vec![], AgentState::Active),
            (lea.id, Role::Agent, vec![pay, ship], AgentState::Active),
            (new, Role::Lead, vec![], AgentState::Invited),
            (off.id, Role::Agent, vec![], AgentState::Disabled),
        ]
    );
    let assignable = bench.store.assignable(bench.site()).await.unwrap();
    assert_eq!(assignable.iter().map(|each| each.agent.id).collect::<Vec<_>>(), [ada.id, lea.id]);
    assert_eq!(assignable[1].teams, [pay, ship]);
    bench.store.rename_agent(bench.site(), lea.id, &name("Léa")).await.unwrap();
    let row = bench.store.agent(bench.site(), lea.id).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.role, row.password_hash.as_deref()), ("Léa", Role::Agent, Some("hash")));
    assert_eq!(row.teams.iter().map(|team| team.name.as_str()).collect::<Vec<_>>(), ["Payments", "Shipping"]);
    assert!(bench.store.agent(bench.site(), ParticipantId(bench.id())).await.unwrap().is_none());
    assert!(matches!(bench.found(off.login).await, FoundLogin::Revoked));
}

async fn a_change_of_rights_ends_what_it_must(bench: &Bench) {
    let pay = bench.team("Payments").await;
    let ada = bench.agent("Ada", Role::Admin, &[]).await;
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let alter = |id, change: ChangeAgent| {
        let (store, site) = (bench.store.clone(), bench.site());
        async move { store.change_agent(site, id, &change).await }
    };
    // A team is a right that open connections re-read.
    assert_eq!(alter(lea.id, ChangeAgent { teams: Some(vec![pay]), ..change() }).await.unwrap(), []);
    assert_eq!(bench.agent_of(lea).await.teams, [pay]);
    assert_eq!(alter(lea.id, ChangeAgent { role: Some(Role::Agent), ..change() }).await.unwrap(), []);
    assert_eq!(alter(lea.id, ChangeAgent { role: Some(Role::Lead), ..change() }).await.unwrap(), [lea.login]);
    let nowhere = ChangeAgent { teams: Some(vec![TeamId(bench.id())]), role: Some(Role::Agent), ..change() };
    assert_eq!(refusal(alter(lea.id, nowhere).await).unwrap_err(), Refusal::of("teams", ErrorCode::NotFound));
    let row = bench.store.agent(bench.site(), lea.id).await.unwrap().unwrap();
    assert_eq!((row.role, row.teams.len()), (Role::Lead, 1), "nothing of a refused change stays");
    let conflict = Refusal::new(ErrorCode::Conflict);
    for last in [ChangeAgent { disabled: Some(true), ..change() }, ChangeAgent { role: Some(Role::Lead), ..change() }] {
        assert_eq!(refusal(alter(ada.id, last).await).unwrap_err(), conflict);
    }
    assert_eq!(
        refusal(alter(ParticipantId(bench.id()), change()).await).unwrap_err(),
        Refusal::new(ErrorCode::NotFound)
    );
}

async fn the_last_two_admins_cannot_both_go(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    for round in 0..5 {
        let one = bench.agent(&format!("One{round}"), Role::Admin, &[]).await;
        let two = bench.agent(&format!("Two{round}"), Role::Admin, &[]).await;
        bench
            .sql(&format!("update participant set role = 'agent' where kind = 'agent' and name not like '%{round}'"))
            .await;
        let go = [one, two].into_iter().zip(stores.clone()).map(|(agent, store)| {
            let site = bench.site();
            tokio::spawn(async move {
                store.change_agent(site, agent.id, &ChangeAgent { disabled: Some(true), ..change() }).await.is_ok()
            })
        });
        let mut went: Vec<_> = join_all(go).await.into_iter().map(Result::unwrap).collect();
        went.sort_unstable();
        assert_eq!(went, [false, true]);
    }
    stores[1].close().await;
}

async fn teams_have_names_of_their_own(bench: &Bench) {
    let site = bench.site();
    let pay = bench.store.add_team(site, &team_name("Payments"), None).await.unwrap();
    let ship = bench.store.add_team(site, &team_name("Shipping"), None).await.unwrap();
    let taken = Refusal::of("name", ErrorCode::Conflict);
    assert_eq!(refusal(bench.store.add_team(site, &team_name("Payments"), None).await).unwrap_err(), taken);
    assert_eq!(refusal(bench.store.rename_team(site, ship.id, &team_name("Payments")).await).unwrap_err(), taken);
    let renamed = bench.store.rename_team(site, ship.id, &team_name("Orders")).await.unwrap();
    assert_eq!((renamed.id, renamed.name.as_str()), (ship.id, "Orders"));
    let missing = bench.store.rename_team(site, TeamId(bench.id()), &team_name("X")).await;
    assert_eq!(refusal(missing).unwrap_err(), Refusal::new(ErrorCode::NotFound));
    assert_eq!(bench.store.teams(site).await.unwrap(), [renamed, pay]);
}

async fn a_customer_has_an_account(bench: &Bench) {
    let (customer, _) = bench.customer("Amina@example.org").await;
    bench.store.rename_customer(bench.site(), customer, &name("Amina")).await.unwrap();
    let account = bench.store.account(bench.site(), customer).await.unwrap().unwrap();
    assert_eq!((account.name.as_str(), account.email.as_str()), ("Amina", "Amina@example.org"));
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    assert_eq!(bench.store.account(bench.site(), agent.id).await.unwrap(), None);
    let act = Audit {
        site: bench.site(),
        act: "agent.signed_in",
        actor: Some(agent.id),
        subject: None,
        network: "192.0.2.1/32".to_owned(),
        details: serde_json::json!({"login": agent.login}),
    };
    bench.store.audit(act).await.unwrap();
    assert_eq!(bench.number("select count(*) as n from audit where act = 'agent.signed_in'").await, 1);
}

async fn mails_to_an_agent_are_in_the_language_of_their_browser(bench: &Bench) {
    let agent = bench.agent("Ines", Role::Agent, &[]).await;
    bench.store.set_agent_locale(bench.site(), agent.id, crate::domain::Locale::Fr).await.unwrap();
    assert_eq!(bench.number("select count(*) as n from participant where kind = 'agent' and locale = 'fr'").await, 1);
}

async fn an_agents_availability_is_kept_and_is_the_agents_alone(bench: &Bench) {
    let (lea, max) = (bench.agent("Lea", Role::Agent, &[]).await, bench.agent("Max", Role::Agent, &[]).await);
    let ticket = bench.guest_opens("Hello").await;
    let site = bench.site();
    let since = async || bench.number("select coalesce(max(away_since), 0) as n from participant").await;
    bench.store.set_availability(site, lea.id, Availability::Away).await.unwrap();
    let first = since().await;
    assert_eq!(first, bench.clock.now());
    bench.clock.advance(1_000);
    bench.store.set_availability(site, lea.id, Availability::Away).await.unwrap();
    bench.store.set_availability(site, ticket.requester, Availability::Away).await.unwrap();
    assert_eq!(since().await, first, "away since the first time, and no requester is");
    let mut found = bench.store.availabilities(&[lea.id, max.id, ticket.requester]).await.unwrap();
    found.sort_unstable_by_key(|(_, id, _)| *id);
    let mut expected = [(site, lea.id, Availability::Away), (site, max.id, Availability::Available)];
    expected.sort_unstable_by_key(|(_, id, _)| *id);
    assert_eq!(found, expected);
    let assignable = bench.store.assignable(site).await.unwrap();
    let away: Vec<_> = assignable.iter().filter(|each| each.availability == Availability::Away).collect();
    assert_eq!(away.iter().map(|each| each.agent.id).collect::<Vec<_>>(), [lea.id]);
    assert_eq!(bench.store.agent(site, lea.id).await.unwrap().unwrap().availability, Availability::Away);
    bench.store.set_availability(site, lea.id, Availability::Available).await.unwrap();
    assert_eq!(since().await, 0);
}
