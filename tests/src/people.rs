//! People at the hub: their verbs, over HTTP and over their sockets, as their pages do it.

use std::net::SocketAddr;

use protocol::frame::{ClientFrame, PostKind};
use protocol::http::{
    AgentEvents, AgentMe, AgentSignIn, AskCode, EnterLinkCode, Invite, LinkCodeAsked, LinkLook, LinkOpened, LocalMail,
    NewTicket, OneTimeLink, Post, Posted, PublicEvents, SignIn, TicketAction, UseLink,
};
use protocol::model::{AgentTicket, Attachment, PublicTicket, Role};
use protocol::{AttachmentId, ClientId, ParticipantId, Problem, TeamId, TicketId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{Browser, FileAnswer};
use crate::page::{Line, Page};
use crate::process::link_token;
use crate::socket::{Door, Socket, new_client_id};
use crate::wait;

/// A password that the hub accepts.
pub const PASSWORD: &str = "three plain words suffice";
/// The first admin's address.
pub const ADMIN_EMAIL: &str = "nora@verso.example";
/// Events of one page of history.
const PAGE: i64 = 500;

/// A hub as it looks from outside.
#[derive(Clone, Debug)]
pub struct Site {
    pub origin: String,
    pub addr: SocketAddr,
}

/// Which pages somebody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    Visitor,
    Console,
}

/// Somebody with a browser and at most one open socket.
pub struct Person {
    pub site: Site,
    pub browser: Browser,
    pub pages: Pages,
    /// An agent's own id.
    pub id: Option<ParticipantId>,
    socket: Option<Socket>,
}

impl Site {
    pub fn browser(&self) -> Browser {
        Browser::new(&self.origin, self.addr)
    }

    /// The mails that lie in the local mailbox for this address, oldest first. The operator reads them:
    /// no person's browser has them.
    pub async fn mails_to(&self, email: &str) -> Vec<LocalMail> {
        let mails: Vec<LocalMail> = self.browser().get("/dev/mailbox/messages").await.unwrap();
        mails.into_iter().filter(|mail| mail.to == email).collect()
    }

    /// Those of them that carry a code.
    pub async fn codes_to(&self, email: &str) -> Vec<LocalMail> {
        let mut mails = self.mails_to(email).await;
        mails.retain(|mail| ["Your access code", "Votre code d’accès"].contains(&&*mail.subject));
        mails
    }

    /// Somebody who has just come to the site.
    pub fn visitor(&self) -> Person {
        Person::new(self, self.browser(), Pages::Visitor)
    }

    /// A guest who opens a ticket.
    pub async fn guest(&self, email: &str, text: &str) -> (Person, PublicTicket) {
        let guest = self.visitor();
        let ticket = guest.opens_as_guest(email, text).await.unwrap();
        (guest, ticket)
    }

    /// A customer who signs in with the code from the local mailbox.
    pub async fn customer(&self, email: &str) -> Person {
        let customer = self.visitor();
        customer.signs_in(email).await;
        customer
    }

    /// The agent who follows the link that the hub prints at its first start.
    pub async fn first_admin(&self, token: &str) -> Person {
        let mut nora = Person::new(self, self.browser(), Pages::Console);
        nora.follows_link_as_first_admin(token).await;
        nora
    }

    /// An agent who is invited by an admin and follows the link.
    pub async fn agent(&self, admin: &Person, name: &str, role: Role, teams: Vec<TeamId>) -> Person {
        let email = format!("{}@verso.example", name.to_lowercase().replace(' ', "."));
        let invite = Invite { email, name: name.to_owned(), role, teams };
        let link: OneTimeLink = admin.browser.post_once(new_client_id(), "/v1/agent/agents", invite).await.unwrap();
        let token = link_token(&format!("{}\n", link.url)).unwrap();
        let body = UseLink { email: None, name: Some(name.to_owned()), password: PASSWORD.into() };
        self.follows_link(&token, &body).await.unwrap()
    }

    /// An agent who signs in with the address and the password of these tests.
    pub async fn agent_signs_in(&self, email: &str) -> Person {
        let mut agent = Person::new(self, self.browser(), Pages::Console);
        let form = AgentSignIn { email: email.to_owned(), password: PASSWORD.into() };
        let me: AgentMe = agent.browser.post("/v1/agent/sign-in", form).await.unwrap();
        agent.id = Some(me.id);
        agent
    }

