//! `hub doctor` of the built binary: it looks, says what it sees in sentences, and changes nothing.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use testkit::certificate::Certificate;
use testkit::{nginx, ports, postgres, redis, smtp};
use tests::process::Process;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What it said, and whether all was well; without the long look at quiet sockets.
pub async fn doctor(hub: &Process, settings: &[(&str, &str)]) -> (String, bool) {
    asks(hub, &["doctor", "--quick"], settings).await
}

async fn asks(hub: &Process, command: &[&str], settings: &[(&str, &str)]) -> (String, bool) {
    let done = hub.command(command).envs(settings.iter().copied()).output().await.unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    (String::from_utf8(done.stdout).unwrap(), done.status.success())
}

/// What it said of the proxy.
fn proxy(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.get(4..).is_some_and(|line| line.starts_with("proxy"))).collect()
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
    assert!(proxy(&said).is_empty(), "{said}");
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
    let (said, _) = doctor(&hub, &[("HUB__PUBLIC_ORIGIN", &origin), ("SSL_CERT_FILE", &trusted)]).await;
    assert!(said.contains(&format!("{origin} leads here")), "{said}");
    assert!(said.contains(&format!("goes through {origin} and back")), "{said}");
    // It ends TLS and no more.
    assert_eq!(proxy(&said).len(), 3, "{said}");
    assert!(proxy(&said)[0].starts_with("!!  proxy: visitors is not believed"), "{said}");
    assert!(proxy(&said)[1].starts_with("ok  proxy: uploads  a file of 25 MiB comes through"), "{said}");
    assert!(proxy(&said)[2].starts_with("ok  proxy: answers  passes answers on"), "{said}");
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
    let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free().unwrap()));
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

/// nginx before the hub, with these lines beside the way there. The hub sees it as 127.0.0.3, and people as 127.0.0.1.
fn nginx_before(hub: &Process, lines: &str) -> nginx::Server {
    tokio::task::block_in_place(|| {
        nginx::Server::start(|port| {
            format!(
                "server {{\nlisten 127.0.0.1:{port};\nlocation / {{\nproxy_pass http://{};\nproxy_bind 127.0.0.3;\n\
                 proxy_http_version 1.1;\nproxy_set_header Host $http_host;\nproxy_set_header Upgrade $http_upgrade;\n\
                 proxy_set_header Connection $http_connection;\n{lines}\n}}\n}}",
                hub.site.addr
            )
        })
    })
}

/// What the doctor says of it, while the hub believes these proxies.
async fn proxy_before(hub: &mut Process, lines: &str, believed: &str, command: &[&str]) -> (Vec<String>, bool) {
    let front = nginx_before(hub, lines);
    let origin = format!("http://localhost:{}", front.port());
    let settings = [("HUB__PUBLIC_ORIGIN", &*origin), ("HUB__HTTP__TRUSTED_PROXIES", believed)];
    hub.tries_to_start(&settings).await.unwrap();
    let (said, well) = asks(hub, command, &settings).await;
    hub.kill().await;
    assert!(said.contains(&format!("{origin} leads here")), "{said}");
    (proxy(&said).into_iter().map(str::to_owned).collect(), well)
}

const PASSES_ON: &str = "client_max_body_size 30m; proxy_request_buffering off; proxy_buffering off;";
const TELLS_WHO: &str = "proxy_set_header X-Forwarded-For $remote_addr;";

/// Each limit of a proxy is found through the public address, and told with what to set.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_what_a_proxy_does_not_let_through() {
    let mut hub = Process::new(&[]);
    // As nginx is when nobody sets anything, and with a short time-out.
    let lines = format!("{TELLS_WHO} proxy_read_timeout 2s;");
    let (said, well) = proxy_before(&mut hub, &lines, "127.0.0.3", &["doctor"]).await;
    assert!(!well);
    assert_eq!(said[0], "ok  proxy: visitors is believed; the hub sees 127.0.0.1 where this machine is 127.0.0.1");
    assert!(
        said[1].starts_with("!!  proxy: uploads  refuses a file of 25 MiB (files.bytes_max) with 413"),
        "{said:#?}"
    );
    assert!(said[1].contains("client_max_body_size"), "{said:#?}");
    assert!(said[2].starts_with("ok  proxy: answers"), "{said:#?}");
    assert!(said[3].starts_with("..  proxy: sockets  are left quiet for 26 s"), "{said:#?}");
    assert!(said[4].starts_with("!!  proxy: sockets  ends a socket on which nothing is said after 2 s"), "{said:#?}");
    assert!(said[4].contains("proxy_read_timeout"), "{said:#?}");

    // Uploads are kept until they are whole: a hint, and no fault.
    let lines = format!("{TELLS_WHO} client_max_body_size 30m; proxy_buffering off;");
    let (said, well) = proxy_before(&mut hub, &lines, "127.0.0.3", &["doctor", "--quick"]).await;
    assert!(well && said[1].starts_with("??  proxy: uploads  takes a file of 25 MiB, but keeps it"), "{said:#?}");
    assert!(said[2].starts_with("ok  proxy: answers"), "{said:#?}");

    for (lines, believed, expected) in [
        ("", "127.0.0.3", "!!  proxy: visitors writes no x-forwarded-for, so that all visitors are one network"),
        (TELLS_WHO, "10.0.0.1", "!!  proxy: visitors is not believed, so that all visitors are one network"),
        (
            "proxy_set_header X-Forwarded-For $http_x_forwarded_for;",
            "127.0.0.3",
            "!!  proxy: visitors passes x-forwarded-for on",
        ),
        (
            "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            "127.0.0.3",
            "ok  proxy: visitors is believed; the hub sees 127.0.0.1",
        ),
    ] {
        // Where nothing is set, what a client claims goes through too.
        let lines = if lines.is_empty() { "proxy_set_header X-Forwarded-For \"\";" } else { lines };
        let (said, _) = proxy_before(&mut hub, &format!("{PASSES_ON}{lines}"), believed, &["doctor", "--quick"]).await;
        assert!(said[0].starts_with(expected), "{said:#?}");
        if believed == "10.0.0.1" {
            assert!(said[0].contains("name 127.0.0.3 in http.trusted_proxies"), "{said:#?}");
        }
    }
}

