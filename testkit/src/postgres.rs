//! A real Postgres for this test process: started at its first use, shared by its tests, each of
//! which gets a fresh database.
//!
//! The server's parent is a shell that waits on a pipe from this process. When the process ends, by a
//! panic or a kill too, the pipe closes, and the shell stops the server and removes its files.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, bail, ensure};

/// Somebody else may take the port between our look and the server's start.
const TRIES: usize = 3;
/// `pg_isready` is asked this often; each question waits up to a second itself.
const READY_TRIES: usize = 30;

/// A running server.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    port: u16,
    /// Closed with this process; that stops the server.
    _alive: ChildStdin,
}

/// The server of this process.
///
/// # Panics
/// When Postgres is not installed or does not start: the message says what to do.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start().expect("tests need Postgres: install the package `postgresql`"))
}

/// The address of a new, empty database.
///
/// # Panics
/// When the server does not start, or does not make it.
pub fn fresh_database_url() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let server = server();
    let name = format!("t{}", MADE.fetch_add(1, Ordering::SeqCst));
    server.run_sql("postgres", &format!("create database {name}"));
    server.url(&name)
}

impl Server {
    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs a statement as the server's owner, by `psql`.
    ///
    /// # Panics
    /// When it fails.
    pub fn run_sql(&self, database: &str, sql: &str) {
        let ran = Command::new(self.programs.join("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql])
            .arg(self.url(database))
            .output()
            .expect("psql stands beside the server");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }
}

fn start() -> anyhow::Result<Server> {
    let programs = programs()?;
    let mut last = None;
    for _ in 0..TRIES {
        match start_on(&programs, free_port()?) {
            Ok(server) => return Ok(server),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("no try was made")?)
}

/// The newest installed version.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("there is no /usr/lib/postgresql")?;
    let newest = versions
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .max();
    Ok(newest.context("no version below /usr/lib/postgresql has initdb")?.1)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn start_on(programs: &Path, port: u16) -> anyhow::Result<Server> {
    let home = std::env::temp_dir().join(format!("guichet-postgres-{}-{port}", std::process::id()));
    fs::create_dir(&home).with_context(|| format!("cannot make {}", home.display()))?;
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700))?;
    let user = server_user(&home)?;
    let data = home.join("data");
    let made = as_user(user, &programs.join("initdb"))
        .args(["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
        .arg(&data)
        .stdin(Stdio::null())
        .output()?;
    ensure!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
    let mut settings = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"))?;
    write!(
        settings,
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\nmax_connections = 300\n\
         shared_buffers = 64MB\nfsync = off\nfull_page_writes = off\nautovacuum = off\nlog_min_messages = fatal\n",
        home.display()
    )?;
    let alive = watched(user, programs, &home, &data)?;
    let server = Server { programs: programs.to_owned(), port, _alive: alive };
    server.wait_until_ready()?;
    Ok(server)
}

/// The server refuses to run as root: then it is the package's user.
fn server_user(home: &Path) -> anyhow::Result<Option<&'static str>> {
    let id = |args: &[&str]| -> anyhow::Result<u32> {
        let out = Command::new("id").args(args).output()?;
        Ok(String::from_utf8(out.stdout)?.trim().parse()?)
    };
    if id(&["-u"])? != 0 {
        return Ok(None);
    }
    let user = id(&["-u", "postgres"]).context("the package's user `postgres` is missing")?;
    chown(home, Some(user), None)?;
    Ok(Some("postgres"))
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    match user {
        None => Command::new(program),
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(program);
            command
        }
    }
}

/// Starts the server under a shell that stops it as soon as nobody holds the pipe any more.
fn watched(user: Option<&str>, programs: &Path, home: &Path, data: &Path) -> anyhow::Result<ChildStdin> {
    // A first end of the wait is SIGQUIT (immediate): nothing here is worth a checkpoint.
    let script = "\"$1\" -D \"$2\" </dev/null >\"$3/log\" 2>&1 & server=$!\n\
                  while read -r line; do :; done\n\
                  kill -QUIT $server; wait $server; rm -rf \"$3\"";
    let shell = Path::new("/bin/sh");
    let mut child = as_user(user, shell)
        .args(["-c", script, "postgres-of-tests"])
        .arg(programs.join("postgres"))
        .args([data, home])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C ends the tests; what they started ends by the pipe.
        .process_group(0)
        .spawn()?;
    child.stdin.take().context("the pipe was asked for")
}

impl Server {
    fn wait_until_ready(&self) -> anyhow::Result<()> {
        for _ in 0..READY_TRIES {
            let asked = Command::new(self.programs.join("psql"))
                .args(["-X", "-q", "-c", "select 1"])
                .arg(self.url("postgres"))
                .output()?;
            if asked.status.success() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        bail!("Postgres did not get ready on port {}", self.port)
    }
}
