//! Sending by a mail server: its settings, and couriers that each own one connection.
//!
//! lettre speaks the protocol, over a stream of ours (`line.rs`) and without its pool: a send that was
//! given up half-way leaves answers behind, and its pool reads them as those of the next mail. Here
//! every step has a limit, and a connection in any doubt is dropped (alerts.md 3.1).

mod connecting;
mod courier;
mod line;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio_rustls::TlsConnector;

use super::MailError;
use crate::domain::Clock;
pub(super) use courier::Courier;

/// A mail server that may be used: its TLS is verified, or it is this machine (R-H6).
#[derive(Clone, Debug)]
pub struct Server {
    host: String,
    port: u16,
    security: Security,
    account: Option<Account>,
    root_file: Option<PathBuf>,
    hello: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// From the first byte (RFC 8314).
    Tls,
    /// Asked for on a plain connection; a server that does not offer it gets no mail.
    StartTls,
    /// None: to this machine alone.
    Plain,
}

impl Security {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::Plain => "plain",
        }
    }

    pub const fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::Plain => 25,
        }
    }
}

/// What the hub signs in with.
#[derive(Clone)]
pub struct Account {
    pub user: String,
    pub password: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(•••)")
    }
}

/// Why a server cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadServer {
    #[error("a name such as smtp.example.org, or an IP address")]
    Host,
    #[error("\"plain\" sends mails and passwords unencrypted: it is for a server on this machine alone")]
    PlainElsewhere,
    #[error("certificates are of no use with \"plain\"")]
    RootsWithoutTls,
}

impl Server {
    /// # Errors
    /// For what is not safe, or no host.
    pub fn new(
        host: &str,
        port: u16,
        security: Security,
        account: Option<Account>,
        root_file: Option<PathBuf>,
    ) -> Result<Self, BadServer> {
        ServerName::try_from(host).map_err(|_| BadServer::Host)?;
        let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        match security {
            Security::Plain if !is_local => return Err(BadServer::PlainElsewhere),
            Security::Plain if root_file.is_some() => return Err(BadServer::RootsWithoutTls),
            Security::Plain | Security::Tls | Security::StartTls => {}
        }
        Ok(Self { host: host.to_owned(), port, security, account, root_file, hello: "localhost".to_owned() })
    }

    /// Greets the server by this name, which its own rules may look at.
    #[must_use]
    pub fn greeted_by(self, hello: &str) -> Self {
        Self { hello: hello.to_owned(), ..self }
    }
}

/// The way to a mail server; clones are the same.
#[derive(Clone)]
pub struct Smtp {
    inner: Arc<Inner>,
}

struct Inner {
    server: Server,
    hello: ClientId,
    credentials: Option<Credentials>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    clock: Clock,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({:?})", self.inner.server)
    }
}

impl Smtp {
    pub(super) fn new(server: Server, clock: Clock) -> Result<Self, MailError> {
        let tls = match server.security {
            Security::Plain => None,
            Security::Tls | Security::StartTls => Some((connector(&server)?, name(&server)?)),
        };
        let credentials = server.account.clone().map(|Account { user, password }| Credentials::new(user, password));
        let hello = match server.hello.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(server.hello.clone()),
        };
        Ok(Self { inner: Arc::new(Inner { server, hello, credentials, tls, clock }) })
    }

    pub(super) fn courier(&self) -> Courier {
        Courier::new(self.clone())
    }
}

fn name(server: &Server) -> Result<ServerName<'static>, MailError> {
    ServerName::try_from(server.host.clone()).map_err(|error| MailError::Roots(error.to_string()))
}

/// Checks servers by what this machine trusts, and by the operator's own certificates.
fn connector(server: &Server) -> Result<TlsConnector, MailError> {
    let unreadable = |error: &dyn fmt::Display| MailError::Roots(error.to_string());
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if let Some(file) = &server.root_file {
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&error))? {
            let certificate = certificate.map_err(|error| unreadable(&error))?;
            roots.add(certificate).map_err(|error| unreadable(&error))?;
        }
    }
    if roots.is_empty() {
        let why = found.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
        return Err(MailError::Roots(why));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unreadable(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
