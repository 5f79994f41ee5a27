//! `hub doctor`: looks at what a hub needs, and changes nothing. Each line says that it is well, or what
//! to do.

mod proxy;
mod way;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use protocol::frame::{CloseCode, SUBPROTOCOL};
use tokio::net::TcpStream;

use crate::app::DataDir;
use crate::auth::Keys;
use crate::auth::keys::readable_by_others;
use crate::config::Config;
use crate::domain::{Clock, Origin};
use crate::http::doctor::QUIET_MS;
use crate::store::{Database, Schema, Store};
use proxy::{Finding, Probe};
use way::Way;

/// Below this the database soon cannot grow.
const DISK_FREE_MIN_KIB: u64 = 512 * 1024;
/// Files beside connections: database, logs, mailbox.
const DATABASE_FILES: usize = 200;
const ANSWER_WAIT_MS: u64 = 5_000;
/// With the repeats of a request.
const FILES_WAIT_MS: u64 = 10_000;
/// Greeting, TLS and sign-in.
const MAIL_WAIT_MS: u64 = 15_000;
/// 2026-01-01: this program is younger.
const CLOCK_MIN_MS: i64 = 1_767_225_600_000;
const CLOCK_SLACK_MS: i64 = 60_000;

/// Well, in a word or two; or what to do.
type Found = Result<String, String>;

/// `quick` leaves out what takes half a minute.
pub async fn doctor(config: &Config, quick: bool) -> anyhow::Result<ExitCode> {
    let clock = Clock::System;
    let running = DataDir::is_held(&config.data_dir);
    let port = config.http.listen.first().map_or(0, SocketAddr::port);
    let origin = config.origin(port);
    let public = public_address(running, &origin, &clock).await;
    let is_reached = running && public.is_ok();
    let found = [
        ("settings", Ok("read, and they fit together".to_owned())),
        ("data directory", data_directory(&config.data_dir)),
        ("disk space", disk_space(&config.data_dir)),
        ("open files", open_files(config.http.connections_max)),
        ("keys", keys(&config.keys_dir())),
        ("clock", time(config, &clock)),
        ("database", database(config, &clock).await),
        ("Redis", redis(config, &clock).await),
        ("files", files(config, &clock).await),
        ("mail server", mail_server(config, &clock).await),
        ("hub", hub(running, config, &origin, &clock).await),
        ("public address", public),
        ("websocket", websocket(running, &origin, &clock).await),
    ];
    let mut well = true;
    for (what, found) in found {
        well &= tell(what, found.map_or_else(Finding::Wrong, Finding::Well));
    }
    if is_reached {
        well &= proxy(config, &origin, &clock, quick).await;
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints a line; answers whether it is well enough.
fn tell(what: &str, found: Finding) -> bool {
    let (mark, said) = match &found {
        Finding::Well(said) => ("ok", said),
        Finding::Hint(said) => ("??", said),
        Finding::Wrong(said) => ("!!", said),
    };
    println!("{mark}  {what:<16}{said}");
    !matches!(found, Finding::Wrong(_))
}

/// What stands before the hub, if anything does.
async fn proxy(config: &Config, origin: &Origin, clock: &Clock, quick: bool) -> bool {
    let is_own = |address: &SocketAddr| address.port() == origin.port();
    if origin.is_local() && !origin.is_https() && config.http.listen.iter().any(is_own) {
        return tell("proxy", Finding::Well("none: the public address is the hub's own listener".to_owned()));
    }
    let Ok(keys) = Keys::read(&config.keys_dir()) else {
        return tell("proxy", Finding::Hint("not looked at: the keys cannot be read".to_owned()));
    };
    let probe = Probe { origin, config, clock, proof: &|| keys.operators_proof(clock.now()) };
    let mut well = tell("proxy: visitors", probe.visitors().await);
    well &= tell("proxy: uploads", probe.largest_upload().await);
    well &= tell("proxy: answers", probe.held_answers().await);
    if quick {
        return well;
    }
    println!("..  proxy: sockets  are left quiet for {} s (--quick leaves this out)", QUIET_MS / 1_000);
    well & tell("proxy: sockets", probe.quiet_socket().await)
}

fn data_directory(path: &Path) -> Found {
    if !path.exists() {
        return Ok(format!("{} is not there yet; `hub serve` makes it", path.display()));
    }
    let probe = path.join(".doctor");
    let written = std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Ok(format!("{} can be written", path.display())),
        Err(error) => {
            Err(format!("{} cannot be written ({error}): give it to the user that runs the hub", path.display()))
        }
    }
}

fn disk_space(path: &Path) -> Found {
    let place = if path.exists() { path } else { Path::new(".") };
    let free = std::process::Command::new("df").arg("-Pk").arg(place).output().ok();
    let text = free.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // POSIX: the fourth word of the second line is what is available.
    let kib = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    match kib {
        None => Ok("could not be asked (`df` is missing)".to_owned()),
        Some(kib) if kib < DISK_FREE_MIN_KIB => {
            Err(format!("{} MiB are free: make room, or nothing can be saved soon", kib / 1024))
        }
        Some(kib) => Ok(format!("{} MiB are free", kib / 1024)),
    }
}

/// Each connection takes one, and the database some.
fn open_files(connections_max: usize) -> Found {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    match line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()) {
        None => Ok("could not be asked, or unlimited".to_owned()),
        Some(max) if max < connections_max + DATABASE_FILES => Err(format!(
            "{max} may be open: raise the limit (ulimit -n {}), or lower http.connections_max",
            connections_max + DATABASE_FILES
        )),
        Some(max) => Ok(format!("{max} may be open")),
    }
}

