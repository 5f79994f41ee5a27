//! Security and administration are written down, by a fixed vocabulary and without secrets (R-J1, R-J2).

use protocol::ErrorCode;
use protocol::http::{
    AgentSignIn, AskCode, ChangeAddress, ChangeAgent, ChangeAgentMe, ChangePassword, Invite, OneTimeLink, SignIn,
    TeamName, UseLink,
};
use protocol::model::{Role, TeamRef};
use serde_json::{Value, json};
use tests::people::{ADMIN_EMAIL, PASSWORD};
use tests::process::{Process, link_token};
use tests::socket::new_client_id;
use tests::sql::Sql;
use tests::stored::Place;
use tests::{Hub, Setup, logs, wait};

const LENA: &str = "lena.morel@verso.example";
const AMINA: &str = "amina.canary@example.org";
const NEW_PASSWORD: &str = "four other plain words";

on_sqlite! {
    /// R-J2: what happens, and what is written down about it, act by act.
    async fn every_security_event_is_written_down_once_and_in_order(hub) with Setup::default().postgres(), {
        let mut acts = Acts { hub, seen: 0 };
        let nobody = hub.site.browser();
        let refused = nobody.post::<Value>("/v1/agent/links/a-token-that-never-was", used(None)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::LinkUsed);
        acts.are(&["link.refused"]);
        let first_admin = hub.first_admin_token();
        let nora = hub.admin().await;
        acts.are(&["link.used"]);

        // Signing in, and failing to.
        let mut nora = { drop(nora); hub.site.agent_signs_in(ADMIN_EMAIL).await };
        acts.are(&["agent.signed_in"]);
        for email in [ADMIN_EMAIL, "nobody@verso.example"] {
            let form = AgentSignIn { email: email.into(), password: "not the password".into() };
            nobody.post::<Value>("/v1/agent/sign-in", form).await.unwrap_err();
        }
        acts.are(&["agent.sign_in_failed", "agent.sign_in_failed"]);

        // Administration.
        let team: TeamRef =
            nora.browser.post_once(new_client_id(), "/v1/agent/teams", TeamName { name: "Payments".into() }).await.unwrap();
        let _: Value = nora.browser.patch(&format!("/v1/agent/teams/{}", team.id), TeamName { name: "Refunds".into() }).await.unwrap();
        let invite = Invite { email: LENA.into(), name: "Lena Morel".into(), role: Role::Agent, teams: vec![team.id] };
        let invited: OneTimeLink = nora.browser.post_once(new_client_id(), "/v1/agent/agents", invite).await.unwrap();
        let invited = link_token(&format!("{}\n", invited.url)).unwrap();
        let lena = hub.site.browser();
        let me: Value = lena.post(&format!("/v1/agent/links/{invited}"), used(Some("Lena Morel"))).await.unwrap();
        lena.post::<Value>(&format!("/v1/agent/links/{invited}"), used(Some("Lena Morel"))).await.unwrap_err();
        acts.are(&["team.added", "team.renamed", "agent.invited", "link.used", "link.refused"]);
        let path = format!("/v1/agent/agents/{}", me["id"].as_str().unwrap());
        assert_eq!(lena.get::<Value>("/v1/agent/agents").await.unwrap_err().code, ErrorCode::Forbidden);
        let role = ChangeAgent { role: Some(Role::Lead), teams: None, disabled: None };
        let _: Value = nora.browser.patch(&path, role).await.unwrap();
        let _: Value = nora.browser.post(&format!("{path}/end-sessions"), json!({})).await.unwrap();
        acts.are(&["access.refused", "agent.changed", "agent.sessions_ended"]);
        let reset: OneTimeLink = nora.browser.post(&format!("{path}/reset-link"), json!({})).await.unwrap();
        let reset = link_token(&format!("{}\n", reset.url)).unwrap();
        let _: Value = lena.post(&format!("/v1/agent/links/{reset}"), used(None)).await.unwrap();
        let disabled = ChangeAgent { role: None, teams: None, disabled: Some(true) };
        let _: Value = nora.browser.patch(&path, disabled).await.unwrap();
        acts.are(&["agent.reset_link_made", "link.used", "agent.changed"]);

        // One's own password and sessions.
        let change = |current: &str| ChangeAgentMe {
            name: None,
            availability: None,
            password: Some(ChangePassword { current: current.into(), new: NEW_PASSWORD.into() }),
        };
        nora.browser.patch::<Value>("/v1/agent/me", change("not the password")).await.unwrap_err();
        let _: Value = nora.browser.patch("/v1/agent/me", change(PASSWORD)).await.unwrap();
        let _: Value = nora.browser.post("/v1/agent/sign-out", json!({})).await.unwrap();
        let form = AgentSignIn { email: ADMIN_EMAIL.into(), password: NEW_PASSWORD.into() };
        let _: Value = nora.browser.post("/v1/agent/sign-in", form).await.unwrap();
        let _: Value = nora.browser.post("/v1/agent/sign-out-everywhere", json!({})).await.unwrap();
        acts.are(&[
            "agent.sign_in_failed",
            "agent.password_changed",
            "agent.signed_out",
            "agent.signed_in",
            "agent.sessions_ended",
        ]);

        // A guest, who becomes a customer.
        let (amina, ticket) = hub.site.guest("typo@example.org", "Where is my parcel?").await;
        let _: Value = amina.browser.put(&format!("/v1/tickets/{}/address", ticket.id), ChangeAddress { email: AMINA.into() }).await.unwrap();
        let _: Value = amina.browser.post("/v1/sign-in/code", AskCode { email: AMINA.into(), locale: None }).await.unwrap();
        let code = amina.code_mailed_to(AMINA).await;
        amina.browser.post::<Value>("/v1/sign-in", SignIn { code: other_than(&code) }).await.unwrap_err();
        let _: Value = amina.browser.post("/v1/sign-in", SignIn { code: code.clone() }).await.unwrap();
        let _: Value = amina.browser.post_once(new_client_id(), &format!("/v1/tickets/{}/join", ticket.id), json!({})).await.unwrap();
        let cookie = amina.browser.cookie_value("__Host-hub_visitor").unwrap();
        let _: Value = amina.browser.post("/v1/sign-out", json!({})).await.unwrap();
        acts.are(&[
            "ticket.address_changed",
            "code.asked",
            "code.failed",
            "customer.signed_in",
            "ticket.joined",
            "customer.signed_out",
        ]);

        // A limit is told in the log alone: a flood must not become a flood of rows.
        let again = async || {
            let form = AgentSignIn { email: LENA.into(), password: "not the password".into() };
            nobody.post::<Value>("/v1/agent/sign-in", form).await.unwrap_err().code
        };
        let mut failed = 0;
        while again().await == ErrorCode::WrongPassword {
            failed += 1;
        }
        acts.are(&vec!["agent.sign_in_failed"; failed]);
        assert!(logs::lines().lines().any(|line| line.contains("limit.hit") && line.contains("audit")), "in the log");

        // R-J1: neither addresses nor codes nor tokens nor passwords stand in it.
        let all: Vec<String> = hub.audit().into_iter().map(|(_, row)| row).collect();
        for secret in ["@", &code, &cookie, &first_admin, &invited, &reset, PASSWORD, NEW_PASSWORD, "Lena", "Nora", "parcel"] {
            let row = all.iter().find(|row| row.contains(secret));
            assert!(row.is_none(), "{secret} stands in the audit: {row:?}");
        }
        // Each row says from where, and it all has one site.
        assert!(all.iter().all(|row| row.contains("127.0.0.1")), "{all:#?}");
        nora.leaves();
    }
}

