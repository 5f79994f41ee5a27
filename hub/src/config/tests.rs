//! The layers of the settings, and that they are documented.

use super::*;

fn load(file: Option<&str>, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("hub.toml");
    if let Some(text) = file {
        std::fs::write(&path, text).expect("written");
    }
    let environment = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Config::from_layers(file.map(|_| path.as_path()), Some(environment))
}

#[test]
fn the_defaults_stand_alone() {
    let config = load(None, &[]).expect("valid");
    assert_eq!(config.origin(8080).to_string(), "http://localhost:8080");
    let listen: Vec<String> = config.http.listen.iter().map(ToString::to_string).collect();
    assert_eq!(listen, ["127.0.0.1:8080", "[::1]:8080"]);
    assert!(config.database.url.is_none());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "data_dir = \"/srv/hub\"\n[http]\nlisten = [\"127.0.0.1:1\"]\nconnections_max = 7";
    let config = load(Some(file), &[("HUB__HTTP__LISTEN", "0.0.0.0:2, [::]:2")]).expect("valid");
    assert_eq!(config.data_dir, Path::new("/srv/hub"));
    assert_eq!(config.http.connections_max, 7);
    let listen: Vec<String> = config.http.listen.iter().map(ToString::to_string).collect();
    assert_eq!(listen, ["0.0.0.0:2", "[::]:2"]);
    assert_eq!(config.http.forwarded_header, "x-forwarded-for");
}

#[test]
fn unknown_keys_are_errors_in_every_layer() {
    for (file, environment, named) in [
        (Some("adress = 1"), vec![], "adress"),
        (Some("[http]\nlissten = []"), vec![], "lissten"),
        (None, vec![("HUB__HTPP__LISTEN", "x")], "htpp"),
        (None, vec![("HUB__DATABASE__PASSWORD", "x")], "password"),
    ] {
        let error = load(file, &environment).expect_err(named).to_string();
        assert!(error.contains(named), "{error}");
    }
    // Other programs' variables, and the one that names the file, are none of the settings.
    assert!(load(None, &[("HUB_CONFIG", "x"), ("PATH", "x"), ("HUBBLE__X", "x")]).is_ok());
}

#[test]
fn values_that_do_not_fit_are_told_with_their_key() {
    for (key, value, named) in [
        ("HUB__PUBLIC_ORIGIN", "help.example.org", "public_origin"),
        ("HUB__PUBLIC_ORIGIN", "https://help.example.org/", "public_origin"),
        ("HUB__HTTP__LISTEN", "8080", "http.listen"),
        ("HUB__HTTP__LISTEN", "", "http.listen"),
        ("HUB__HTTP__TRUSTED_PROXIES", "proxy.example.org", "http.trusted_proxies"),
        ("HUB__HTTP__FORWARDED_HEADER", "forwarded", "http.forwarded_header"),
        ("HUB__DATABASE__URL", "mysql://x", "database.url"),
        ("HUB__DATABASE__URL_FILE", "/nowhere/at/all", "database.url"),
        ("HUB__LOG__FORMAT", "xml", "log.format"),
        ("HUB__LIMITS__WRITES_PER_NETWORK_S", "0", "limits.writes_per_network_s"),
    ] {
        let error = load(None, &[(key, value)]).expect_err(key).to_string();
        assert!(error.starts_with(named), "{key}: {error}");
    }
}

#[test]
fn a_hub_for_other_machines_needs_https() {
    let plain = load(None, &[("HUB__PUBLIC_ORIGIN", "http://help.example.org")]);
    assert!(matches!(plain, Err(ConfigError::NotHttps(_))));
    assert!(load(None, &[("HUB__PUBLIC_ORIGIN", "https://help.example.org")]).is_ok());
    assert!(load(None, &[("HUB__PUBLIC_ORIGIN", "http://127.0.0.1:9000")]).is_ok());
}

#[test]
fn secrets_come_by_value_or_file_and_are_never_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("url");
    std::fs::write(&file, "postgres://hub:hunter22@db/hub?sslpassword=hunter23\n").expect("written");
    let path = file.to_str().expect("UTF-8");
    let config = load(None, &[("HUB__DATABASE__URL_FILE", path)]).expect("valid");
    assert_eq!(
        config.database.url.as_ref().map(Secret::reveal),
        Some("postgres://hub:hunter22@db/hub?sslpassword=hunter23")
    );
    assert!(config.masked().contains("postgres://hub:•••@db/hub\""));
    assert!(!config.masked().contains("hunter") && !format!("{config:?}").contains("hunter"));
    let both = load(None, &[("HUB__DATABASE__URL_FILE", path), ("HUB__DATABASE__URL", "postgres://x")]);
    assert!(both.is_err());
}

#[test]
fn what_is_printed_is_a_file_that_says_the_same() {
    let config = load(None, &[("HUB__PUBLIC_ORIGIN", "https://help.example.org")]).expect("valid");
    let again = load(Some(&config.masked()), &[]).expect("valid");
    assert_eq!(again.masked(), config.masked());
}

/// Keys as `section.key`, from lines `key = …` under `[section]`.
fn documented_keys(toml: &str) -> Vec<String> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in toml.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            keys.push(format!("{section}{key}"));
        }
    }
    keys
}

#[test]
fn every_key_is_documented_in_operating_md_and_none_else() {
    let page = include_str!("../../../docs/OPERATING.md");
    let told: Vec<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | `").map(|(key, _)| key.to_owned()))
        .collect();
    assert_eq!(told, documented_keys(DEFAULTS));
}
