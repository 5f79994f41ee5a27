//! Clocks that are wrong: a program that preloads this library sees another time of day than the machine's.

use std::path::{Path, PathBuf};

/// libfaketime, of Debian's package, or where `LIBFAKETIME` says.
///
/// # Panics
/// When it is not installed.
pub fn library() -> PathBuf {
    let given = std::env::var_os("LIBFAKETIME").map(PathBuf::from);
    let machine = ["x86_64-linux-gnu", "aarch64-linux-gnu"].iter();
    let usual = machine.map(|machine| Path::new("/usr/lib").join(machine).join("faketime/libfaketimeMT.so.1"));
    given.into_iter().chain(usual).find(|path| path.exists()).expect("wrong clocks need the package `libfaketime`")
}
