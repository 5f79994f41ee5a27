//! The built binary as a process: started, killed, started again on the same data.
//!
//! `HUB_BINARY` names the binary; without it the one of the tests' own profile is built first.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
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
    child: Option<Child>,
    printed: Arc<Mutex<String>>,
}

impl Process {
    /// An empty data directory and a free port. `settings` are environment variables.
    pub fn new(settings: &[(&str, &str)]) -> Self {
        let port = free_port();
        Self {
            site: Site { origin: format!("http://localhost:{port}"), addr: (Ipv4Addr::LOCALHOST, port).into() },
            binary: binary(),
            data: TempDir::new().unwrap(),
            settings: settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            child: None,
            printed: Arc::default(),
        }
    }

    /// Starts the hub without waiting for anything.
    pub fn start(&mut self) {
        let mut child = self.command(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        self.printed.lock().unwrap().clear();
        tokio::spawn(keep(child.stdout.take().unwrap(), Arc::clone(&self.printed)));
        tokio::spawn(keep(child.stderr.take().unwrap(), Arc::clone(&self.printed)));
        self.child = Some(child);
    }

    /// Waits until it answers.
    pub async fn is_ready(&mut self) {
        let browser = self.site.browser();
        wait::until("the hub answers", async || {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
                panic!("the hub ended with {status}:\n{}", self.printed.lock().unwrap());
            }
            browser.answers("/v1/site").await.then_some(())
        })
        .await;
    }

    /// kill -9, and waits until it is gone.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().await.unwrap();
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

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().as_ref().map(SocketAddr::port).unwrap()
}

async fn keep(from: impl AsyncRead + Unpin, printed: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        printed.lock().unwrap().push_str(&format!("{line}\n"));
    }
}

fn binary() -> PathBuf {
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
