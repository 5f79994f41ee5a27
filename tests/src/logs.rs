//! What hubs of this test process log, kept to be searched.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

static LINES: Mutex<String> = Mutex::new(String::new());

/// Keeps everything that a hub says at its most talkative, and what its libraries say by default.
pub fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The S3 server of these tests runs in this process too, and is none of the hub.
        let filter =
            EnvFilter::new("info,hub=trace,audit=trace,memory_serve=warn,sea_orm_migration=warn,s3s=off,s3s_fs=off");
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Keeper).init();
    });
}

/// All lines so far, of every hub in this process.
pub fn lines() -> String {
    lock().clone()
}

/// Lines that tell of a bug.
pub fn errors() -> Vec<String> {
    lock().lines().filter(|line| line.contains(" ERROR ")).map(str::to_owned).collect()
}

fn lock() -> MutexGuard<'static, String> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Keeper;

impl Write for Keeper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        lock().push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Keeper {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}
