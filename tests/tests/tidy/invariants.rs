//! Each of the 24 invariants of delivery has a test that cites it, at the place that docs/RELIABILITY.md names.

use std::collections::BTreeSet;

use crate::assert_none;
use crate::tree::Tree;

const COUNT: usize = 24;

#[test]
fn every_invariant_is_cited_by_the_tests_that_the_document_names() {
    let tree = Tree::read();
    let text = |path: &str| tree.files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
    let document = text("docs/RELIABILITY.md").unwrap();
    let mut wrong = Vec::new();
    for number in 1..=COUNT {
        let start = format!("| {number} | ");
        let Some(row) = document.lines().find(|line| line.starts_with(&start)) else {
            wrong.push(format!("invariant {number} has no row"));
            continue;
        };
        let files: Vec<_> = row.split('`').skip(1).step_by(2).filter(|span| span.contains('/')).collect();
        if files.is_empty() {
            wrong.push(format!("invariant {number} names no test"));
        }
        for file in files {
            if !text(file).is_some_and(|text| cited(text).contains(&number)) {
                wrong.push(format!("invariant {number} is not cited in {file}"));
            }
        }
    }
    assert_none("an invariant without its test", wrong);
}

#[test]
fn lists_of_numbers_are_read() {
    assert_eq!(cited("// Invariants 1, 6 and 10; R-K1\n/// invariant 12: 3"), BTreeSet::from([1, 6, 10, 12]));
}

/// The numbers behind each `invariant`, up to the first word that is none.
fn cited(text: &str) -> BTreeSet<usize> {
    let after = text.split("nvariant").skip(1);
    after.flat_map(|rest| numbers(rest.strip_prefix('s').unwrap_or(rest))).collect()
}

fn numbers(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
        match digits.parse() {
            Ok(number) => found.push(number),
            Err(_) if word == "and" => continue,
            Err(_) => break,
        }
        // Whatever is not one more number of the list ends it.
        if !matches!(&word[digits.len()..], "" | ",") {
            break;
        }
    }
    found
}
