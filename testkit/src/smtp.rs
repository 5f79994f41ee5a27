//! A mail server that does what a test says: answers, stalls, hangs up or talks out of turn at any step.
//! It keeps every byte that it was sent.
//!
//! It runs on the test's own runtime, on a free port, and ends when it is dropped.

use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use crate::certificate::Certificate;

/// The account that AUTH takes.
pub const USER: &str = "hub";
pub const PASSWORD: &str = "correct horse";

/// Where a dialogue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Greeting,
    Ehlo,
    StartTls,
    /// Between the answer to STARTTLS, or the connection, and encryption.
    Handshake,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The end of the message.
    Dot,
    Rset,
    Quit,
}

impl Step {
    pub const ALL: [Self; 11] = [
        Self::Greeting,
        Self::Ehlo,
        Self::StartTls,
        Self::Handshake,
        Self::Auth,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::Dot,
        Self::Rset,
        Self::Quit,
    ];
}

/// What happens there instead of the usual answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// This answer; lines are told apart by `\n`.
    Say(&'static str),
    /// This answer, and the connection ends.
    SayAndHangUp(&'static str),
    HangUp,
    /// Nothing, until the other side hangs up.
    Stall,
    /// The usual answer with this one behind it, which nobody asked for.
    SayMore(&'static str),
    /// This answer, once the test says so.
    Late(&'static str),
    /// This answer; the test hears of it as of a silence, the moment that it is on its way.
    SayAndTell(&'static str),
}

/// What kind of encryption the server has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    #[default]
    None,
    FromTheStart,
    OnRequest,
}

/// What the server is to do. Acts at a step are used up one by one, over all connections.
#[derive(Clone, Debug, Default)]
pub struct Script {
    acts: HashMap<Step, VecDeque<Act>>,
    tls: Tls,
    asks_for_auth: bool,
}

impl Script {
    #[must_use]
    pub fn at(mut self, step: Step, act: Act) -> Self {
        self.acts.entry(step).or_default().push_back(act);
        self
    }

    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls, ..self }
    }

    /// Nobody sends without having signed in.
    #[must_use]
    pub fn asks_for_auth(self) -> Self {
        Self { asks_for_auth: true, ..self }
    }
}

/// A mail that was answered 250.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The argument of MAIL, as it was written.
    pub from: String,
    pub to: Vec<String>,
    /// The message without its stuffed dots.
    pub message: String,
}

pub struct Server {
    addr: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
    certificate: Certificate,
}

struct Shared {
    script: Mutex<Script>,
    seen: Mutex<Seen>,
    /// How often the server went silent.
    stalls: watch::Sender<usize>,
    /// How many mails were answered 250.
    answered: watch::Sender<usize>,
    /// How many late answers may be given.
    released: watch::Sender<usize>,
}

#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    taken: Vec<Taken>,
    connections: usize,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Server {
    /// # Panics
    /// When this machine gives no port or no certificate can be made.
    pub async fn start(script: Script) -> Self {
        Self::try_start(script).await.expect("the mail server of the test starts")
    }

    async fn try_start(script: Script) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let certificate = Certificate::new()?;
        let acceptor = acceptor(&certificate)?;
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            seen: Mutex::default(),
            stalls: watch::Sender::new(0),
            answered: watch::Sender::new(0),
            released: watch::Sender::new(0),
        });
        let listening = tokio::spawn(listen(listener, acceptor, Arc::clone(&shared)));
        Ok(Self { addr, shared, listening, certificate })
    }

    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// The certificate that the server shows, for `localhost`; nobody else trusts it.
    pub fn certificate(&self) -> PathBuf {
        self.certificate.file()
    }

    /// Every byte that came in, decrypted.
    pub fn bytes(&self) -> Vec<u8> {
        self.shared.seen().bytes.clone()
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.shared.seen().taken.clone()
    }

    pub fn connections(&self) -> usize {
        self.shared.seen().connections
    }

    /// Waits until the server has gone silent this often.
    ///
    /// # Panics
    /// Never while the server runs.
    pub async fn has_stalled(&self, times: usize) {
        let mut stalls = self.shared.stalls.subscribe();
        stalls.wait_for(|stalled| *stalled >= times).await.expect("the server holds the other end");
    }

    /// Waits until this many mails were answered 250, repeats among them.
    ///
    /// # Panics
    /// Never while the server runs.
    pub async fn has_taken(&self, mails: usize) {
        let mut answered = self.shared.answered.subscribe();
        answered.wait_for(|answered| *answered >= mails).await.expect("the server holds the other end");
    }

    /// Adds an act to the script, behind those of its step that are still to come.
    pub fn then(&self, step: Step, act: Act) {
        self.shared.script().acts.entry(step).or_default().push_back(act);
    }

    /// Lets one more late answer go out.
    pub fn release(&self) {
        self.shared.released.send_modify(|released| *released += 1);
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn act(&self, step: Step) -> Option<Act> {
        self.script().acts.get_mut(&step).and_then(VecDeque::pop_front)
    }
}

