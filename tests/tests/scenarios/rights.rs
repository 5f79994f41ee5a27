//! The whole matrix of role × route and role × frame, made from `hub/permissions.toml` (R-D1).
//!
//! A refusal changes nothing, and another's object looks like one that is not there (R-D2).

use std::collections::BTreeMap;

use protocol::frame::{ClientFrame, Cursor, PostKind};
use protocol::http::{AskCode, LocalMail, SavedView, TicketAction};
use protocol::macros::Macro;
use protocol::model::Role;
use protocol::{AttachmentId, ErrorCode, MacroId, ParticipantId, Problem, SavedViewId, TeamId, TicketId};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tests::people::{ADMIN_EMAIL, Pages, Person};
use tests::socket::{Socket, connect, new_client_id};
use tests::{Answer, Hub, Page, Setup, pictures};

#[derive(Deserialize)]
pub struct Permissions {
    answers: BTreeMap<String, BTreeMap<String, String>>,
    pub routes: BTreeMap<String, String>,
    frame_answers: BTreeMap<String, BTreeMap<String, String>>,
    frames: BTreeMap<String, String>,
}

pub fn permissions() -> Permissions {
    toml::from_str(include_str!("../../../hub/permissions.toml")).unwrap()
}

/// Everybody of the matrix and what they ask about.
struct Cast {
    people: BTreeMap<&'static str, Person>,
    /// A guest's ticket of team A, and a customer's.
    ticket: TicketId,
    customers_ticket: TicketId,
    /// A file of a message in each of the two.
    file: AttachmentId,
    customers_file: AttachmentId,
    team: TeamId,
    /// An agent to whom things are done.
    victim: ParticipantId,
    /// One in the local mailbox.
    mail: uuid::Uuid,
    /// The agent's own saved view, and one of the site.
    own_view: SavedViewId,
    shared_view: SavedViewId,
    /// The same of macros.
    own_macro: MacroId,
    shared_macro: MacroId,
}