    async fn follows_link(&self, token: &str, body: &UseLink) -> Result<Person, Problem> {
        let mut agent = Person::new(self, self.browser(), Pages::Console);
        agent.uses_link(token, body).await?;
        Ok(agent)
    }
}

impl Person {
    fn new(site: &Site, browser: Browser, pages: Pages) -> Self {
        Self { site: site.clone(), browser, pages, id: None, socket: None }
    }

    /// The same browser in another window: the same cookies, a socket of its own.
    pub fn other_window(&self) -> Self {
        let mut other = Self::new(&self.site, self.browser.clone(), self.pages);
        other.id = self.id;
        other
    }

    /// The same browser at the other pages: each reads only its own cookie (decisions.md 9).
    pub fn at(&self, pages: Pages) -> Self {
        Self::new(&self.site, self.browser.clone(), pages)
    }

    /// `/v1/…` or `/v1/agent/…`.
    pub fn path(&self, rest: &str) -> String {
        match self.pages {
            Pages::Visitor => format!("/v1/{rest}"),
            Pages::Console => format!("/v1/agent/{rest}"),
        }
    }

    // ---- Signing in and opening tickets ----

    pub async fn follows_link_as_first_admin(&mut self, token: &str) {
        let (email, name) = (Some(ADMIN_EMAIL.into()), Some("Nora Lind".into()));
        self.uses_link(token, &UseLink { email, name, password: PASSWORD.into() }).await.unwrap();
    }

    async fn uses_link(&mut self, token: &str, body: &UseLink) -> Result<(), Problem> {
        let me: AgentMe = self.browser.post(&format!("/v1/agent/links/{token}"), body).await?;
        self.id = Some(me.id);
        Ok(())
    }

    pub async fn opens_as_guest(&self, email: &str, text: &str) -> Result<PublicTicket, Problem> {
        let ticket = NewTicket { email: Some(email.to_owned()), ..self.request(text).await };
        self.browser.post_once(new_client_id(), "/v1/tickets", ticket).await
    }

    pub async fn opens_as_customer(&self, text: &str) -> Result<PublicTicket, Problem> {
        self.browser.post_once(new_client_id(), "/v1/tickets", self.request(text).await).await
    }

    /// What the request form sends, on the site's first topic.
    pub async fn request(&self, text: &str) -> NewTicket {
        let site: Value = self.browser.get("/v1/site").await.unwrap();
        let topic = site["topics"][0]["key"].as_str().unwrap().to_owned();
        let text = text.to_owned();
        NewTicket { topic, subject: String::new(), text, details: Vec::new(), email: None, name: None, locale: None }
    }

    pub async fn signs_in(&self, email: &str) {
        let ask = AskCode { email: email.to_owned(), locale: None };
        let _: Value = self.browser.post("/v1/sign-in/code", ask).await.unwrap();
        let code = self.code_mailed_to(email).await;
        let _: Value = self.browser.post("/v1/sign-in", SignIn { code }).await.unwrap();
    }

    /// The newest code in the local mailbox.
    pub async fn code_mailed_to(&self, email: &str) -> String {
        wait::until("the mail with the code", async || {
            self.site.codes_to(email).await.last().and_then(|mail| eight_digits(&mail.text))
        })
        .await
    }

    /// The page of a link has been opened: it knows its cookie, as after any `GET /v1/me`.
    pub async fn opens_link(&self, token: &str) -> Result<LinkLook, Problem> {
        let _: Value = self.browser.get("/v1/me").await?;
        self.browser.post("/v1/links/look", json!({ "token": token })).await
    }

    pub async fn asks_link_code(&self, token: &str) -> Result<LinkCodeAsked, Problem> {
        self.browser.post("/v1/links/code", json!({ "token": token })).await
    }

    pub async fn enters_link_code(&self, token: &str, code: &str) -> Result<LinkOpened, Problem> {
        let entered = EnterLinkCode { token: token.to_owned(), code: code.to_owned(), trust: false };
        self.browser.post("/v1/links/enter", entered).await
    }

    /// The whole way from a mail's link to its ticket.
    pub async fn comes_back(&self, token: &str, email: &str) -> LinkOpened {
        self.opens_link(token).await.unwrap();
        let before = self.site.codes_to(email).await.len();
        self.asks_link_code(token).await.unwrap();
        wait::until("one more mail", async || (self.site.codes_to(email).await.len() > before).then_some(())).await;
        self.enters_link_code(token, &self.code_mailed_to(email).await).await.unwrap()
    }

