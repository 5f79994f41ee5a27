//! A shell between the tests and a server that they start: it waits on a pipe from this process. When the process
//! ends, by a panic or a kill too, the pipe closes, and the shell stops the server.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;

/// Whoever drops it stops the server and waits until it has ended.
#[derive(Debug)]
pub struct Shell(Child);

impl Shell {
    /// `start` and `stop` are lines of a script, in which `$1` is the server's folder.
    ///
    /// # Errors
    /// When there is no shell.
    pub fn start(name: &str, folder: &Path, start: &str, stop: &str) -> anyhow::Result<Self> {
        let script = format!("{start}\nwhile read -r line; do :; done\n{stop}");
        let child = Command::new("/bin/sh")
            .args(["-c", &script, name])
            .arg(folder)
            .current_dir("/")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C ends the tests; what they started ends by the pipe.
            .process_group(0)
            .spawn()
            .context("a shell")?;
        Ok(Self(child))
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