fn keys(path: &Path) -> Found {
    let Ok(files) = std::fs::read_dir(path) else {
        return Ok("none yet; `hub serve` makes the first one".to_owned());
    };
    let count = files.filter_map(Result::ok).filter(|file| file.path().extension().is_some_and(|e| e == "key")).count();
    match readable_by_others(path) {
        Ok(open) if open.is_empty() => {
            Ok(format!("{count}, readable by the hub alone; back them up apart from the database"))
        }
        Ok(open) => {
            let open: Vec<_> = open.iter().map(|path| path.display().to_string()).collect();
            Err(format!("other users can read {}: chmod 600", open.join(", ")))
        }
        Err(error) => Err(format!("{} cannot be read ({error})", path.display())),
    }
}

/// Wrong by years, or behind what the hub wrote itself.
fn time(config: &Config, clock: &Clock) -> Found {
    let now = clock.now();
    let written = std::fs::metadata(config.data_dir.join("hub.sqlite3")).and_then(|file| file.modified());
    let written_ms = written.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_millis());
    let ahead = written_ms.and_then(|ms| i64::try_from(ms).ok()).is_some_and(|ms| ms > now + CLOCK_SLACK_MS);
    match now < CLOCK_MIN_MS || ahead {
        true => Err("this machine's clock is behind: set it (NTP), or codes and sign-ins expire wrongly".to_owned()),
        false => Ok("plausible".to_owned()),
    }
}

async fn database(config: &Config, clock: &Clock) -> Found {
    let (what, there) = match config.database() {
        Database::Sqlite { path } => (format!("SQLite in {}", path.display()), path.exists()),
        Database::Postgres { .. } => ("Postgres".to_owned(), true),
    };
    if !there {
        return Ok(format!("{what} is not there yet; `hub serve` makes it"));
    }
    match clock.within(ANSWER_WAIT_MS, Store::look(&config.database())).await {
        Some(Ok(Schema::UpToDate)) => Ok(format!("{what} answers, and its schema is up to date")),
        Some(Ok(Schema::Missing { steps })) => Ok(format!(
            "{what} answers; {steps} of its schema's steps are missing: the next `hub serve` or `hub migrate` adds them"
        )),
        Some(Ok(Schema::Newer { found, known })) => Err(format!(
            "{what} was written by a newer version of the hub: its schema is at step {found}, this version knows \
             {known}; start the newer version, or restore a backup made before it"
        )),
        Some(Err(error)) => Err(format!("{what}: {error}")),
        None => Err(format!("{what} does not answer within {} s", ANSWER_WAIT_MS / 1000)),
    }
}

async fn redis(config: &Config, clock: &Clock) -> Found {
    let Some(server) = &config.redis.server else { return Ok("none: one node".to_owned()) };
    match clock.within(ANSWER_WAIT_MS, server.look()).await {
        Some(Ok(())) => Ok("what is told there comes back".to_owned()),
        Some(Err(error)) => Err(format!("{error}: check [redis], and what its account may do")),
        None => Err(format!("no answer within {} s: is redis.urls right?", ANSWER_WAIT_MS / 1000)),
    }
}

async fn mail_server(config: &Config, clock: &Clock) -> Found {
    if config.mail.host.is_empty() {
        return Ok("none: mails stay in the local mailbox".to_owned());
    }
    let mut courier = config.mailer(clock.clone()).map_err(|error| format!("{error}: check [mail]"))?.courier();
    match clock.within(MAIL_WAIT_MS, courier.look()).await {
        Some(Ok(())) => Ok("takes the hub in, by the settings of [mail]".to_owned()),
        Some(Err(answer)) => Err(format!("{answer}: check [mail]")),
        None => Err(format!("no answer within {} s: are mail.host and mail.port right?", MAIL_WAIT_MS / 1000)),
    }
}

