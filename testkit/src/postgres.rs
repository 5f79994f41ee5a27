//! A real Postgres for this test process: started at its first use, shared by its tests, each of
//! which gets a fresh database. A test that breaks its server has [one of its own](Server::own).
//!
//! The server's parent is a shell that waits on a pipe from this process. When the process ends, by a
//! panic or a kill too, the pipe closes, and the shell stops the server and removes its files.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, bail, ensure};

use crate::{disk, ports};

/// Somebody else may take the port between our look and the server's start.
const TRIES: usize = 3;
/// `pg_isready` is asked this often; each question waits up to a second itself.
const READY_TRIES: usize = 30;

/// A running server.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    home: PathBuf,
    port: u16,
    /// Whether it has a disk of its own.
    has_disk: bool,
    /// Closed with this process; that stops the server. A line starts it again.
    shell: ChildStdin,
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

/// The account that owns a database of [`Server::own`], and no more.
pub const OWNER: &str = "guichet";

impl Server {
    /// A server for one test alone, with an empty database of [`OWNER`]'s. With a disk, what that database
    /// holds is on a file system of its own in memory, of `disk_mib`, that no other process sees; whoever
    /// may not mount has none.
    ///
    /// # Panics
    /// When Postgres is not installed or does not start: the message says what to do.
    pub fn own(database: &str, disk_mib: Option<u32>) -> Self {
        let disk = disk_mib.filter(|_| disk::may_mount());
        let programs = programs().expect("tests need Postgres: install the package `postgresql`");
        let server = ports::free().and_then(|port| start_on(&programs, port, disk)).expect("Postgres starts");
        server.run_sql("postgres", &format!("create role {OWNER} login"));
        let space = match disk {
            None => "",
            Some(_) => {
                let place = server.disk();
                server.run_sql("postgres", &format!("create tablespace disk location '{}'", place.display()));
                "tablespace disk"
            }
        };
        server.run_sql("postgres", &format!("create database {database} owner {OWNER} {space}"));
        server
    }

