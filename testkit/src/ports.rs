//! Ports of the loopback for servers that tests start, and start again.

use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::Context;

const FIRST: u16 = 12_000;
const COUNT: u16 = 10_000;

/// The kernel gives ports from 32768 on to whoever connects (`net.ipv4.ip_local_port_range`, by default). These are
/// below it, and so are those 10,000 higher that a Redis of a cluster takes besides.
const _: () = assert!(FIRST + COUNT + 10_000 <= 32_768);

/// A port that nobody listens on, another one at each call. It stays free while its server is down: no connection
/// is given it. Another process may take it between this look and the server's start.
///
/// # Errors
/// When none is free.
pub fn free() -> anyhow::Result<u16> {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    // Test processes beside each other begin apart.
    let begin = process::id().wrapping_mul(251) % u32::from(COUNT);
    let mut ports = (0..COUNT).map(|_| {
        let step = begin + u32::from(ASKED.fetch_add(1, Ordering::Relaxed));
        FIRST + u16::try_from(step % u32::from(COUNT)).expect("below the count")
    });
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    ports.find(is_free).with_context(|| format!("no port from {FIRST} to {} is free", FIRST + COUNT - 1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn each_is_another_one() {
        let ports = [free().unwrap(), free().unwrap(), free().unwrap()];
        assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2], "{ports:?}");
    }

    #[test]
    fn none_that_somebody_listens_on() {
        let next = free().unwrap() + 1;
        // Where this fails somebody else listens there already.
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, next));
        assert_ne!(free().unwrap(), next);
    }
}
