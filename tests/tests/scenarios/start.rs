//! What a hub refuses to start with, in words (R-I8): the built binary.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tests::process::Process;
use tests::raw::Raw;

/// Every origin with every permission of the key file.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_for_other_machines_starts_with_https_and_private_keys_alone() {
    let mut hub = Process::new(&[]);
    hub.tries_to_start(&[]).await.unwrap();
    hub.kill().await;
    let key = key_file(&hub);
    let not_https = Err("is not https");
    let readable = Err("other users of this machine can read");
    let no_origin = Err("an origin reads");
    for (origin, private, by_group, by_all) in [
        ("", Ok(()), Ok(()), Ok(())),
        ("http://localhost:4000", Ok(()), Ok(()), Ok(())),
        ("http://127.0.0.1:4000", Ok(()), Ok(()), Ok(())),
        ("http://[::1]:4000", Ok(()), Ok(()), Ok(())),
        ("https://localhost:4000", Ok(()), Ok(()), Ok(())),
        ("https://help.example.org", Ok(()), readable, readable),
        ("https://192.0.2.7:8443", Ok(()), readable, readable),
        ("http://help.example.org", not_https, not_https, not_https),
        ("http://192.0.2.7", not_https, not_https, not_https),
        ("http://localhost.example.org", not_https, not_https, not_https),
        ("http://127.0.0.1.example.org", not_https, not_https, not_https),
        ("https://help.example.org/hub", no_origin, no_origin, no_origin),
        ("https://user@help.example.org", no_origin, no_origin, no_origin),
        ("ftp://help.example.org", no_origin, no_origin, no_origin),
        ("help.example.org", no_origin, no_origin, no_origin),
    ] {
        for (mode, expected) in [(0o600, private), (0o640, by_group), (0o604, by_all)] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            let started = hub.tries_to_start(&[("HUB__PUBLIC_ORIGIN", origin)]).await;
            match (&started, expected) {
                (Ok(()), Ok(())) => hub.kill().await,
                (Err(said), Err(expected)) => assert!(said.contains(expected), "{origin} {mode:o}: {said}"),
                _ => panic!("{origin} {mode:o}: expected {expected:?}, but {started:?}"),
            }
        }
    }
}

/// Codes can be read in the local mailbox: on a public origin it is not there.
#[tokio::test(flavor = "multi_thread")]
async fn the_local_mailbox_is_not_served_to_other_machines() {
    let mut hub = Process::new(&[]);
    for (origin, host, status) in
        [("http://localhost:4000", "localhost:4000", 200), ("https://help.example.org", "help.example.org", 404)]
    {
        hub.tries_to_start(&[("HUB__PUBLIC_ORIGIN", origin)]).await.unwrap();
        for path in ["/dev/mailbox", "/dev/mailbox/messages"] {
            let mut raw = Raw::connect(hub.site.addr).await;
            raw.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            assert_eq!(Raw::status(&raw.head().await), status, "{origin}{path}");
        }
        hub.kill().await;
    }
}

/// Settings, data and keys that do not fit: told with what to do, and nothing is served.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_told_in_a_sentence() {
    let mut hub = Process::new(&[]);
    for (setting, value, said) in [
        ("HUB__HTTP__LISTN", "127.0.0.1:1", "listn"),
        ("HUB__HTTP__LISTEN", "", "http.listen: at least one address"),
        ("HUB__HTTP__FORWARDED_HEADER", "forwarded", "http.forwarded_header: the name of a header"),
        ("HUB__HTTP__TRUSTED_PROXIES", "everybody", "http.trusted_proxies: \"everybody\" is not an address"),
        ("HUB__HTTP__CONNECTIONS_MAX", "0", "http.connections_max: at least 1"),
        ("HUB__DATABASE__URL", "mysql://db/hub", "database.url: empty for SQLite, or postgres://"),
        ("HUB__DATABASE__URL_FILE", "/nowhere/url", "database.url: cannot read /nowhere/url"),
        ("HUB__LOG__LEVEL", "hub=loud", "log.level: error, warn"),
    ] {
        let refused = hub.tries_to_start(&[(setting, value)]).await.unwrap_err();
        assert!(refused.contains(said), "{setting}={value}: {refused}");
    }

    hub.tries_to_start(&[]).await.unwrap();
    let second = hub.command(&["serve"]).output().await.unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success() && said.contains("another hub is running on the data"), "{said}");
    let elsewhere = tempfile::tempdir().unwrap();
    let taken = hub.command(&["serve"]).env("HUB__DATA_DIR", elsewhere.path()).output().await.unwrap();
    let said = String::from_utf8(taken.stderr).unwrap();
    assert!(!taken.status.success() && said.contains("is taken: another program listens there"), "{said}");
    hub.kill().await;

    fs::write(key_file(&hub), "not a key").unwrap();
    let refused = hub.tries_to_start(&[]).await.unwrap_err();
    assert!(refused.contains("is not a key file"), "{refused}");
}

fn key_file(hub: &Process) -> PathBuf {
    let mut files = fs::read_dir(hub.data().join("keys")).unwrap().map(|file| file.unwrap().path());
    let key = files.next().unwrap();
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600, "made private");
    key
}