on_sqlite! {
    async fn every_role_gets_the_answer_of_the_table_on_every_route(hub) with Setup::default().with_previews(), {
        let (permissions, cast) = (permissions(), Cast::assemble(hub).await);
        // What ends a right or a login comes last.
        let mut routes: Vec<_> = permissions.routes.iter().collect();
        routes.sort_by_key(|(route, _)| ["DELETE /v1/agent/saved", "DELETE /v1/agent/macros", "DELETE /v1/agent/shared", "end-access", "access/end", "sign-out"].iter().position(|end| route.contains(end)));
        let mut wrong = Vec::new();
        for (route, answers) in routes {
            for (role, expected) in &permissions.answers[answers] {
                // The look itself needs a sign-in, which those routes end.
                let looks = !route.contains("sign-out");
                let before = if looks { cast.logs().await } else { [0; 2] };
                let found = cast.asks(role, route, None).await;
                if !fits(&found, expected) {
                    wrong.push(format!("{role} {route}: {expected}, but was {found:?}"));
                }
                if looks && expected != "allowed" {
                    assert_eq!(cast.logs().await, before, "{role} {route} was refused and changed something");
                }
                if expected == "not_found" {
                    let missing = cast.asks(role, route, Some(new_client_id().0)).await;
                    let same = |problem: &Result<(), Problem>| problem.clone().map_err(|p| (p.code, p.title, p.field));
                    assert_eq!(same(&found), same(&missing), "{role} {route}: not there, or not theirs");
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn every_role_gets_the_answer_of_the_table_to_every_frame(hub), {
        let (permissions, cast) = (permissions(), Cast::assemble(hub).await);
        let mut wrong = Vec::new();
        for (frame, answers) in &permissions.frames {
            for (role, expected) in &permissions.frame_answers[answers] {
                let found = cast.says(role, frame).await;
                if found != *expected {
                    wrong.push(format!("{role} {frame}: {expected}, but was {found}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

on_both! {
    /// R-D3, R-D4: ids of others in every slot of what an agent may say.
    async fn a_ticket_cannot_be_given_to_what_is_not_there(hub) {
        let (nora, _amina, ticket) = hub.conversation().await;
        let nobody = new_client_id();
        for slots in [json!({ "team": nobody, "agent": null }), json!({ "team": null, "agent": nobody })] {
            let mut action = slots;
            action["action"] = json!("assign");
            let path = format!("/v1/agent/tickets/{ticket}/actions");
            let refused = nora.browser.post_once::<Value>(new_client_id(), &path, action).await.unwrap_err();
            assert!([ErrorCode::NotFound, ErrorCode::BadValue].contains(&refused.code), "{refused:?}");
        }
        assert_eq!(nora.agent_ticket(ticket).await.team, None);
    }

    /// R-D4: a ticket that an agent cannot see cannot be merged, nor merged into, and looks like none.
    async fn a_ticket_is_merged_by_those_alone_who_may_see_both(hub) {
        let admin = hub.admin().await;
        let (own, foreign) = (hub.team(&admin, "A").await, hub.team(&admin, "B").await);
        let lou = hub.site.agent(&admin, "Lou", Role::Agent, vec![own]).await;
        let amina = hub.site.customer("amina@example.org").await;
        let seen = amina.opens_as_customer("seen").await.unwrap().id;
        let hidden = amina.opens_as_customer("hidden").await.unwrap().id;
        hub.assign(&admin, hidden, Some(foreign), None).await;
        let missing = TicketId(new_client_id().0);
        for other in [hidden, missing] {
            let problem = lou.decides(seen, TicketAction::Merge { into: other }).await.unwrap_err();
            assert_eq!((problem.code, problem.field.as_deref()), (ErrorCode::NotFound, Some("into")));
            let problem = lou.decides(other, TicketAction::Merge { into: seen }).await.unwrap_err();
            assert_eq!((problem.code, problem.field.as_deref()), (ErrorCode::NotFound, None));
        }
        // What cannot be taken back is not among many acts.
        let acts = json!({ "acts": [{ "ticket": seen, "action": { "action": "merge", "into": hidden } }] });
        let refused = admin.browser.post_once::<Value>(new_client_id(), "/v1/agent/tickets/actions", acts).await;
        let problem = refused.unwrap_err();
        assert_eq!((problem.code, problem.field.as_deref()), (ErrorCode::BadValue, Some("acts")));
        for ticket in [seen, hidden] {
            assert_eq!(admin.agent_ticket(ticket).await.merged_into, None);
        }
        admin.decides(hidden, TicketAction::Merge { into: seen }).await.unwrap();
        assert_eq!(admin.agent_ticket(hidden).await.merged_into.map(|into| into.ticket), Some(seen));
    }
}

fn fits(found: &Result<(), Problem>, expected: &str) -> bool {
    let about_rights = [ErrorCode::NotSignedIn, ErrorCode::Forbidden, ErrorCode::NotFound];
    match found {
        Ok(()) => expected == "allowed",
        Err(problem) if expected == "allowed" => !about_rights.contains(&problem.code),
        Err(problem) => problem.code.as_str() == expected,
    }
}

impl Cast {
    async fn assemble(hub: &Hub) -> Self {
        let admin = hub.admin().await;
        let (team, other_team) = (hub.team(&admin, "A").await, hub.team(&admin, "B").await);
        let agent = |name: &'static str, role, teams| hub.site.agent(&admin, name, role, teams);
        let (guest, ticket) = hub.site.guest("guest@example.org", "the guest's matter").await;
        let (stranger_guest, _) = hub.site.guest("stranger@example.org", "another matter").await;
        let customer = hub.site.customer("customer@example.org").await;
        let customers_ticket = customer.opens_as_customer("the customer's matter").await.unwrap();
        for ticket in [ticket.id, customers_ticket.id] {
            hub.assign(&admin, ticket, Some(team), None).await;
        }
        let file = guest.uploads(ticket.id, "file.png", &pictures::png(9, 9)).await.unwrap();
        guest.posts_files(ticket.id, PostKind::Reply, &[&file]).await.unwrap();
        let customers_file = customer.uploads(customers_ticket.id, "file.png", &pictures::png(9, 9)).await.unwrap();
        customer.posts_files(customers_ticket.id, PostKind::Reply, &[&customers_file]).await.unwrap();
        let people = [
            ("anonymous", hub.site.visitor()),
            ("stranger_customer", hub.site.customer("stranger.customer@example.org").await),
            ("stranger_guest", stranger_guest),
            ("customer", customer),
            ("guest", guest),
            ("agent_out", agent("Out", Role::Agent, vec![other_team]).await),
            ("agent", agent("Agent", Role::Agent, vec![team]).await),
            ("lead", agent("Lead", Role::Lead, vec![]).await),
            ("victim", agent("Victim", Role::Agent, vec![]).await),
            ("admin", admin),
        ];
        let people = BTreeMap::from(people);
        let victim = people["victim"].id.unwrap();
        let mails: Vec<LocalMail> = people["anonymous"].browser.get("/dev/mailbox/messages").await.unwrap();
        let mail = mails.first().expect("customers were mailed codes").id;
        let (file, customers_file) = (file.id, customers_file.id);
        let saves = async |role: &str, shelf: &str| {
            let (path, view) = (format!("/v1/agent/{shelf}-views"), json!({ "name": "A view", "filters": {} }));
            people[role].browser.post_once::<SavedView>(new_client_id(), &path, view).await.unwrap().id
        };
        let (own_view, shared_view) = (saves("agent", "saved").await, saves("admin", "shared").await);
        let keeps = async |role: &str, shelf: &str| {
            let (path, body) = (format!("/v1/agent/{shelf}"), json!({ "name": "A macro", "content": solving() }));
            people[role].browser.post_once::<Macro>(new_client_id(), &path, body).await.unwrap().id
        };
        let (own_macro, shared_macro) = (keeps("agent", "macros").await, keeps("admin", "shared-macros").await);
        Self {
            people,
            ticket: ticket.id,
            customers_ticket: customers_ticket.id,
            file,
            customers_file,
            team,
            victim,
            mail,
            own_view,
            shared_view,
            own_macro,
            shared_macro,
        }
    }

    /// The ticket that is this role's own, if it has one.
    fn ticket_of(&self, role: &str) -> TicketId {
        if role == "customer" { self.customers_ticket } else { self.ticket }
    }

    /// How long the tickets' logs are: what a refused request must not change.
    async fn logs(&self) -> [i64; 2] {
        let admin = &self.people["admin"];
        [admin.agent_ticket(self.ticket).await.version, admin.agent_ticket(self.customers_ticket).await.version]
    }

    /// Does a request as its page would; `instead` replaces every id in the path.
    async fn asks(&self, role: &str, route: &str, instead: Option<uuid::Uuid>) -> Result<(), Problem> {
        let person = &self.people[role];
        let (method, path) = route.split_once(' ').unwrap();
        if path.ends_with("/realtime") {
            // A handshake is what this route is for.
            let mut door = person.door();
            door.path = if path == "/v1/realtime" { "/v1/realtime" } else { "/v1/agent/realtime" };
            return connect(&door, &[]).await.map(drop).map_err(|error| panic!("{role} {route}: {error}"));
        }
        let ticket = self.ticket_of(role);
        let is_of_its_pages = path.starts_with("/v1/agent") == (person.pages == Pages::Console);
        let n = match path.ends_with("/edit") && is_of_its_pages && instead.is_none() {
            true => person.posts_over_http(ticket, PostKind::Reply, "to be edited").await.map_or(2, |posted| posted.n),
            false => 2,
        };
        let id = match path {
            path if path.contains("/tickets/") => ticket.0,
            path if path.contains("/teams/") => self.team.0,
            path if path.contains("/mailbox/") => self.mail,
            path if path.contains("/saved-views/") => self.own_view.0,
            path if path.contains("/shared-views/") => self.shared_view.0,
            path if path.contains("/agent/macros/") => self.own_macro.0,
            path if path.contains("/shared-macros/") => self.shared_macro.0,
            _ => self.victim.0,
        };
        let concrete = path
            .replace("{id}", &instead.unwrap_or(id).to_string())
            .replace("{attachment}", &if role == "customer" { self.customers_file } else { self.file }.to_string())
            .replace("{n}", &n.to_string())
            .replace("{kind}", "reply")
            .replace("{token}", "a-token-that-never-was");
        let concrete = if path.ends_with("same-matter") { format!("{concrete}?topic=payment") } else { concrete };
        let concrete = if path.ends_with("attachments") { format!("{concrete}?name=a.txt") } else { concrete };
        let method: Method = method.parse().unwrap();
        let body = (method != Method::GET).then(|| match path {
            "/u/{token}" => "List-Unsubscribe=One-Click".to_owned(),
            _ => self.body(role, route).to_string(),
        });
        let key = new_client_id().to_string();
        // What an answer makes of a browser, such as the guest of a new ticket, is not for the next one.
        let browser = match (role, path) {
            // Each of these ends what the other needs.
            ("agent" | "agent_out" | "lead" | "admin", "/v1/agent/sign-out" | "/v1/agent/sign-out-everywhere") => {
                person.site.agent_signs_in(&email_of(role)).await.browser
            }
            _ => person.browser.fork(person.site.addr),
        };
        let answer = browser.ask(method, &concrete, body, &[("idempotency-key", &key)]).await;
        outcome(&answer)
    }

    /// A body that is right, so that who asks is all that matters.
    fn body(&self, role: &str, route: &str) -> Value {
        let end = route.rsplit('/').next().unwrap();
        match (route, end) {
            ("PATCH /v1/me", _) => json!({ "name": "A name" }),
            ("POST /v1/sign-in/code", _) => json!(AskCode { email: format!("{role}@code.example"), locale: None }),
            ("POST /v1/sign-in", _) => json!({ "code": "00000000" }),
            ("POST /v1/tickets", _) if role.contains("customer") => json!({ "topic": "payment", "text": "new" }),
            ("POST /v1/tickets", _) => json!({ "topic": "payment", "text": "new", "email": "new@example.org" }),
            ("POST /v1/agent/links/{token}", _) => json!({ "password": "three plain words suffice" }),
            ("POST /v1/agent/sign-in", _) => json!({ "email": "nobody@verso.example", "password": "guess guess" }),
            ("PATCH /v1/agent/me", _) => json!({ "name": format!("Renamed {role}") }),
            ("POST /v1/agent/agents", _) => {
                json!({ "email": "invited@verso.example", "name": "Invited", "role": "agent", "teams": [] })
            }
            ("PATCH /v1/agent/agents/{id}", _) => json!({ "role": "agent" }),
            ("POST /v1/agent/teams", _) => json!({ "name": format!("Team of {role}") }),
            ("PATCH /v1/agent/teams/{id}", _) => json!({ "name": "A again" }),
            ("POST /v1/links/enter", _) => {
                json!({ "token": "a-token-that-never-was", "code": "00000000", "trust": false })
            }
            ("POST /v1/links/lost", _) => json!({ "email": "lost@example.org" }),
            (_, "end-access") => json!({ "everywhere": false }),
            (route, _) if route.starts_with("POST /v1/links/") => json!({ "token": "a-token-that-never-was" }),
            (_, "messages") => json!({ "kind": "reply", "text": "may I?" }),
            (_, "{kind}") => json!({ "text": "begun", "revision": new_client_id() }),
            (_, "edit") => json!({ "text": "edited" }),
            (_, "read" | "delivered") => json!({ "n": 1 }),
            (_, "attend") => json!({ "attends": true }),
            (_, "address") => json!({ "email": "corrected@example.org" }),
            (_, "macros" | "shared-macros") => json!({ "name": "A macro", "content": solving() }),
            (_, "saved-views" | "shared-views") => json!({ "name": "A view", "filters": {} }),
            ("POST /v1/agent/tickets/actions", _) => json!({ "acts": [] }),
            (_, "actions") => json!({ "action": "solve" }),
            _ => json!({}),
        }
    }

    /// Says a frame on a fresh socket; answers in the words of the file.
    async fn says(&self, role: &str, frame: &str) -> String {
        let person = &self.people[role];
        let ticket = self.ticket_of(role);
        let mut socket = Socket::upgraded(person.door(), Page::default()).await;
        socket.hello().await;
        if role == "anonymous" {
            return format!("close:{}", socket.is_closed().await);
        }
        socket.wait("welcome", |page| page.epoch).await;
        if frame == "hello" {
            return "allowed".to_owned();
        }
        socket.page.join(ticket, 0);
        let feeds = vec![Cursor { ticket, after: 0 }];
        if ["attend", "typing", "unsubscribe"].contains(&frame) {
            // They speak of a conversation that is open on the page.
            socket.say(ClientFrame::Subscribe { feeds: feeds.clone() }).await;
            socket.settle().await;
        }
        let kind = PostKind::Reply;
        let said = match frame {
            "subscribe" => ClientFrame::Subscribe { feeds },
            "unsubscribe" => ClientFrame::Unsubscribe { tickets: vec![ticket] },
            "send" => ClientFrame::send_text(ticket, new_client_id(), kind, "may I?"),
            "delivered" => ClientFrame::Delivered { ticket, n: 1 },
            "read" => ClientFrame::Read { ticket, n: 1 },
            "attend" => ClientFrame::Attend { ticket: Some(ticket) },
            "typing" => ClientFrame::Typing { ticket, kind, file: false },
            "pong" => ClientFrame::Pong { active: true },
            "refresh" => ClientFrame::Refresh {},
            other => panic!("a frame that this test does not know: {other}"),
        };
        socket.say(said).await;
        socket.settle().await;
        if let Some(refused) = socket.page.refused.first() {
            return refused.code.as_str().to_owned();
        }
        match socket.page.feed(ticket).reset {
            Some(reason) if frame == "subscribe" => format!("reset:{}", json!(reason).as_str().unwrap()),
            _ => "allowed".to_owned(),
        }
    }
}

fn solving() -> Value {
    json!({ "actions": { "solve": true } })
}

fn email_of(role: &str) -> String {
    let name = match role {
        "admin" => return ADMIN_EMAIL.to_owned(),
        "agent_out" => "out",
        other => other,
    };
    format!("{name}@verso.example")
}

fn outcome(answer: &Answer) -> Result<(), Problem> {
    if answer.status.is_success() { Ok(()) } else { Err(answer.problem()) }
}