fn acceptor(certificate: &Certificate) -> anyhow::Result<TlsAcceptor> {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der.clone()], certificate.key.clone_key())?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        shared.seen().connections += 1;
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            // A client that leaves is no fault of the server's.
            let _ = serve(stream, acceptor, shared).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let tls = shared.script().tls;
    let mut stream = stream;
    if tls != Tls::FromTheStart {
        let mut dialogue = Dialogue::new(&mut stream, &shared, tls == Tls::OnRequest);
        dialogue.answer(Step::Greeting, "220 test ready").await?;
        if dialogue.run().await? == Ended::Encrypt {
            dialogue.handshake().await?;
        } else {
            return Ok(());
        }
    } else {
        Dialogue::new(&mut stream, &shared, false).handshake().await?;
    }
    let mut encrypted = acceptor.accept(stream).await?;
    let mut dialogue = Dialogue::new(&mut encrypted, &shared, false);
    if tls == Tls::FromTheStart {
        dialogue.answer(Step::Greeting, "220 test ready").await?;
    }
    dialogue.run().await?;
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Ended {
    Left,
    Encrypt,
}

struct Dialogue<'a, S> {
    stream: BufReader<&'a mut S>,
    shared: &'a Shared,
    offers_tls: bool,
    is_signed_in: bool,
    from: String,
    to: Vec<String>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Dialogue<'a, S> {
    fn new(stream: &'a mut S, shared: &'a Shared, offers_tls: bool) -> Self {
        let stream = BufReader::new(stream);
        Self { stream, shared, offers_tls, is_signed_in: false, from: String::new(), to: Vec::new() }
    }

    async fn run(&mut self) -> anyhow::Result<Ended> {
        loop {
            let line = self.line().await?;
            let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match command.to_ascii_uppercase().as_str() {
                "EHLO" => self.hello().await?,
                "STARTTLS" => {
                    self.answer(Step::StartTls, "220 go ahead").await?;
                    return Ok(Ended::Encrypt);
                }
                "AUTH" => self.auth(argument).await?,
                "MAIL" if self.shared.script().asks_for_auth && !self.is_signed_in => {
                    self.write("530 5.7.0 authentication required").await?;
                }
                "MAIL" => {
                    argument.clone_into(&mut self.from);
                    self.to.clear();
                    self.answer(Step::Mail, "250 2.1.0 ok").await?;
                }
                "RCPT" => {
                    if self.answer(Step::Rcpt, "250 2.1.5 ok").await? {
                        self.to.push(argument.to_owned());
                    }
                }
                "DATA" if self.to.is_empty() => self.write("503 5.5.1 no recipients").await?,
                "DATA" => {
                    if self.answer(Step::Data, "354 go on").await? {
                        self.message().await?;
                    }
                }
                "RSET" => {
                    self.to.clear();
                    self.answer(Step::Rset, "250 2.0.0 ok").await?;
                }
                "QUIT" => {
                    self.answer(Step::Quit, "221 2.0.0 bye").await?;
                    return Ok(Ended::Left);
                }
                _ => self.write("502 5.5.2 unknown").await?,
            }
        }
    }

    async fn hello(&mut self) -> anyhow::Result<()> {
        let tls = if self.offers_tls { "250-STARTTLS\n" } else { "" };
        let text = format!("250-test\n{tls}250-AUTH PLAIN LOGIN\n250 ENHANCEDSTATUSCODES");
        self.answer(Step::Ehlo, &text).await?;
        Ok(())
    }

    async fn auth(&mut self, argument: &str) -> anyhow::Result<()> {
        // AUTH PLAIN with an initial answer: base64 of NUL, user, NUL, password.
        let expected = "PLAIN AGh1YgBjb3JyZWN0IGhvcnNl";
        self.is_signed_in = argument == expected;
        let text = if self.is_signed_in { "235 2.7.0 ok" } else { "535 5.7.8 wrong" };
        self.answer(Step::Auth, text).await?;
        Ok(())
    }

    async fn message(&mut self) -> anyhow::Result<()> {
        let mut message = String::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            message.push_str(line.strip_prefix('.').unwrap_or(&line));
            message.push_str("\r\n");
        }
        let taken = Taken { from: std::mem::take(&mut self.from), to: std::mem::take(&mut self.to), message };
        // Kept before it is answered: who has the answer finds it here.
        self.shared.seen().taken.push(taken.clone());
        let answered = self.answer(Step::Dot, "250 2.0.0 taken").await;
        if !matches!(answered, Ok(true)) {
            let taken_mails = &mut self.shared.seen().taken;
            let at = taken_mails.iter().rposition(|other| *other == taken);
            at.map(|at| taken_mails.remove(at));
        }
        if answered? {
            self.shared.answered.send_modify(|answered| *answered += 1);
        }
        Ok(())
    }

    async fn handshake(&mut self) -> anyhow::Result<()> {
        if self.shared.act(Step::Handshake) == Some(Act::Stall) {
            self.stall().await?;
        }
        Ok(())
    }

    /// One line without its end; the connection's end is an error.
    async fn line(&mut self) -> anyhow::Result<String> {
        let mut line = Vec::new();
        let read = self.stream.read_until(b'\n', &mut line).await?;
        self.shared.seen().bytes.extend_from_slice(&line);
        let line = String::from_utf8(line)?;
        (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()).context("the client left")
    }

    /// The usual answer, or what the script says. Says whether it was a yes.
    async fn answer(&mut self, step: Step, usual: &str) -> anyhow::Result<bool> {
        let act = self.shared.act(step);
        let text = match act {
            None => usual.to_owned(),
            Some(Act::Say(text) | Act::SayAndHangUp(text) | Act::SayAndTell(text)) => text.to_owned(),
            Some(Act::SayMore(more)) => format!("{usual}\n{more}"),
            Some(Act::HangUp) => anyhow::bail!("hung up"),
            Some(Act::Stall) => return self.stall().await,
            Some(Act::Late(text)) => {
                self.late().await?;
                text.to_owned()
            }
        };
        self.write(&text).await?;
        match act {
            Some(Act::SayAndHangUp(_)) => self.stream.shutdown().await?,
            Some(Act::SayAndTell(_)) => self.shared.stalls.send_modify(|told| *told += 1),
            _ => {}
        }
        Ok(text.starts_with(['2', '3']))
    }

    async fn write(&mut self, text: &str) -> anyhow::Result<()> {
        let text = text.replace('\n', "\r\n") + "\r\n";
        self.stream.write_all(text.as_bytes()).await?;
        Ok(self.stream.flush().await?)
    }

    /// Silent until the client leaves.
    async fn stall(&mut self) -> anyhow::Result<bool> {
        self.shared.stalls.send_modify(|stalls| *stalls += 1);
        while !self.stream.fill_buf().await?.is_empty() {
            let read = self.stream.buffer().len();
            self.stream.consume(read);
        }
        anyhow::bail!("the client left")
    }

    async fn late(&mut self) -> anyhow::Result<()> {
        let mut released = self.shared.released.subscribe();
        let due = *released.borrow() + 1;
        self.shared.stalls.send_modify(|stalls| *stalls += 1);
        released.wait_for(|released| *released >= due).await?;
        Ok(())
    }
}
