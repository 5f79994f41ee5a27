//! The built binary as a process: started, killed, started again on the same data.
//!
//! `HUB_BINARY` names the binary; without it the one of the tests' own profile is built first.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use tempfile::TempDir;
use testkit::ports;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use crate::people::Site;
use crate::wait;

/// A hub's data, and the process that serves them, if one does.
pub struct Process {
    pub site: Site,
    binary: PathBuf,
    data: TempDir,
    settings: Vec<(String, String)>,
    /// Of one of several nodes.
    health: Option<SocketAddr>,
    child: Option<Child>,
    printed: Arc<Mutex<String>>,
}

impl Process {
    /// An empty data directory and a free port. `settings` are environment variables.
    pub fn new(settings: &[(&str, &str)]) -> Self {
        let port = ports::free().unwrap();
        Self {
            site: Site { origin: format!("http://localhost:{port}"), addr: (Ipv4Addr::LOCALHOST, port).into() },
            binary: binary(),
            data: TempDir::new().unwrap(),
            settings: settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            health: None,
            child: None,
            printed: Arc::default(),
        }
    }

    /// One of several nodes. Pages come from the first one, at whose origin all are reached; sockets go to any.
    pub fn node(first: Option<&Self>, settings: &[(&str, &str)]) -> Self {
        let mut node = Self::new(settings);
        if let Some(first) = first {
            node.site.origin.clone_from(&first.site.origin);
        }
        let health = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free().unwrap()));
        node.settings.push(("HUB__HEALTH__LISTEN".to_owned(), health.to_string()));
        node.health = Some(health);
        node
    }

    /// Where it tells how it is.
    pub fn health(&self) -> SocketAddr {
        self.health.expect("a node has a health listener")
    }

    async fn answers(&self) -> bool {
        let Some(health) = self.health else { return self.site.browser().answers("/v1/site").await };
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = client.get(format!("http://{health}/readyz")).send();
        wait::within("/readyz", asked).await.is_ok_and(|answer| answer.status().is_success())
    }

    /// Another hub for the same addresses, with data and settings of its own: for after this one has gone.
    pub fn successor(&self, settings: &[(&str, &str)]) -> Self {
        let mut other = Self { site: self.site.clone(), health: self.health, ..Self::new(settings) };
        other.settings.extend(self.health.map(|health| ("HUB__HEALTH__LISTEN".to_owned(), health.to_string())));
        other
    }

    /// From its next start on it is this binary.
    pub fn becomes(&mut self, binary: PathBuf) {
        self.binary = binary;
    }

    /// Starts the hub without waiting for anything.
    pub fn start(&mut self) {
        self.run(self.command(&["serve"]));
    }

    /// Starts the demo in the same way.
    pub fn start_demo(&mut self) {
        self.run(self.command(&["demo"]));
    }

    /// Starts the hub where its data directory is a file system of its own in memory, of this size, that
    /// no other process sees. [`Process::seen_by_the_hub`] leads into it.
    pub fn start_on_a_disk_of(&mut self, kib: u64) {
        let script = format!("mount -t tmpfs -o size={kib}k tmpfs \"$0\" && exec \"$@\"");
        let hub = self.command(&["serve"]);
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script]).arg(self.data.path()).arg(hub.as_std().get_program());
        command.args(hub.as_std().get_args()).kill_on_drop(true).stdin(Stdio::null());
        command.envs(hub.as_std().get_envs().filter_map(|(key, value)| Some((key, value?))));
        self.run(command);
    }

    fn run(&mut self, mut command: Command) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        self.printed.lock().unwrap().clear();
        tokio::spawn(keep(child.stdout.take().unwrap(), Arc::clone(&self.printed)));
        tokio::spawn(keep(child.stderr.take().unwrap(), Arc::clone(&self.printed)));
        self.child = Some(child);
    }

    /// Waits until it answers.
    pub async fn is_ready(&mut self) {
        wait::until("the hub answers", async || {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
                panic!("the hub ended with {status}:\n{}", self.printed.lock().unwrap());
            }
            self.answers().await.then_some(())
        })
        .await;
    }

    /// kill -9, and waits until it is gone.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().await.unwrap();
    }

    /// Sends a signal, by its name: `TERM`.
    pub async fn signal(&self, name: &str) {
        // The shell's own: the program `kill` is not everywhere.
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.pid())]).status().await;
        assert!(sent.unwrap().success(), "the signal {name}");
    }

    /// Starts it with more settings, and waits until it says that it runs, or until it ends: then
    /// what it said.
    pub async fn tries_to_start(&mut self, settings: &[(&str, &str)]) -> Result<(), String> {
        let mut command = self.command(&["serve"]);
        command.envs(settings.iter().copied());
        self.run(command);
        wait::until("the hub runs or ends", async || {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
                assert!(!status.success(), "a hub that ends by itself fails");
                return self.printed().contains("hub: ").then(|| Err(self.printed()));
            }
            self.printed().contains("Guichet is running").then_some(Ok(()))
        })
        .await
    }

    /// Waits until it ends by itself; answers how.
    pub async fn ends(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        wait::within("the end of the hub", child.wait()).await.unwrap()
    }

    /// Allows the running hub files of this size at most; `None` takes it back. What a quota is, made
    /// without any right.
    pub async fn limits_files_to(&self, bytes: Option<u64>) {
        let soft = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let mut command = Command::new("prlimit");
        command.args(["--pid", &self.pid().to_string(), &format!("--fsize={soft}:unlimited")]);
        assert!(command.status().await.unwrap().success(), "prlimit, of util-linux");
    }

    /// What the running hub keeps in memory.
    pub fn resident_bytes(&self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(&self, which: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(which)).expect("Linux tells it");
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().unwrap();
        kib * 1024
    }

    /// The most it ever kept in memory.
    pub fn peak_bytes(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The processor's time that it has used, in milliseconds.
    pub fn cpu_ms(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let (_, rest) = stat.rsplit_once(") ").expect("its name stands in brackets");
        // Of user and of system, the 14th and 15th field, in hundredths of a second on every Linux.
        let ticks = rest.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().unwrap());
        ticks.sum::<u64>() * 10
    }

    fn pid(&self) -> u32 {
        self.child.as_ref().and_then(Child::id).expect("the hub runs")
    }

    /// The data directory as the running hub sees it.
    pub fn seen_by_the_hub(&self) -> PathBuf {
        let data = self.data.path().strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.pid())).join(data)
    }

    /// What it printed since its start.
    pub fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The token of the one-time link that makes the first admin, as it was printed.
    pub async fn first_admin_link(&self) -> String {
        wait::until("the first admin's link", async || link_token(&self.printed())).await
    }

    /// The binary with these arguments and this hub's settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).kill_on_drop(true).stdin(Stdio::null());
        command.env("HUB__DATA_DIR", self.data.path()).env("HUB__HTTP__LISTEN", self.site.addr.to_string());
        command.env("HUB__PUBLIC_ORIGIN", &self.site.origin).envs(self.settings.iter().cloned());
        command
    }
}

/// The token of a one-time link somewhere in a text.
pub fn link_token(text: &str) -> Option<String> {
    let rest = text.split_once("#/link/")?.1;
    let token: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    // A line that is only half there yet has no end.
    (token.len() < rest.len()).then_some(token)
}

async fn keep(from: impl AsyncRead + Unpin, printed: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        printed.lock().unwrap().push_str(&format!("{line}\n"));
    }
}

/// The built binary.
pub fn binary() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(find_or_build).clone()
}

fn find_or_build() -> PathBuf {
    if let Some(path) = std::env::var_os("HUB_BINARY") {
        return path.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    // The whole workspace, so that its libraries are those which the tests were built with.
    let built = std::process::Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--locked", "--quiet"])
        .current_dir(root)
        .status();
    assert!(built.unwrap().success(), "the binary builds");
    let own = std::env::current_exe().unwrap();
    own.parent().and_then(Path::parent).unwrap().join("hub")
}