    // ---- The socket ----

    pub fn door(&self) -> Door {
        let path = match self.pages {
            Pages::Visitor => "/v1/realtime",
            Pages::Console => "/v1/agent/realtime",
        };
        let (origin, cookie) = (self.site.origin.clone(), self.browser.cookie());
        Door { addr: self.site.addr, origin, path, cookie, from: None, receive_buffer: None }
    }

    /// Opens the page's socket.
    pub async fn connects(&mut self) -> &mut Socket {
        self.socket = Some(Socket::open(self.door(), Page::default()).await);
        self.socket()
    }

    /// Opens the page's socket through a proxy.
    pub async fn connects_through(&mut self, addr: SocketAddr) -> &mut Socket {
        self.socket = Some(Socket::open(Door { addr, ..self.door() }, Page::default()).await);
        self.socket()
    }

    /// Opens the page's socket on a machine that keeps little for it.
    pub async fn connects_with_small_buffers(&mut self) -> &mut Socket {
        let door = Door { receive_buffer: Some(4_096), ..self.door() };
        self.socket = Some(Socket::open(door, Page::default()).await);
        self.socket()
    }

    /// The socket is gone; a new one resumes from the page's cursors.
    pub async fn reconnects(&mut self) -> &mut Socket {
        let old = self.socket.take().unwrap();
        self.socket = Some(old.reopened().await);
        self.socket()
    }

    pub fn socket(&mut self) -> &mut Socket {
        self.socket.as_mut().expect("the person has connected")
    }

    /// The page is closed.
    pub fn leaves(&mut self) {
        self.socket = None;
    }

    /// Opens a conversation: reads its snapshot and joins the feed from its cursor.
    pub async fn opens(&mut self, ticket: TicketId) -> Value {
        let snapshot: Value = self.browser.get(&self.path(&format!("tickets/{ticket}"))).await.unwrap();
        let cursor = snapshot["cursor"].as_i64().unwrap();
        if self.socket.is_none() {
            self.connects().await;
        }
        self.socket().subscribe(ticket, cursor).await;
        snapshot
    }

    /// Joins the whole log of a ticket.
    pub async fn follows(&mut self, ticket: TicketId) {
        if self.socket.is_none() {
            self.connects().await;
        }
        self.socket().subscribe(ticket, 0).await;
    }

    pub async fn posts(&mut self, ticket: TicketId, text: &str) -> i64 {
        self.socket().posts(ticket, PostKind::Reply, text).await
    }

    pub async fn notes(&mut self, ticket: TicketId, text: &str) -> i64 {
        self.socket().posts(ticket, PostKind::Note, text).await
    }

    pub async fn reads(&mut self, ticket: TicketId, n: i64) {
        self.socket().say(ClientFrame::Read { ticket, n }).await;
    }

    pub async fn types(&mut self, ticket: TicketId) {
        self.socket().say(ClientFrame::Typing { ticket, kind: PostKind::Reply, file: false }).await;
    }

    pub async fn types_a_note(&mut self, ticket: TicketId) {
        self.socket().say(ClientFrame::Typing { ticket, kind: PostKind::Note, file: false }).await;
    }

    pub async fn attends(&mut self, ticket: TicketId) {
        self.socket().say(ClientFrame::Attend { ticket: Some(ticket) }).await;
    }

    pub async fn sees(&mut self, ticket: TicketId, text: &str) -> i64 {
        self.socket().sees(ticket, text).await
    }

    // ---- HTTP ----

    pub async fn posts_over_http(&self, ticket: TicketId, kind: PostKind, text: &str) -> Result<Posted, Problem> {
        self.posts_once(new_client_id(), ticket, kind, text).await
    }

    /// The same under a client id of the caller's, who may come again with it.
    pub async fn posts_once(
        &self,
        client_id: ClientId,
        ticket: TicketId,
        kind: PostKind,
        text: &str,
    ) -> Result<Posted, Problem> {
        let post =
            Post { kind, text: text.to_owned(), attachments: Vec::new(), mentions: Vec::new(), drafts: Vec::new() };
        self.browser.post_once(client_id, &self.path(&format!("tickets/{ticket}/messages")), post).await
    }

