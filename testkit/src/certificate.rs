//! A certificate for `localhost` that nobody trusts but who is told to.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

pub struct Certificate {
    pub der: CertificateDer<'static>,
    pub key: PrivateKeyDer<'static>,
    folder: TempDir,
}

impl Certificate {
    /// # Errors
    /// When it cannot be made or written.
    pub fn new() -> anyhow::Result<Self> {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
        let folder = TempDir::new()?;
        std::fs::write(folder.path().join("certificate.pem"), made.cert.pem())?;
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem())?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        Ok(Self { der: made.cert.der().clone(), key, folder })
    }

    /// PEM.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// PEM.
    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }
}