    /// The address of a database for its owner.
    pub fn url_of_owner(&self, database: &str) -> String {
        format!("postgres://{OWNER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Ends it at once, with every connection, as a crash does: what was committed is in its log.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&self) {
        let pid = self.pid();
        signal("QUIT", &[pid]);
        while !has_ended(pid) {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Starts it again on its data after it was killed, and waits until it answers.
    ///
    /// # Panics
    /// When it does not start.
    pub fn again(&mut self) {
        self.shell.write_all(b"again\n").expect("the shell waits for it");
        self.wait_until_ready().expect("Postgres starts again");
    }

    /// It answers nothing and ends no connection.
    pub fn pause(&self) {
        signal("STOP", &self.processes());
    }

    pub fn resume(&self) {
        signal("CONT", &self.processes());
    }

    /// Whether it has a disk of its own, that may be full.
    pub fn has_disk(&self) -> bool {
        self.has_disk
    }

    /// Its own disk has no room for more, or is as large as this again.
    ///
    /// # Panics
    /// When it cannot be mounted anew.
    pub fn disk_of(&self, mib: Option<u32>) {
        let (pid, disk) = (self.pid().to_string(), self.disk());
        let inside = |command: &str| {
            let mut all = Command::new("nsenter");
            all.args(["--target", &pid, "--mount", "sh", "-c", command, "sh"]).arg(&disk);
            let ran = all.output().expect("nsenter, of util-linux");
            assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
        };
        match mib {
            Some(mib) => inside(&format!("mount -o remount,size={mib}m \"$1\"")),
            // It may grow between the look and the act.
            None => inside(
                "for try in 1 2 3 4 5 6 7 8; do \
                 used=$(df --output=used -k \"$1\" | tail -n 1); \
                 mount -o remount,size=$((used + 16))k \"$1\" 2>/dev/null && exit 0; done; exit 1",
            ),
        }
    }

    fn disk(&self) -> PathBuf {
        self.home.join("disk")
    }

    fn pid(&self) -> u32 {
        let file = fs::read_to_string(self.home.join("data/postmaster.pid")).expect("the server runs");
        file.lines().next().and_then(|line| line.parse().ok()).expect("its first line is the process")
    }

    /// All of them, the first one first.
    fn processes(&self) -> Vec<u32> {
        let pid = self.pid();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("Linux tells them");
        [pid].into_iter().chain(children.split_whitespace().filter_map(|child| child.parse().ok())).collect()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// From the next connections on, every statement to this database is written into the server's log.
    pub fn log_statements_of(&self, database: &str) {
        self.run_sql("postgres", &format!("alter database {database} set log_min_messages = 'log'"));
        self.run_sql("postgres", &format!("alter database {database} set log_statement = 'all'"));
    }

    /// How many statements were logged so far: no line is written after its statement's answer.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub fn logged_statements(&self) -> usize {
        let log = fs::read(self.home.join("log")).expect("the server's log");
        let log = String::from_utf8_lossy(&log);
        log.lines().filter(|line| line.contains("LOG:  execute ") || line.contains("LOG:  statement: ")).count()
    }

    /// Runs a statement as the server's owner, by `psql`, and gives the rows that it answers.
    ///
    /// # Panics
    /// When it fails.
    pub fn run_sql(&self, database: &str, sql: &str) -> String {
        let ran = Command::new(self.programs.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
            .arg(self.url(database))
            .output()
            .expect("psql stands beside the server");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).trim_end().to_owned()
    }
}

fn start() -> anyhow::Result<Server> {
    let programs = programs()?;
    let mut last = None;
    for _ in 0..TRIES {
        match start_on(&programs, ports::free()?, None) {
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

fn start_on(programs: &Path, port: u16, disk_mib: Option<u32>) -> anyhow::Result<Server> {
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
    let shell = watched(user, programs, &home, disk_mib)?;
    let server = Server { programs: programs.to_owned(), home, port, has_disk: disk_mib.is_some(), shell };
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
fn watched(user: Option<&str>, programs: &Path, home: &Path, disk_mib: Option<u32>) -> anyhow::Result<ChildStdin> {
    // A first end of the wait is SIGQUIT (immediate): nothing here is worth a checkpoint. A server that stands
    // still takes it when it goes on.
    let script = "serve() { \"$1\" -D \"$2/data\" </dev/null >>\"$2/log\" 2>&1 & server=$!; }\n\
                  serve \"$@\"\n\
                  while read -r line; do wait $server; serve \"$@\"; done\n\
                  kill -QUIT $server; kill -CONT $server; wait $server; rm -rf \"$2\" 2>/dev/null; exit 0";
    let mut shell = as_user(user, Path::new("/bin/sh"));
    shell.args(["-c", script, "postgres-of-tests"]).arg(programs.join("postgres")).arg(home);
    let mut child = match disk_mib {
        None => shell,
        Some(mib) => on_a_disk(&shell, home, mib, user)?,
    };
    let mut child = child
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C ends the tests; what they started ends by the pipe.
        .process_group(0)
        .spawn()?;
    child.stdin.take().context("the pipe was asked for")
}

/// The same command where `disk` in its home is a file system of its own.
fn on_a_disk(shell: &Command, home: &Path, mib: u32, user: Option<&str>) -> anyhow::Result<Command> {
    let disk = home.join("disk");
    fs::create_dir(&disk)?;
    let owner = user.map_or(String::new(), |user| format!(",uid=$(id -u {user}),gid=$(id -g {user})"));
    // What the command cannot remove, as long as it is mounted, goes after it.
    let script = format!(
        "mount -t tmpfs -o mode=700,size={mib}m{owner} tmpfs \"$0\" && \
         {{ \"$@\"; umount \"$0\"; rm -rf \"${{0%/disk}}\"; }}"
    );
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script]).arg(disk).arg(shell.get_program()).args(shell.get_args());
    Ok(command)
}

/// Its shell looks for its end later: until then it is a zombie.
fn has_ended(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'))
}

fn signal(name: &str, processes: &[u32]) {
    for pid in processes {
        // The shell's own: the program `kill` is not everywhere. One that has ended meanwhile is no matter.
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {pid} 2>/dev/null; exit 0")]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal {name}");
    }
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
