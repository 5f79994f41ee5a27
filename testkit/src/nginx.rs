//! A real nginx for a test, before whatever the test names: on free ports of the loopback, in one process, with a
//! folder of its own.
//!
//! Like the database it ends with the process that started it ([`Shell`]).

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::bail;
use tempfile::TempDir;

use crate::ports;
use crate::shell::Shell;

/// Somebody else may take the port between our look and the server's start.
const TRIES: usize = 3;
const READY_TRIES: usize = 100;
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub struct Server {
    port: u16,
    /// Before its folder, which goes when nothing writes into it any more.
    _shell: Shell,
    home: TempDir,
}

impl Server {
    /// `servers` makes what stands in nginx's `http` block, for the port that is listened on.
    ///
    /// # Panics
    /// When nginx is not installed or does not start: the message says what to do.
    pub fn start(servers: impl Fn(u16) -> String) -> Self {
        let mut last = None;
        for _ in 0..TRIES {
            match start_with(&servers) {
                Ok(server) => return server,
                Err(error) => last = Some(error),
            }
        }
        panic!("tests need nginx: install the package `nginx` ({last:#?})");
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    fn wait_until_ready(&self) -> anyhow::Result<()> {
        for _ in 0..READY_TRIES {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let log = fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
        bail!("nginx did not listen on port {}: {log}", self.port)
    }
}

fn start_with(servers: impl Fn(u16) -> String) -> anyhow::Result<Server> {
    let port = ports::free()?;
    let home = tempfile::Builder::new().prefix("guichet-nginx-").tempdir()?;
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folders: String =
        folders.iter().map(|kind| format!("{kind}_temp_path {}/{kind};\n", home.path().display())).collect();
    let settings = format!(
        "daemon off;\nmaster_process off;\npid {home}/pid;\nerror_log {home}/log;\nevents {{ worker_connections 256; }}\n\
         http {{\naccess_log off;\n{folders}{}\n}}\n",
        servers(port),
        home = home.path().display(),
    );
    fs::write(home.path().join("nginx.conf"), settings)?;
    let start = "nginx -p \"$1\" -e \"$1/log\" -c \"$1/nginx.conf\" </dev/null & server=$!";
    let shell = Shell::start("nginx-of-tests", home.path(), start, "kill -TERM $server; wait $server")?;
    let server = Server { port, _shell: shell, home };
    server.wait_until_ready()?;
    Ok(server)
}