async fn files(config: &Config, clock: &Clock) -> Found {
    let look = async { config.files(clock.clone())?.look().await };
    match clock.within(FILES_WAIT_MS, look).await {
        Some(Ok(well)) => Ok(well),
        Some(Err(error)) => Err(format!("{error}: check [files], and who may write there")),
        None => Err(format!("no answer within {} s: is files.s3_endpoint right?", FILES_WAIT_MS / 1000)),
    }
}

/// Asks the hub at its own listener, by the public host's name.
async fn hub(running: bool, config: &Config, origin: &Origin, clock: &Clock) -> Found {
    if !running {
        return Ok("none runs on this data".to_owned());
    }
    let mut last = Err("no listener is configured".to_owned());
    for address in &config.http.listen {
        last = match clock.within(ANSWER_WAIT_MS, ask(*address, origin)).await {
            Some(Ok(status)) if status == "200" => return Ok(format!("answers at {address}")),
            Some(Ok(status)) => Err(format!("answers {status} at {address} to a request for {origin}")),
            Some(Err(error)) => {
                Err(format!("runs, but {address} cannot be reached ({error}): is http.listen the same?"))
            }
            None => Err(format!("runs, but {address} does not answer: look into its log")),
        };
    }
    last
}

/// The round trip by the public address, by TLS where it is https.
async fn public_address(running: bool, origin: &Origin, clock: &Clock) -> Found {
    if !running {
        return Ok(format!("{origin}, not tried while no hub runs"));
    }
    let reached = async { status(Way::to(origin).await?).await };
    match clock.within(ANSWER_WAIT_MS, reached).await {
        Some(Ok(answer)) if answer == "200" => Ok(format!("{origin} leads here")),
        Some(Ok(status)) => {
            Err(format!("{origin} answers {status}: another program is there, or a proxy changes Host"))
        }
        Some(Err(error)) => Err(format!(
            "{origin} cannot be reached ({error}): check the name, the certificate, the proxy, the firewall"
        )),
        None => Err(format!("{origin} does not answer within {} s", ANSWER_WAIT_MS / 1000)),
    }
}

/// A page says hello without a sign-in, and is told so: by whatever stands in between.
async fn websocket(running: bool, origin: &Origin, clock: &Clock) -> Found {
    if !running {
        return Ok("not tried while no hub runs".to_owned());
    }
    let greeted = async { greet(Way::to(origin).await?, origin).await };
    match clock.within(ANSWER_WAIT_MS, greeted).await {
        Some(Ok(code)) if code == CloseCode::Expired.code().to_string() => {
            Ok(format!("goes through {origin} and back"))
        }
        Some(Ok(answer)) => Err(format!("{origin} answers {answer} to it: the proxy has to pass websocket upgrades")),
        Some(Err(error)) => Err(format!("ended by {origin} ({error}): the proxy has to pass websockets")),
        None => Err(format!("no answer within {} s: the proxy has to pass websockets", ANSWER_WAIT_MS / 1000)),
    }
}

async fn ask(address: SocketAddr, origin: &Origin) -> io::Result<String> {
    status(Way::over(TcpStream::connect(address).await?, origin, None).await?).await
}

/// The code that the hub closes a socket with whose browser has no login, or the status that came instead.
async fn greet(mut way: Way, origin: &Origin) -> io::Result<String> {
    let headers = [
        format!("Origin: {origin}"),
        "Connection: Upgrade".to_owned(),
        "Upgrade: websocket".to_owned(),
        "Sec-WebSocket-Version: 13".to_owned(),
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==".to_owned(),
        format!("Sec-WebSocket-Protocol: {SUBPROTOCOL}"),
    ];
    way.ask("GET", "/v1/realtime", &headers).await?;
    let status = way.status().await?;
    if status != "101" {
        return Ok(status);
    }
    // RFC 6455, 5.2: a whole text, masked with nothing but zeros, which leaves it as it is.
    let hello = br#"{"type":"hello","feeds":[]}"#;
    let mut frame = vec![0x81, 0x80 | hello.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(hello);
    way.send(&frame).await?;
    // A close: its code is the first two bytes.
    let close: [u8; 4] = way.exactly().await?;
    Ok(u16::from_be_bytes([close[2], close[3]]).to_string())
}

/// The status of `GET /v1/site`.
async fn status(mut way: Way) -> io::Result<String> {
    way.ask("GET", "/v1/site", &["Connection: close".to_owned()]).await?;
    way.status().await
}
