//! A real Redis for a test: on a free port of the loopback, kept in memory alone; it can be killed, paused and
//! started again on the same port, with a certificate, as a sentinel or as a node of a cluster.
//!
//! The server's parent is a shell that waits on a pipe from this process. When the process ends, by a panic
//! or a kill too, the pipe closes, and the shell kills the server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;

use crate::ports;

/// Somebody else may take the port between our look and the server's start.
const TRIES: usize = 3;
/// Looks for the port to be open, a tenth of a second each.
const READY_TRIES: usize = 100;

#[derive(Debug)]
pub struct Server {
    port: u16,
    /// Of its own process, so that signals reach it.
    pid: u32,
    /// Closing its input kills the server.
    shell: Child,
    folder: TempDir,
    arguments: Vec<String>,
}

impl Server {
    /// A plain server.
    ///
    /// # Panics
    /// When Redis is not installed or does not start: the message says what to do.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A server with further arguments, as `redis-server` takes them. `{port}` stands for its port and
    /// `{folder}` for a folder of its own.
    ///
    /// # Panics
    /// When Redis is not installed or does not start: the message says what to do.
    pub fn with(arguments: &[&str]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut last = None;
        for _ in 0..TRIES {
            match ports::free().and_then(|port| start_on(port, arguments.clone())) {
                Ok(server) => return server,
                Err(error) => last = Some(error),
            }
        }
        panic!("tests need Redis: install the package `redis-server` ({last:#?})");
    }

    /// A sentinel that watches a server under the name `master`.
    ///
    /// # Panics
    /// When it does not start.
    pub fn sentinel_of(server: &Self) -> Self {
        let folder = TempDir::new().expect("a folder");
        let port = ports::free().expect("a free port");
        let settings = format!(
            "port {port}\nbind 127.0.0.1\nsentinel monitor master 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds master 1000\n",
            server.port
        );
        let file = folder.path().join("sentinel.conf");
        std::fs::write(&file, settings).expect("written");
        let arguments = vec![file.display().to_string(), "--sentinel".to_owned()];
        launch(port, arguments, folder).expect("a sentinel starts")
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// kill -9: what it had in memory is gone, and whoever is connected sees it.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.shell.wait().expect("the shell ends after its server");
    }

    /// Starts it again on the same port after it was killed.
    ///
    /// # Panics
    /// When it does not start.
    pub fn again(&mut self) {
        *self = start_on(self.port, self.arguments.clone()).expect("Redis starts again");
    }

    /// It answers nothing and ends no connection.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Sends a command, in the words of Redis's inline protocol, and gives the first line of the answer.
    ///
    /// # Panics
    /// When it does not answer within ten seconds.
    pub fn says(&self, command: &str) -> String {
        let asked = || -> anyhow::Result<String> {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            writeln!(stream, "{command}\r")?;
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line)?;
            Ok(line.trim_end().to_owned())
        };
        asked().expect("Redis answers")
    }

    /// What it wrote into its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.pid.to_string()]).status();
        assert!(sent.expect("kill runs").success(), "the server runs");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // The shell kills what it started, paused or not.
        let _ = self.shell.wait();
    }
}

fn start_on(port: u16, arguments: Vec<String>) -> anyhow::Result<Server> {
    let folder = TempDir::new()?;
    let is_plain = !arguments.iter().any(|argument| argument == "--port");
    let mut all = vec!["--bind".to_owned(), "127.0.0.1".to_owned(), "--save".to_owned(), String::new()];
    if is_plain {
        all.extend(["--port".to_owned(), port.to_string()]);
    }
    let place = folder.path().display().to_string();
    all.extend(["--dir".to_owned(), place.clone()]);
    all.extend(arguments.iter().map(|text| text.replace("{port}", &port.to_string()).replace("{folder}", &place)));
    let mut server = launch(port, all, folder)?;
    server.arguments = arguments;
    Ok(server)
}

fn launch(port: u16, arguments: Vec<String>, folder: TempDir) -> anyhow::Result<Server> {
    // A background command has no input but what it is given: the pipe goes by another number.
    let script = "exec 3<&0\n\
                  \"$@\" </dev/null >/dev/null 2>&1 3<&- & server=$!; echo $server\n\
                  (while read -r line; do :; done; kill -KILL $server) <&3 2>/dev/null & watcher=$!\n\
                  wait $server 2>/dev/null; kill $watcher 2>/dev/null; exit 0";
    let mut shell = Command::new("/bin/sh")
        .args(["-c", script, "redis-of-tests", "redis-server"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Ctrl-C ends the tests; what they started ends by the pipe.
        .process_group(0)
        .spawn()?;
    let mut out = shell.stdout.take().context("the pipe was asked for")?;
    let mut pid = Vec::new();
    let mut byte = [0];
    while out.read(&mut byte)? == 1 && byte[0] != b'\n' {
        pid.push(byte[0]);
    }
    let pid: u32 = String::from_utf8(pid)?.parse()?;
    let mut server = Server { port, pid, shell, folder, arguments: Vec::new() };
    for _ in 0..READY_TRIES {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(server);
        }
        ensure!(server.shell.try_wait()?.is_none(), "Redis ended at once; is it installed?");
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("Redis did not get ready on port {port}")
}
