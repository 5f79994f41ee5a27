//! A real S3 server over a folder, on a free port of the loopback: signatures are checked, large files come
//! in parts, what is kept lies in the folder for a test to look at and to spoil.
//!
//! It runs on the test's own runtime and ends when it is dropped.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

pub const BUCKET: &str = "attachments";
pub const ACCESS_KEY: &str = "guichet";
pub const SECRET_KEY: &str = "a secret of tests";

pub struct Server {
    port: u16,
    folder: TempDir,
    serving: JoinHandle<()>,
}

impl Server {
    /// A server with one empty bucket.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start() -> Self {
        Self::start_refusing(&[]).await
    }

    /// The same where the key may do nothing that goes by these methods.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start_refusing(methods: &'static [Method]) -> Self {
        Self::try_start(methods).await.expect("an S3 server starts on the loopback")
    }

    async fn try_start(refused: &'static [Method]) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("guichet-s3-").tempdir()?;
        std::fs::create_dir(folder.path().join(BUCKET))?;
        let files = FileSystem::new(folder.path()).map_err(|error| anyhow!("{error:?}"))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a free port")?;
        let port = listener.local_addr()?.port();
        let serving = tokio::spawn(serve(listener, builder.build(), refused));
        Ok(Self { port, folder, serving })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where a key's bytes are.
    pub fn file(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }

    /// Where everything is: files whose names begin with a dot are the server's own, such as parts that
    /// have arrived.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, service: S3Service, refused: &'static [Method]) {
    // Dropped with this task, and its connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        connections.spawn(async move {
            let answer = service_fn(move |request: Request<Incoming>| {
                let answered = (!refused.contains(request.method())).then(|| Service::call(&service, request));
                async move {
                    match answered {
                        Some(answered) => answered.await,
                        None => Ok(forbidden()),
                    }
                }
            });
            // A client that goes away half-way is none of its business.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

fn forbidden() -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::empty());
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}
