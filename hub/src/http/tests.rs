//! The table of routes, the file of permissions and the page of the protocol say the same (R-D1).

use std::collections::{BTreeMap, BTreeSet};

use protocol::ErrorCode;
use protocol::frame::ClientFrame;
use serde::Deserialize;

use super::access::Permission;
use super::routes::routes;

type Answers = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Permissions {
    answers: Answers,
    routes: BTreeMap<String, String>,
    frame_answers: Answers,
    frames: BTreeMap<String, String>,
}

const ROLES: [&str; 9] =
    ["admin", "agent", "agent_out", "anonymous", "customer", "guest", "lead", "stranger_customer", "stranger_guest"];

fn permissions() -> Permissions {
    toml::from_str(include_str!("../../permissions.toml")).expect("permissions.toml can be read")
}

#[test]
fn every_route_stands_in_the_file_of_permissions_and_none_else() {
    let file: BTreeSet<String> = permissions().routes.into_keys().collect();
    let table: BTreeSet<String> = routes().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(table.len(), routes().len(), "a route stands twice");
    assert_eq!(table, file);
}

#[test]
fn a_routes_permission_is_what_the_file_says() {
    let permissions = permissions();
    for route in routes() {
        let named = &permissions.routes[&format!("{} {}", route.method, route.path)];
        let fits: &[&str] = match route.permission {
            Permission::Open | Permission::Everybody => &["open", "link_holder"],
            Permission::LocalMailbox => &["local_mailbox"],
            Permission::Customer => &["customer", "join"],
            Permission::Visitor => &["visitor", "participant", "creator", "guest_ticket"],
            Permission::Agent => &["agent", "agent_ticket", "view_owner"],
            Permission::Admin => &["admin"],
            Permission::Operator => &["operator"],
        };
        assert!(fits.contains(&named.as_str()), "{} {}: {named}", route.method, route.path);
        // On a ticket's own path somebody decides about that ticket.
        let of_a_ticket = route.path.contains("tickets/{id}");
        let decided = ["participant", "creator", "guest_ticket", "join", "agent_ticket"];
        assert_eq!(of_a_ticket, decided.contains(&named.as_str()));
    }
}

#[test]
fn every_role_has_an_answer_everywhere() {
    let permissions = permissions();
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    for (name, answers) in &permissions.answers {
        assert!(answers.keys().eq(ROLES.iter()), "{name}");
        for answer in answers.values() {
            assert!(answer == "allowed" || codes.contains(&answer.as_str()), "{name}: {answer}");
        }
    }
    for (name, answers) in &permissions.frame_answers {
        assert!(answers.keys().eq(ROLES.iter()), "{name}");
    }
    let named = |used: &BTreeMap<String, String>| used.values().cloned().collect::<BTreeSet<_>>();
    assert!(permissions.answers.keys().eq(named(&permissions.routes).iter()), "an answer that no route uses");
    assert!(permissions.frame_answers.keys().eq(named(&permissions.frames).iter()), "an answer that no frame uses");
}

#[test]
fn every_frame_stands_in_the_file_of_permissions() {
    // What serde says of an unknown type names all known ones.
    let error = serde_json::from_str::<ClientFrame>(r#"{"type":"?"}"#).expect_err("unknown").to_string();
    let known: BTreeSet<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert_eq!(permissions().frames.into_keys().collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_route_stands_in_the_protocols_page() {
    let page = include_str!("../../../docs/PROTOCOL.md");
    let told: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" `/v1/"))
        .map(|(method, rest)| {
            let path = rest.split(['?', '`']).next().unwrap_or_default();
            format!("{method} /v1/{path}")
        })
        .collect();
    let table = routes().iter().map(|route| (route.method, route.path)).collect::<Vec<_>>();
    let table = table.iter().filter(|(_, path)| path.starts_with("/v1/"));
    let table: BTreeSet<String> = table.map(|(method, path)| format!("{method} {path}")).collect();
    assert_eq!(table, told);
}
