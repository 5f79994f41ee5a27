//! The way to the hub by its public address, as a browser goes it, and HTTP/1.1 spoken by hand: what is looked at is
//! what comes when.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use protocol::Millis;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::domain::Origin;

/// Of an answer that is read whole.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Plain or by TLS.
trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// A connection, and the address that the other side sees unless something in between changes it.
pub(super) struct Way {
    stream: BufReader<Box<dyn Transport>>,
    pub own_address: IpAddr,
    host: String,
}

/// How an answer begins.
pub(super) struct Head {
    /// The three digits; `nothing` when no answer came.
    pub status: String,
    /// When it was made, by the clock of whoever answers, in whole seconds.
    pub date: Option<Millis>,
}

impl Way {
    /// By the name of the public address: by the first of its addresses that takes it.
    pub async fn to(origin: &Origin) -> io::Result<Self> {
        let name = origin.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), origin.port())).await?.collect();
        let mut last = Err(io::Error::other("the name has no address"));
        for address in addresses {
            last = match TcpStream::connect(address).await {
                Ok(stream) => Self::over(stream, origin, origin.is_https().then_some(&name)).await,
                Err(error) => Err(error),
            };
            if last.is_ok() {
                break;
            }
        }
        last
    }

    /// Over this connection; with TLS for this name.
    pub async fn over(stream: TcpStream, origin: &Origin, tls: Option<&String>) -> io::Result<Self> {
        let own_address = stream.local_addr()?.ip();
        let stream: Box<dyn Transport> = match tls {
            Some(name) => by_tls(stream, name).await?,
            None => Box::new(stream),
        };
        let host = format!("{}:{}", origin.host(), origin.port());
        Ok(Self { stream: BufReader::new(stream), own_address, host })
    }

    /// Sends a request's head; `headers` are whole lines.
    pub async fn ask(&mut self, method: &str, path: &str, headers: &[String]) -> io::Result<()> {
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{lines}\r\n", self.host);
        self.send(head.as_bytes()).await
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// The status of the next head; what stands after it is next.
    pub async fn status(&mut self) -> io::Result<String> {
        Ok(self.head().await?.status)
    }

    /// The next head; what stands after it is next.
    pub async fn head(&mut self) -> io::Result<Head> {
        let mut head = (&mut self.stream).take(ANSWER_BYTES_MAX);
        let mut line = String::new();
        head.read_line(&mut line).await?;
        let status = line.split_whitespace().nth(1).unwrap_or("nothing").to_owned();
        let mut date = None;
        while line.trim() != "" {
            line.clear();
            head.read_line(&mut line).await?;
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("date")
            {
                date = millis(value.trim());
            }
        }
        Ok(Head { status, date })
    }

    pub async fn exactly<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    /// Reads until this stands in what came; false when the end comes first.
    pub async fn reads_until(&mut self, text: &str) -> io::Result<bool> {
        let mut came = Vec::new();
        while !came.windows(text.len()).any(|part| part == text.as_bytes()) {
            let mut bytes = [0; 1024];
            let n = self.stream.read(&mut bytes).await?;
            if n == 0 || came.len() as u64 > ANSWER_BYTES_MAX {
                return Ok(false);
            }
            came.extend_from_slice(&bytes[..n]);
        }
        Ok(true)
    }

    /// Everything to the end. One without TLS's good-bye does no harm.
    pub async fn rest(self) -> String {
        let mut bytes = Vec::new();
        let _ = self.stream.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).await;
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// As RFC 9110, 5.6.7, writes a moment.
fn millis(date: &str) -> Option<Millis> {
    let since = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Millis::try_from(since.as_millis()).ok()
}

/// The certificate has to be one that this machine trusts, for this name.
async fn by_tls(stream: TcpStream, name: &str) -> io::Result<Box<dyn Transport>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
}
