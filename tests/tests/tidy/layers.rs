//! The hub's layers: who may import whom, and which library belongs to which module.

use crate::assert_none;
use crate::tree::{File, Tree};

/// From bottom to top. A module imports from lower rows and from itself, never from its own row.
const LAYERS: &[&[&str]] = &[
    &["domain"],
    &["store", "bus", "presence", "limiter", "metrics", "auth", "mail", "webpush", "files"],
    &["actions"],
    &["alerts"],
    &["live"],
    &["http"],
    &["config"],
    &["telemetry"],
    &["app"],
    &["demo"],
    &["cli"],
    &["lib", "main"],
];

/// Libraries, and the only modules that may name them.
const OWNERS: &[(&str, &[&str])] = &[
    ("sea_orm", &["store"]),
    ("sqlx", &["store"]),
    ("redis", &["bus"]),
    ("prometheus_client", &["metrics"]),
    ("axum", &["http", "live", "app"]),
    ("hyper", &["http"]),
    ("hyper_util", &["http"]),
    ("tower", &["http"]),
    ("tower_http", &["http"]),
    ("tokio_tungstenite", &["live"]),
    ("lettre", &["mail"]),
    ("rustls", &["mail", "cli"]),
    ("tokio_rustls", &["mail", "cli"]),
    ("minijinja", &["mail"]),
    ("argon2", &["auth"]),
    ("object_store", &["files"]),
    ("image", &["files"]),
    ("infer", &["files"]),
    // The clock that nobody can set, for the one that is passed in.
    ("rustix", &["files", "domain"]),
    ("clap", &["cli", "main"]),
    ("anyhow", &["main", "cli"]),
];

#[test]
fn modules_import_downwards_only() {
    let tree = Tree::read();
    let mut wrong = Vec::new();
    for file in hub_sources(&tree) {
        let from = module(file);
        for to in imports(&file.text) {
            if to != from && layer(file, &to) >= layer(file, from) {
                wrong.push(format!("{}: `{from}` imports `{to}`", file.path));
            }
        }
    }
    assert_none("an import upwards or sideways", wrong);
}

#[test]
fn a_library_is_named_only_by_its_module() {
    let tree = Tree::read();
    let mut wrong = Vec::new();
    for file in hub_sources(&tree) {
        let code = code(&file.text);
        for (library, owners) in OWNERS {
            if names(&code, library) && !owners.contains(&module(file)) {
                wrong.push(format!("{}: `{library}` belongs to {}", file.path, owners.join(", ")));
            }
        }
    }
    assert_none("a library outside its module", wrong);
}

#[test]
fn the_scan_sees_every_form_of_an_import() {
    let text = "use crate::{store::Store, bus, domain::{Clock, ids}};\n// crate::cli\nfn f() { crate::http::x() }";
    assert_eq!(imports(text), ["store", "bus", "domain", "http"]);
    assert!(names("use axum::Router;", "axum"));
    assert!(names("let x: sea_orm::DbErr;", "sea_orm"));
    assert!(!names("use my_axum::Router;", "axum"));
}

fn hub_sources(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.sources().filter(|file| file.path.starts_with("hub/src/"))
}

/// The module right under the crate's root that a file belongs to.
fn module(file: &File) -> &str {
    let inside = file.path.trim_start_matches("hub/src/");
    inside.split(['/', '.']).next().unwrap()
}

fn layer(file: &File, module: &str) -> usize {
    let found = LAYERS.iter().position(|row| row.contains(&module));
    found.unwrap_or_else(|| panic!("{}: `{module}` has no layer yet: give it one in the table", file.path))
}

/// The modules that a file names by `crate::`.
fn imports(text: &str) -> Vec<String> {
    let code = code(text);
    let mut found: Vec<String> = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with('$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let heads = if rest.starts_with('{') { group(rest) } else { vec![word(rest)] };
        for head in heads {
            // A macro, or a type that the root re-exports, is no module.
            let is_module = head.starts_with(|c: char| c.is_ascii_lowercase()) && !rest[head.len()..].starts_with('!');
            if is_module && !found.contains(&head) {
                found.push(head);
            }
        }
    }
    found
}

/// The first word of each part of `{a::b, c, d::{e, f}}`.
fn group(text: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 1 && (c == '{' || c == ',') {
            heads.push(word(text[at + 1..].trim_start()));
        }
        if depth == 0 {
            break;
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// Does the code use this library by its path?
fn names(code: &str, library: &str) -> bool {
    code.match_indices(library).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let own_word = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '.');
        own_word && code[at + library.len()..].starts_with("::")
    })
}

/// The text without comments.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}
