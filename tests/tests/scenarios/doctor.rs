//! `hub doctor` of the built binary: it looks, says what it sees in sentences, and changes nothing.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use testkit::{postgres, redis, smtp};
use tests::process::Process;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What it said, and whether all was well.
async fn doctor(hub: &Process, settings: &[(&str, &str)]) -> (String, bool) {
    let done = hub.command(&["doctor"]).envs(settings.iter().copied()).output().await.unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    (String::from_utf8(done.stdout).unwrap(), done.status.success())
}

/// Every file with its bytes, but for SQLite's own beside the database.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !name.ends_with("-shm") && !name.ends_with("-wal") {
            found.push((name, fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_changes_nothing_on_sqlite() {
    let mut hub = Process::new(&[]);
    let (said, well) = doctor(&hub, &[]).await;
    assert!(well && said.contains("is not there yet; `hub serve` makes it"), "{said}");
    assert_eq!(files(hub.data()), [], "nothing is made");
    // A database that no step has been taken in yet.
    fs::write(hub.data().join("hub.sqlite3"), "").unwrap();
    let (said, well) = doctor(&hub, &[]).await;
    assert!(
        well && said.contains("of its schema's steps are missing: the next `hub serve` or `hub migrate` adds them"),
        "{said}"
    );
    assert_eq!(fs::metadata(hub.data().join("hub.sqlite3")).unwrap().len(), 0);
    // One that a hub used and was killed at.
    hub.tries_to_start(&[]).await.unwrap();
    hub.kill().await;
    let before = files(hub.data());
    let (said, well) = doctor(&hub, &[]).await;
    assert!(well && said.contains("answers, and its schema is up to date"), "{said}");
    assert_eq!(files(hub.data()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_migrates_nothing_on_postgres_and_tells_of_a_newer_schema() {
    let url = tokio::task::block_in_place(postgres::fresh_database_url);
    let name = url.rsplit_once('/').unwrap().1.to_owned();
    let sql = |text: &str| tokio::task::block_in_place(|| postgres::server().run_sql(&name, text));
    let mut hub = Process::new(&[("HUB__DATABASE__URL", &url)]);
    let (said, well) = doctor(&hub, &[]).await;
    assert!(well && said.contains("of its schema's steps are missing"), "{said}");
    // Fails when there is a table.
    sql("select 1 / (case when to_regclass('schema_step') is null then 1 else 0 end)");
    hub.tries_to_start(&[]).await.unwrap();
    hub.kill().await;
    let (said, well) = doctor(&hub, &[]).await;
    assert!(well && said.contains("its schema is up to date"), "{said}");
    sql("insert into schema_step (version, name, applied_at) values (99, 'later', 1)");
    let (said, well) = doctor(&hub, &[]).await;
    assert!(!well && said.contains("written by a newer version of the hub: its schema is at step 99"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_goes_the_way_of_a_browser_to_an_https_origin() {
    let mut hub = Process::new(&[]);
    let (front, certificate) = tls_in_front_of(hub.site.addr, "localhost").await;
    let origin = format!("https://localhost:{}", front.port());
    let (other, other_certificate) = tls_in_front_of(hub.site.addr, "help.example.org").await;
    let certificates = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = certificates.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (trusted, others) = (file("trusted.pem", &certificate), file("others.pem", &other_certificate));
    hub.tries_to_start(&[("HUB__PUBLIC_ORIGIN", &origin)]).await.unwrap();
    let (said, well) = doctor(&hub, &[("HUB__PUBLIC_ORIGIN", &origin), ("SSL_CERT_FILE", &trusted)]).await;
    assert!(well && said.contains(&format!("{origin} leads here")), "{said}");
    assert!(said.contains(&format!("goes through {origin} and back")), "{said}");
    // A certificate that nobody vouches for.
    let (said, well) = doctor(&hub, &[("HUB__PUBLIC_ORIGIN", &origin), ("SSL_CERT_FILE", &others)]).await;
    assert!(!well && said.contains("invalid peer certificate"), "{said}");
    // One for another name.
    let origin = format!("https://localhost:{}", other.port());
    let (said, well) = doctor(&hub, &[("HUB__PUBLIC_ORIGIN", &origin), ("SSL_CERT_FILE", &others)]).await;
    assert!(!well && said.contains("invalid peer certificate"), "{said}");
    hub.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_asks_redis_and_the_mail_server() {
    let hub = Process::new(&[]);
    let url = tokio::task::block_in_place(postgres::fresh_database_url);
    let redis = tokio::task::block_in_place(redis::Server::start);
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (redis_url, nobody_there) = (redis.url(), format!("redis://{nobody}"));
    let settings = |redis: &str| [("HUB__DATABASE__URL", url.clone()), ("HUB__REDIS__URLS", redis.to_owned())];
    let asked = async |settings: &[(&str, String)]| {
        let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        doctor(&hub, &settings).await
    };
    let (said, well) = asked(&settings(&redis_url)).await;
    assert!(well && said.contains("what is told there comes back"), "{said}");
    let (said, well) = asked(&settings(&nobody_there)).await;
    assert!(!well && said.contains("check [redis]"), "{said}");
    let mail = |port: u16| {
        [
            ("HUB__MAIL__HOST", "localhost".to_owned()),
            ("HUB__MAIL__SECURITY", "plain".to_owned()),
            ("HUB__MAIL__PORT", port.to_string()),
        ]
    };
    let (said, well) = asked(&mail(nobody.port())).await;
    assert!(!well && said.contains("check [mail]"), "{said}");
    let server = smtp::Server::start(smtp::Script::default()).await;
    let (said, well) = asked(&mail(server.port())).await;
    assert!(well && said.contains("takes the hub in"), "{said}");
    assert!(server.taken().is_empty());
}

/// A proxy that ends TLS before the hub, with a certificate of its own for this name.
async fn tls_in_front_of(hub: SocketAddr, name: &str) -> (SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let pem = made.cert.pem();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.into()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut page) = acceptor.accept(stream).await else { return };
                let Ok(mut hub) = TcpStream::connect(hub).await else { return };
                tokio::io::copy_bidirectional(&mut page, &mut hub).await.ok();
            });
        }
    });
    (addr, pem)
}
