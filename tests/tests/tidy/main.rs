//! Rules of the source tree that a compiler does not hold: layers, names, documents that tell the truth.
//!
//! `make check` runs these alone. They read files and start nothing.
#![allow(clippy::unwrap_used)]

mod documents;
mod invariants;
mod layers;
mod pages;
mod protocol_page;
mod tree;

use tree::Tree;

#[test]
fn every_source_file_says_what_it_is_for() {
    let tree = Tree::read();
    let wrong = tree.sources().filter(|file| !file.text.starts_with("//!")).map(|file| &*file.path).collect();
    assert_none("a file without `//!` at its top", wrong);
}

#[test]
fn no_file_is_named_after_nothing() {
    let empty_names = ["utils", "util", "helpers", "helper", "common", "misc", "manager"];
    let tree = Tree::read();
    let wrong =
        tree.files.iter().map(|file| &*file.path).filter(|path| {
            path.split('/').any(|part| empty_names.contains(&part.split('.').next().unwrap_or_default()))
        });
    assert_none("a file or folder whose name says nothing", wrong.collect());
}

#[test]
fn nothing_names_a_path_of_a_machine() {
    // Put together here, so that this file is not one of those it finds.
    let roots = ["work", "home", "root", "Users"].map(|folder| format!("/{folder}/"));
    let tree = Tree::read();
    let names_one = |line: &str| {
        let at = roots.iter().filter_map(|root| line.find(root.as_str())).min();
        at.is_some_and(|at| !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || "}>._-*".contains(c)))
    };
    let wrong = tree.lines().filter(|(_, _, line)| names_one(line)).map(|(path, n, _)| format!("{path}:{n}")).collect();
    assert_none("a path of somebody's machine", wrong);
}

/// Fails with every place that breaks the rule, one a line.
fn assert_none<T: std::fmt::Display>(what: &str, wrong: Vec<T>) {
    let places = wrong.iter().map(|place| format!("\n  {place}")).collect::<String>();
    assert!(wrong.is_empty(), "{what}:{places}");
}
