//! Disks of a test's own, in memory, that no other process sees.

use std::process::{Command, Stdio};

/// Whether a test may mount them here: as root, unless a container forbids it.
pub fn may_mount() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