    /// A note that calls colleagues.
    pub async fn mentions(&self, ticket: TicketId, text: &str, whom: &[ParticipantId]) -> Result<Posted, Problem> {
        let (kind, mentions) = (PostKind::Note, whom.to_vec());
        let post = Post { kind, text: text.to_owned(), attachments: Vec::new(), mentions, drafts: Vec::new() };
        self.browser.post_once(new_client_id(), &self.path(&format!("tickets/{ticket}/messages")), post).await
    }

    pub async fn decides(&self, ticket: TicketId, action: TicketAction) -> Result<Posted, Problem> {
        self.browser.post_once(new_client_id(), &self.path(&format!("tickets/{ticket}/actions")), action).await
    }

    pub async fn ticket(&self, ticket: TicketId) -> Result<Value, Problem> {
        self.browser.get(&self.path(&format!("tickets/{ticket}"))).await
    }

    /// An agent's view of a ticket.
    pub async fn agent_ticket(&self, ticket: TicketId) -> AgentTicket {
        serde_json::from_value(self.ticket(ticket).await.unwrap()["ticket"].clone()).unwrap()
    }

    /// The whole log as this person may read it.
    pub async fn history(&self, ticket: TicketId) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        loop {
            let after = lines.last().map_or(0, |line| line.n);
            let path = self.path(&format!("tickets/{ticket}/events?after={after}&limit={PAGE}"));
            let (more, last_n): (Vec<Line>, i64) = match self.pages {
                Pages::Console => {
                    let page: AgentEvents = self.browser.get(&path).await.unwrap();
                    (page.events.into_iter().map(Line::from).collect(), page.last_n)
                }
                Pages::Visitor => {
                    let page: PublicEvents = self.browser.get(&path).await.unwrap();
                    (page.events.into_iter().map(Line::from).collect(), page.last_n)
                }
            };
            lines.extend(more);
            let got = lines.last().map_or(0, |line| line.n);
            assert!(got > after || got >= last_n, "an empty page before the log's end");
            if got >= last_n {
                let numbers: Vec<i64> = lines.iter().map(|line| line.n).collect();
                assert_eq!(numbers, (1..=last_n).collect::<Vec<_>>(), "dense numbers (invariant 4)");
                return lines;
            }
        }
    }

    // ---- Files ----

    pub async fn uploads(&self, ticket: TicketId, name: &str, bytes: &[u8]) -> Result<Attachment, Problem> {
        self.uploads_once(new_client_id(), ticket, name, bytes).await
    }

    /// The same under a key of the caller's, who may come again with it.
    pub async fn uploads_once(
        &self,
        key: ClientId,
        ticket: TicketId,
        name: &str,
        bytes: &[u8],
    ) -> Result<Attachment, Problem> {
        let path = self.upload_path(ticket, name);
        let headers = [("idempotency-key", &*key.to_string()), ("content-type", "")];
        self.browser.ask_for_bytes(Method::POST, &path, bytes.to_vec(), &headers).await.as_text().parsed()
    }

    pub fn upload_path(&self, ticket: TicketId, name: &str) -> String {
        let name: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.path(&format!("tickets/{ticket}/attachments?name={name}"))
    }

    pub async fn posts_files(
        &self,
        ticket: TicketId,
        kind: PostKind,
        files: &[&Attachment],
    ) -> Result<Posted, Problem> {
        let attachments = files.iter().map(|file| file.id).collect();
        let post =
            Post { kind, text: "see the files".to_owned(), attachments, mentions: Vec::new(), drafts: Vec::new() };
        self.browser.post_once(new_client_id(), &self.path(&format!("tickets/{ticket}/messages")), post).await
    }

    pub fn file_path(&self, ticket: TicketId, file: AttachmentId) -> String {
        self.path(&format!("tickets/{ticket}/attachments/{file}"))
    }

    pub async fn downloads(&self, ticket: TicketId, file: AttachmentId) -> FileAnswer {
        self.browser.ask_for_bytes(Method::GET, &self.file_path(ticket, file), "", &[]).await
    }

    pub async fn takes_back(&self, ticket: TicketId, file: AttachmentId) -> Result<Value, Problem> {
        self.browser.ask(Method::DELETE, &self.file_path(ticket, file), None, &[]).await.parsed()
    }

    /// `{}` to a path of the person's side.
    pub async fn asks(&self, rest: &str) -> Result<Value, Problem> {
        self.browser.post(&self.path(rest), json!({})).await
    }
}

pub fn eight_digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}')).collect();
    let found = digits.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 8);
    found.map(str::to_owned)
}
