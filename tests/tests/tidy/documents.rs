//! Documents name only what there is.

use crate::assert_none;
use crate::tree::{Tree, root};

#[test]
fn documents_name_only_files_that_exist() {
    let tree = Tree::read();
    let tops: Vec<&str> = tree.files.iter().filter_map(|file| file.path.split_once('/')).map(|(top, _)| top).collect();
    let mut wrong = Vec::new();
    for document in tree.documents() {
        let folder = document.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for span in code_spans(&document.text) {
            let is_path = span.split_once('/').is_some_and(|(top, _)| tops.contains(&top)) && !span.contains(' ');
            if is_path && !exists(span) {
                wrong.push(format!("{}: `{span}`", document.path));
            }
        }
        for link in links(&document.text) {
            let target = link.split('#').next().unwrap_or_default();
            let is_ours = !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:");
            if is_ours && !root().join(folder).join(target).exists() {
                wrong.push(format!("{}: link to {link}", document.path));
            }
        }
    }
    assert_none("a document names what is not there", wrong);
}

#[test]
fn the_scan_sees_code_and_links() {
    assert_eq!(code_spans("a `b/c` d `e`\n```\n`no`\n```\n").collect::<Vec<_>>(), ["b/c", "e"]);
    assert_eq!(links("see [it](docs/A.md#b) and ![](x.png)").collect::<Vec<_>>(), ["docs/A.md#b", "x.png"]);
}

/// Built or written at run time: there is no such file in a clone.
fn exists(path: &str) -> bool {
    let made = ["web/dist", "web/node_modules", "target/"];
    made.iter().any(|made| path.starts_with(made))
        || root().join(path).exists()
        || root().join(format!("{path}.rs")).exists()
}

/// What stands between backticks, outside of fenced blocks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    let lines = text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    lines.flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Targets of Markdown links and pictures.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}
