//! `docs/PROTOCOL.md` is normative, so it says exactly what the wire types are.
//!
//! The frames are read from `web/src/protocol.ts`, which is made from the types and checked to be so.

use protocol::ErrorCode;
use protocol::frame::CloseCode;

use crate::assert_none;
use crate::tree::Tree;

#[test]
fn the_page_has_every_frame_with_its_fields() {
    let tree = Tree::read();
    let types = tree.file("web/src/protocol.ts");
    for (heading, union) in [("### Frames from the page", "ClientFrame"), ("### Frames from the hub", "ServerFrame")] {
        let page: Vec<(String, String)> =
            table(tree.file("docs/PROTOCOL.md"), heading).map(|row| (unquoted(&row[0]), unquoted(&row[1]))).collect();
        let wire = cases(types, union);
        assert_eq!(page, wire, "{heading}");
    }
}

#[test]
fn the_page_has_every_refusal_with_its_status() {
    let tree = Tree::read();
    let page: Vec<(String, String)> =
        table(tree.file("docs/PROTOCOL.md"), "## Refusals").map(|row| (unquoted(&row[0]), row[1].clone())).collect();
    let wire: Vec<(String, String)> =
        ErrorCode::ALL.iter().map(|code| (code.as_str().to_owned(), code.status().to_string())).collect();
    assert_eq!(page, wire);
}

#[test]
fn the_page_has_every_close() {
    let tree = Tree::read();
    let page: Vec<String> = table(tree.file("docs/PROTOCOL.md"), "### Closes").map(|row| row[0].clone()).collect();
    let wire: Vec<String> = CloseCode::ALL.iter().map(|code| code.code().to_string()).collect();
    assert_eq!(page, wire);
}

#[test]
fn the_page_names_bodies_that_exist() {
    let tree = Tree::read();
    let types = tree.file("web/src/protocol.ts");
    let page = tree.file("docs/PROTOCOL.md");
    let rows = table(page, "### Everybody, customers and guests").chain(table(page, "### Agents"));
    let names = rows.flat_map(|row| row[1].split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    let wrong = names.filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
    let wrong = wrong.filter(|name| !types.contains(&format!("export type {name} "))).collect();
    assert_none("a body that is no wire type", wrong);
}

/// The rows of the first table after a heading, cells trimmed, without its head.
fn table<'a>(page: &'a str, heading: &str) -> impl Iterator<Item = Vec<String>> + 'a {
    let start = page.lines().position(|line| line == heading).unwrap_or_else(|| panic!("the page has `{heading}`"));
    let rows = page.lines().skip(start + 1).skip_while(|line| !line.starts_with('|')).skip(2);
    rows.take_while(|line| line.starts_with('|')).map(|line| {
        let line = line.trim().trim_start_matches('|').trim_end_matches('|');
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    })
}

fn unquoted(cell: &str) -> String {
    cell.replace('`', "")
}

/// The cases of a frame union: its `type`, and its fields as the page writes them.
fn cases(types: &str, union: &str) -> Vec<(String, String)> {
    parts(definition(types, union), '|')
        .iter()
        .map(|case| {
            let mut fields = fields(types, case);
            let tag = fields.remove(0);
            (tag.trim_start_matches("\"type\": ").trim_matches('"').to_owned(), fields.join(", "))
        })
        .collect()
}

/// `{ "type": "x", a?: B, c: Array<D>, }` as `"type": "x"`, `a?`, and `c[]` or, where D is the page's
/// way to spell a cursor, `c[{ticket, after}]`.
fn fields(types: &str, object: &str) -> Vec<String> {
    let inside = object.trim().trim_start_matches('{').trim_end_matches('}');
    let spelled = parts(inside, ',').into_iter().map(|field| {
        let (name, kind) = field.split_once(": ").unwrap();
        match kind.strip_prefix("Array<").and_then(|kind| kind.strip_suffix('>')) {
            _ if name == "\"type\"" => field.clone(),
            Some("Cursor") => format!("{name}[{{{}}}]", fields(types, &definition(types, "Cursor")).join(", ")),
            Some(_) => format!("{name}[]"),
            None => name.to_owned(),
        }
    });
    spelled.collect()
}

/// What stands after `export type NAME =`, comments taken out.
fn definition(types: &str, name: &str) -> String {
    let after =
        types.split_once(&format!("export type {name} = ")).unwrap_or_else(|| panic!("{name} is a wire type")).1;
    let mut clean = String::new();
    let mut rest = after;
    while let Some((before, comment)) = rest.split_once("/**") {
        if before.contains(';') {
            break;
        }
        clean.push_str(before);
        rest = comment.split_once("*/").unwrap().1;
    }
    clean.push_str(rest);
    clean.split_once(';').unwrap().0.replace('\n', "")
}

/// Splits at a separator that is in no bracket; empty parts are left out.
fn parts(text: impl AsRef<str>, separator: char) -> Vec<String> {
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for c in text.as_ref().chars() {
        match c {
            '{' | '<' | '(' => depth += 1,
            '}' | '>' | ')' => depth -= 1,
            _ => {}
        }
        if c == separator && depth == 0 {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}
