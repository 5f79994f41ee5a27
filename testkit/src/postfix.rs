//! A real mail server of Debian's: Postfix with a configuration, a queue and mailboxes of its own, on a
//! free port of the loopback. It encrypts (STARTTLS), and delivers into folders.
//!
//! Like the database it ends with the process that started it ([`Shell`]).

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;

use crate::certificate::Certificate;
use crate::ports;
use crate::shell::Shell;

/// Debian's `nobody` owns the mailboxes.
const NOBODY: u32 = 65_534;
const READY_TRIES: usize = 100;
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Every service that a delivery takes; none of them leaves its folder, nor the machine.
const SERVICES: &str = "\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

pub struct Server {
    port: u16,
    /// Before its folder, which goes when nothing writes into it any more.
    _shell: Shell,
    home: TempDir,
    certificate: Certificate,
}

impl Server {
    /// A server that takes mail for one address.
    ///
    /// # Panics
    /// When Postfix is not installed or does not start: the message says what to do.
    pub fn start(address: &str) -> Self {
        Self::try_start(address).expect("tests need Postfix: install the package `postfix`, and be root")
    }

    fn try_start(address: &str) -> anyhow::Result<Self> {
        let id = Command::new("id").arg("-u").output()?;
        ensure!(id.stdout.trim_ascii() == b"0", "Postfix starts as root alone");
        let port = ports::free()?;
        let home = tempfile::Builder::new().prefix("guichet-postfix-").tempdir()?;
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755))?;
        let certificate = Certificate::new()?;
        configure(home.path(), port, address, &certificate)?;
        let stop = "postfix -c \"$1/etc\" stop </dev/null";
        let shell = Shell::start("postfix-of-tests", home.path(), "postfix -c \"$1/etc\" start </dev/null", stop)?;
        let server = Self { port, _shell: shell, home, certificate };
        server.wait_until_ready()?;
        Ok(server)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// For `localhost`; nobody else trusts it.
    pub fn certificate(&self) -> PathBuf {
        self.certificate.file()
    }

    /// What has been delivered.
    pub fn delivered(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.home.path().join("mail/box/new")) else { return Vec::new() };
        files.filter_map(|file| fs::read_to_string(file.ok()?.path()).ok()).collect()
    }

    /// What the server says of itself.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn wait_until_ready(&self) -> anyhow::Result<()> {
        for _ in 0..READY_TRIES {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        bail!("Postfix did not listen on port {}: {}", self.port, self.log())
    }
}

fn configure(home: &Path, port: u16, address: &str, certificate: &Certificate) -> anyhow::Result<()> {
    for folder in ["etc", "queue", "data", "mail"] {
        fs::create_dir(home.join(folder))?;
    }
    let id = Command::new("id").args(["-u", "postfix"]).output()?;
    let owner: u32 = String::from_utf8(id.stdout)?.trim().parse().context("the package's user is missing")?;
    chown(home.join("data"), Some(owner), None)?;
    chown(home.join("mail"), Some(NOBODY), Some(NOBODY))?;
    let (_, domain) = address.split_once('@').context("an address has a domain")?;
    let main = format!(
        "compatibility_level = 3.6\nqueue_directory = {home}/queue\ndata_directory = {home}/data\n\
         maillog_file = {home}/log\nmaillog_file_prefixes = {home}\ninet_interfaces = 127.0.0.1\n\
         inet_protocols = ipv4\nmyhostname = localhost\nmydestination =\nmynetworks = 127.0.0.0/8\n\
         alias_maps =\nalias_database =\nsmtpd_relay_restrictions = permit_mynetworks, reject\n\
         smtpd_tls_security_level = encrypt\nsmtpd_tls_cert_file = {certificate}\nsmtpd_tls_key_file = {key}\n\
         virtual_mailbox_domains = {domain}\nvirtual_mailbox_base = {home}/mail\n\
         virtual_mailbox_maps = inline:{{ {{ {address} = box/ }} }}\nvirtual_uid_maps = static:{NOBODY}\n\
         virtual_gid_maps = static:{NOBODY}\n",
        home = home.display(),
        certificate = certificate.file().display(),
        key = certificate.key_file().display(),
    );
    fs::write(home.join("etc/main.cf"), main)?;
    fs::write(home.join("etc/master.cf"), format!("127.0.0.1:{port} inet n - n - - smtpd\n{SERVICES}"))?;
    Ok(())
}