mod the_chain_of_a_hub_is_verified_and_an_edit_is_named {
    use super::{Place, verifies};

    #[tokio::test(flavor = "multi_thread")]
    async fn on_sqlite() {
        verifies(Place::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn on_postgres() {
        verifies(Place::postgres()).await;
    }
}

/// By the built binary, beside a running hub and without one (R-J3, R-K19).
async fn verifies(place: Place) {
    let settings: Vec<_> = place.setting().into_iter().collect();
    let mut hub = Process::new(&settings);
    hub.start();
    hub.is_ready().await;
    drop(hub.site.first_admin(&hub.first_admin_link().await).await);
    drop(hub.site.agent_signs_in(ADMIN_EMAIL).await);
    hub.kill().await;
    // It chains what is there as soon as it starts.
    hub.start();
    hub.is_ready().await;
    let asked = async |arguments: &[&str]| {
        let done = hub.command(arguments).output().await.unwrap();
        (String::from_utf8([done.stdout, done.stderr].concat()).unwrap(), done.status.success())
    };
    let told = wait::until("both acts are chained", async || {
        let (said, well) = asked(&["audit", "verify"]).await;
        assert!(well, "{said}");
        said.contains("2 rows are as they were written, 0 are not chained yet").then_some(said)
    })
    .await;
    let known = told.rsplit_once("the chain's end: ").unwrap().1.trim();
    assert!(hub.printed().contains(known.split_once(':').unwrap().1), "told in the log too: {}", hub.printed());
    assert!(asked(&["audit", "verify", "--known", known]).await.1);
    let (said, well) = asked(&["audit", "verify", "--known", "2:ff"]).await;
    assert!(!well && said.contains("N:HASH"), "{said}");
    let (said, well) = asked(&["audit", "verify", "--known", &format!("2:{}", "ab".repeat(32))]).await;
    assert!(!well && said.contains("the chain was made anew: the row 2 had another hash once"), "{said}");

    let mut sql = Sql::open(&place, hub.data()).await;
    sql.run("update audit set details = '{\"edited\":true}' where chain_n = 1").await;
    let (said, well) = asked(&["audit", "verify"]).await;
    assert!(!well && said.contains("!!  the row 1 (id") && said.contains("was edited, or put in"), "{said}");
    let (said, well) = asked(&["check"]).await;
    assert!(!well && said.contains("!!  audit           the row 1 (id"), "{said}");
    assert_eq!(said.matches("!!").count(), 1, "{said}");
    sql.close().await;
    hub.kill().await;
}

/// The audit, read on from where it was read last.
struct Acts<'a> {
    hub: &'a Hub,
    seen: usize,
}

impl Acts<'_> {
    fn are(&mut self, expected: &[&str]) {
        let all = self.hub.audit();
        let new: Vec<&str> = all[self.seen..].iter().map(|(act, _)| act.as_str()).collect();
        assert_eq!(new, expected);
        self.seen = all.len();
    }
}

fn used(name: Option<&str>) -> UseLink {
    UseLink { email: None, name: name.map(str::to_owned), password: PASSWORD.into() }
}

fn other_than(code: &str) -> String {
    code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect()
}