/// Some proxies look at an answer as a whole before they pass it on.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_that_answers_are_held_back() {
    let mut hub = Process::new(&[]);
    let (listener, behind) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), hub.site.addr);
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((page, _)) = listener.accept().await {
            tokio::spawn(hold_answers(page, behind));
        }
    });
    let settings = [("HUB__PUBLIC_ORIGIN", &*origin)];
    hub.tries_to_start(&settings).await.unwrap();
    let (said, _) = doctor(&hub, &settings).await;
    assert!(proxy(&said)[2].starts_with("??  proxy: answers  holds answers back until they are whole"), "{said}");
    hub.kill().await;
}

async fn hold_answers(page: TcpStream, hub: SocketAddr) {
    let Ok(hub) = TcpStream::connect(hub).await else { return };
    let ((mut asked, mut page), (mut answered, mut hub)) = (page.into_split(), hub.into_split());
    let asking = tokio::spawn(async move { tokio::io::copy(&mut asked, &mut hub).await });
    let mut answer = Vec::new();
    answered.read_to_end(&mut answer).await.ok();
    page.write_all(&answer).await.ok();
    asking.abort();
}

/// What stands in `deploy/` is well, with the addresses and places of this test in it, and one of its nodes down.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_has_nothing_to_say_of_the_nginx_of_deploy() {
    let mut hub = Process::new(&[]);
    let certificate = Certificate::new().unwrap();
    let kept = include_str!("../../../deploy/nginx/guichet.conf");
    let compose = include_str!("../../../deploy/compose.yaml");
    let gone = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free().unwrap()));
    let front = tokio::task::block_in_place(|| {
        nginx::Server::start(|port| {
            let mut text = kept.to_owned();
            let plain = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free().unwrap()));
            for (from, to) in [
                ("10.89.0.11:8080", hub.site.addr.to_string()),
                ("10.89.0.12:8080", gone.to_string()),
                ("listen 80;", format!("listen {plain};")),
                ("listen 443 ssl", format!("listen 127.0.0.1:{port} ssl")),
                ("/etc/nginx/certificates/fullchain.pem", certificate.file().display().to_string()),
                ("/etc/nginx/certificates/privkey.pem", certificate.key_file().display().to_string()),
                // Where the port is another than the usual one.
                ("Host $host;", "Host $http_host;".to_owned()),
            ] {
                assert!(text.contains(from), "{from}");
                text = text.replace(from, &to);
            }
            text
        })
    });
    for node in ["10.89.0.11", "10.89.0.12"] {
        assert!(compose.contains(&format!("ipv4_address: {node} ")), "{node}");
    }
    let origin = format!("https://localhost:{}", front.port());
    let settings = [("HUB__PUBLIC_ORIGIN", &*origin), ("HUB__HTTP__TRUSTED_PROXIES", "127.0.0.1")];
    hub.tries_to_start(&settings).await.unwrap();
    let file = certificate.file();
    let asked_with = [settings[0], settings[1], ("SSL_CERT_FILE", file.to_str().unwrap())];
    let (said, well) = asks(&hub, &["doctor"], &asked_with).await;
    assert!(well && !said.contains("??") && proxy(&said).len() == 5, "{said}");
    assert!(said.contains("ok  proxy: sockets  leaves a socket open on which nothing is said for 26 s"), "{said}");
    hub.kill().await;
}

/// A proxy that ends TLS before the hub, with a certificate of its own for this name.
pub async fn tls_in_front_of(hub: SocketAddr, name: &str) -> (SocketAddr, String) {
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
