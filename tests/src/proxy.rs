//! A TCP proxy that breaks: it cuts, swallows, slows and delays what goes through it.
//!
//! It stands between a page and the hub, or between the hub and its database.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use hub::domain::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// What happens to the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// They arrive.
    None,
    /// They vanish, in both directions, and nobody is told: a half-open connection.
    Blackhole,
    /// The same in one direction alone; the other one passes.
    Swallow(Way),
    /// A few at a time.
    Trickle { bytes: usize, every_ms: u64 },
    /// Late.
    Delay { ms: u64 },
    /// New connections are closed at once; old ones go on.
    Refuse,
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToHub,
    ToPage,
}

/// A proxy to one address; it ends when it is dropped.
pub struct Proxy {
    addr: SocketAddr,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

struct Shared {
    target: SocketAddr,
    fault: watch::Sender<Fault>,
    /// Bumped by a cut: connections of an older generation end.
    generation: watch::Sender<u64>,
    /// Bumped by a half-close of this way.
    halves: [watch::Sender<u64>; 2],
    /// Bytes that may still pass each way before the connections are cut.
    allowance: [AtomicI64; 2],
    passed: [AtomicU64; 2],
}

impl Proxy {
    /// Listens on a free port and forwards to `target`.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            target,
            fault: watch::Sender::new(Fault::None),
            generation: watch::Sender::new(0),
            halves: [watch::Sender::new(0), watch::Sender::new(0)],
            allowance: [AtomicI64::new(i64::MAX), AtomicI64::new(i64::MAX)],
            passed: [AtomicU64::new(0), AtomicU64::new(0)],
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { addr, shared, accepting }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// From now on, for connections that are open as well.
    pub fn set(&self, fault: Fault) {
        self.shared.fault.send_replace(fault);
    }

    /// Ends every open connection, abruptly.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// Ends this way of every open connection, as one side does that will say no more; the other way goes on.
    pub fn half_close(&self, way: Way) {
        self.shared.halves[way as usize].send_modify(|half| *half += 1);
    }

    /// Lets `bytes` more pass this way, then cuts the connection that wanted more; others pass.
    pub fn cut_after(&self, way: Way, bytes: u64) {
        self.shared.allowance[way as usize].store(i64::try_from(bytes).unwrap(), Ordering::SeqCst);
    }

    /// Takes back what `cut_after` said.
    pub fn never_cut(&self) {
        self.shared.allowance.iter().for_each(|allowance| allowance.store(i64::MAX, Ordering::SeqCst));
    }

    /// How many bytes have gone this way so far.
    pub fn passed(&self, way: Way) -> u64 {
        self.shared.passed[way as usize].load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.cut();
    }
}

impl Shared {
    fn cut(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// How many of `wanted` bytes may pass; fewer than wanted means: then cut.
    fn take(&self, way: Way, wanted: usize) -> usize {
        let allowance = &self.allowance[way as usize];
        let left = allowance.load(Ordering::SeqCst);
        let wanted = i64::try_from(wanted).unwrap();
        if left == i64::MAX || left > wanted {
            if left != i64::MAX {
                allowance.fetch_sub(wanted, Ordering::SeqCst);
            }
            return usize::try_from(wanted).unwrap();
        }
        allowance.store(i64::MAX, Ordering::SeqCst);
        usize::try_from(left).unwrap()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((page, _)) = listener.accept().await else { return };
        if *shared.fault.borrow() == Fault::Refuse {
            continue;
        }
        tokio::spawn(carry(page, Arc::clone(&shared)));
    }
}

async fn carry(page: TcpStream, shared: Arc<Shared>) {
    let mut generation = shared.generation.subscribe();
    let Ok(hub) = TcpStream::connect(shared.target).await else { return };
    page.set_nodelay(true).ok();
    hub.set_nodelay(true).ok();
    let (page_read, page_write) = page.into_split();
    let (hub_read, hub_write) = hub.into_split();
    // Ends this connection alone: its page may have read all it waited for and connected anew already.
    let cut = Notify::new();
    let there = pump(page_read, hub_write, Way::ToHub, &shared, &cut);
    let back = pump(hub_read, page_write, Way::ToPage, &shared, &cut);
    // Dropping what is not finished closes both sockets.
    tokio::select! {
        _ = generation.changed() => {}
        () = cut.notified() => {}
        ((), ()) = async { tokio::join!(there, back) } => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, way: Way, shared: &Shared, cut: &Notify) {
    let mut fault = shared.fault.subscribe();
    let mut half = shared.halves[way as usize].subscribe();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let now = *fault.borrow_and_update();
        let at_once = match now {
            Fault::Trickle { bytes, .. } => bytes,
            _ => buffer.len(),
        };
        let read = tokio::select! {
            read = from.read(&mut buffer[..at_once]) => read,
            _ = fault.changed() => continue,
            _ = half.changed() => Ok(0),
        };
        let Ok(count @ 1..) = read else {
            to.shutdown().await.ok();
            return;
        };
        let now = *fault.borrow();
        match now {
            Fault::Blackhole => continue,
            Fault::Swallow(lost) if lost == way => continue,
            Fault::Trickle { every_ms, .. } => Clock::System.sleep(every_ms).await,
            Fault::Delay { ms } => Clock::System.sleep(ms).await,
            Fault::None | Fault::Refuse | Fault::Swallow(_) => {}
        }
        let pass = shared.take(way, count);
        if to.write_all(&buffer[..pass]).await.is_err() {
            return;
        }
        shared.passed[way as usize].fetch_add(pass as u64, Ordering::SeqCst);
        if pass < count {
            cut.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::within;

    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    tokio::io::copy(&mut read, &mut write).await.ok();
                });
            }
        });
        addr
    }

    #[tokio::test]
    async fn exactly_the_bytes_allowed_pass_before_the_cut() {
        let proxy = Proxy::start(echo().await).await;
        for allowed in [0, 3, 7] {
            let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
            stream.write_all(b"before").await.unwrap();
            let mut got = [0; 6];
            within("the echo", stream.read_exact(&mut got)).await.unwrap();
            proxy.cut_after(Way::ToPage, allowed);
            stream.write_all(b"and after").await.unwrap();
            let mut rest = Vec::new();
            within("the cut", stream.read_to_end(&mut rest)).await.ok();
            assert_eq!(rest, b"and after"[..usize::try_from(allowed).unwrap()]);
        }
    }

    #[tokio::test]
    async fn what_falls_into_a_blackhole_never_arrives_and_a_trickle_does() {
        let proxy = Proxy::start(echo().await).await;
        let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
        proxy.set(Fault::Trickle { bytes: 2, every_ms: 1 });
        stream.write_all(b"slowly").await.unwrap();
        let mut got = [0; 6];
        within("the trickle", stream.read_exact(&mut got)).await.unwrap();
        assert_eq!(&got, b"slowly");
        let there = proxy.passed(Way::ToHub);
        proxy.set(Fault::Blackhole);
        stream.write_all(b"lost").await.unwrap();
        let mut one = [0; 1];
        assert!(Clock::System.within(50, stream.read(&mut one)).await.is_none());
        assert_eq!(proxy.passed(Way::ToHub), there);
    }
}
