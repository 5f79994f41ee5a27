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
        ("HUB__MAIL__HOST", "smtp example", "mail.host"),
        ("HUB__MAIL__SECURITY", "ssl", "mail.security"),
        ("HUB__MAIL__USER", "hub", "mail.password"),
        ("HUB__MAIL__PASSWORD", "hunter22", "mail.user"),
        ("HUB__MAIL__ALERTS_FROM", "alerts", "mail.alerts_from"),
        ("HUB__MAIL__SECURITY_FROM", "Acme <security@example.org>", "mail.security_from"),
        ("HUB__MAIL__WORKERS", "0", "mail.workers"),
        ("HUB__FILES__STORE", "ftp", "files.store"),
        ("HUB__FILES__STORE", "s3", "files.s3_bucket"),
        ("HUB__FILES__BYTES_MAX", "0", "files.bytes_max"),
        ("HUB__FILES__TICKET_BYTES_MAX", "1", "files.ticket_bytes_max"),
    ] {
        let error = load(None, &[(key, value)]).expect_err(key).to_string();
        assert!(error.starts_with(named), "{key}: {error}");
    }
}

#[test]
fn a_bucket_is_asked_by_https_or_within_ones_own_walls() {
    let endpoint = |endpoint: &str, allow_http: &str| {
        let bucket = [
            ("HUB__FILES__STORE", "s3"),
            ("HUB__FILES__S3_BUCKET", "b"),
            ("HUB__FILES__S3_ACCESS_KEY", "a"),
            ("HUB__FILES__S3_SECRET_KEY", "s"),
            ("HUB__FILES__S3_ENDPOINT", endpoint),
            ("HUB__FILES__S3_ALLOW_HTTP", allow_http),
        ];
        load(None, &bucket).map(drop).map_err(|error| error.to_string())
    };
    for allow_http in ["false", "true"] {
        for always in ["", "https://s3.example.org", "http://127.0.0.1:7070", "http://localhost:7070"] {
            assert_eq!(endpoint(always, allow_http), Ok(()), "{always}");
        }
        for never in ["http://s3.example.org", "http://8.8.8.8", "ftp://s3", "s3:7070"] {
            let error = endpoint(never, allow_http).expect_err(never);
            assert!(error.starts_with("files.s3_endpoint: "), "{error}");
        }
    }
    for private in ["http://s3:7070", "http://10.0.0.7", "http://s3.internal", "http://[fd00::7]:7070"] {
        assert_eq!(endpoint(private, "true"), Ok(()));
        assert!(endpoint(private, "false").expect_err(private).contains("files.s3_allow_http"));
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
    std::fs::write(&file, "hunter24\n").expect("written");
    let account =
        [("HUB__MAIL__HOST", "smtp.example.org"), ("HUB__MAIL__USER", "hub"), ("HUB__MAIL__PASSWORD_FILE", path)];
    let config = load(None, &account).expect("valid");
    let password = config.mail.account.as_ref().map(|(_, password)| password.reveal().to_owned());
    assert_eq!(password.as_deref(), Some("hunter24"));
    assert!(!config.masked().contains("hunter") && !format!("{config:?}").contains("hunter"));
    let both = load(None, &[("HUB__DATABASE__URL_FILE", path), ("HUB__DATABASE__URL", "postgres://x")]);
    assert!(both.is_err());
}

#[test]
fn urls_of_redis_are_a_list_a_line_each_or_separated_by_commas_in_the_environment() {
    let database = ("HUB__DATABASE__URL", "postgres://hub@db/hub");
    let urls = |file: Option<&str>, environment: &[(&str, &str)]| {
        let config = load(file, &[&[database], environment].concat()).expect("valid");
        let masked = config.masked();
        masked.lines().find(|line| line.starts_with("urls = ")).expect("the key").to_owned()
    };
    let two = r#"urls = ["redis://:•••@a:1", "redis://b:2"]"#;
    assert_eq!(urls(Some("[redis]\nurls = [\"redis://:wo,rd@a:1\", \"redis://b:2\"]"), &[]), two);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("urls");
    std::fs::write(&file, "redis://:wo,rd@a:1\n\nredis://b:2\n").expect("written");
    assert_eq!(urls(None, &[("HUB__REDIS__URLS_FILE", file.to_str().expect("UTF-8"))]), two);
    assert_eq!(urls(None, &[("HUB__REDIS__URLS", "redis://:wo%2Crd@a:1, redis://b:2")]), two);
}

/// R-H6, R-I8: what would send passwords and codes over the network as they are does not start.
#[test]
fn mails_go_unencrypted_to_this_machine_alone() {
    let plain = |host| load(None, &[("HUB__MAIL__HOST", host), ("HUB__MAIL__SECURITY", "plain")]);
    let error = plain("smtp.example.org").expect_err("refused").to_string();
    assert!(error.starts_with("mail.security") && error.contains("this machine alone"), "{error}");
    assert_eq!(plain("localhost").expect("valid").mail.port, 25);
    let usual = load(None, &[("HUB__MAIL__HOST", "smtp.example.org")]).expect("valid").mail;
    assert_eq!((usual.security, usual.port), (Security::Tls, 465));
}

/// What people send goes over no network as it is, and the secret is never shown (R-I8).
#[test]
fn a_bucket_is_reached_by_https_or_on_this_machine() {
    let s3 = |endpoint| {
        let mut settings = vec![("HUB__FILES__STORE", "s3"), ("HUB__FILES__S3_BUCKET", "files")];
        settings.extend([("HUB__FILES__S3_ACCESS_KEY", "hub"), ("HUB__FILES__S3_SECRET_KEY", "hunter22")]);
        settings.push(("HUB__FILES__S3_ENDPOINT", endpoint));
        load(None, &settings)
    };
    for endpoint in ["", "https://s3.example.org", "http://127.0.0.1:9000", "http://localhost:9000/"] {
        let config = s3(endpoint).expect(endpoint);
        assert!(!config.masked().contains("hunter") && !format!("{config:?}").contains("hunter"));
        let again = load(Some(&config.masked()), &[]).expect("valid");
        assert_eq!(again.masked(), config.masked());
    }
    for endpoint in ["http://s3.example.org", "s3.example.org", "ftp://s3.example.org"] {
        let error = s3(endpoint).expect_err(endpoint).to_string();
        assert!(error.starts_with("files.s3_endpoint"), "{error}");
    }
}

#[test]
fn mails_are_from_the_origins_host_unless_somebody_else_is_named() {
    let origin = Origin::parse("https://help.example.org").expect("an origin");
    let senders = |settings: &[(&str, &str)]| format!("{:?}", load(None, settings).expect("valid").senders(&origin));
    let usual = senders(&[]);
    assert!(usual.contains("alerts") && usual.contains("security") && usual.contains("help.example.org"), "{usual}");
    let named = senders(&[("HUB__MAIL__ALERTS_FROM", "no-reply@example.com")]);
    assert!(named.contains("no-reply"), "{named}");
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

#[test]
fn the_settings_of_deploy_are_known() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    let variables = |file: &str, between: &str| -> config::Map<String, String> {
        let text = std::fs::read_to_string(deploy.join(file)).expect(file);
        let lines = text.lines().filter_map(|line| line.trim().split_once(between));
        let ours = lines.filter(|(key, _)| key.starts_with("HUB__"));
        // What is told when it is started stands in braces.
        let value =
            |value: &str| if value.contains("${") { "x".to_owned() } else { value.trim().trim_matches('"').to_owned() };
        ours.map(|(key, told)| (key.to_owned(), value(told))).collect()
    };
    let (node, compose) = (variables("systemd/node.env", "="), variables("compose.yaml", ":"));
    assert!(node.len() >= 3 && compose.len() >= 15, "{node:?} {compose:?}");
    assert!(Raw::read(Some(&deploy.join("systemd/hub.toml")), Some(node)).is_ok());
    Raw::read(None, Some(compose)).expect("every variable of compose.yaml is a setting");
    let unknown = [("HUB__REDIS__URL".to_owned(), "x".to_owned())];
    assert!(Raw::read(None, Some(unknown.into_iter().collect())).is_err());
}

/// What stands beside them belongs to root, and the hub could not make it.
#[test]
fn the_unit_has_every_folder_made_that_its_settings_name() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/systemd");
    let value = |file: &str, key: &str| -> String {
        let text = std::fs::read_to_string(deploy.join(file)).expect(file);
        let told = text.lines().find_map(|line| line.strip_prefix(key)).expect(key);
        told.trim_matches([' ', '=', '"']).to_owned()
    };
    let made = value("guichet@.service", "StateDirectory=").replace("%i", "1");
    let made: Vec<_> = made.split(' ').map(|folder| format!("/var/lib/{folder}")).collect();
    assert_eq!(made, [value("node.env", "HUB__DATA_DIR"), value("hub.toml", "keys_dir")]);
}
