//! What a macro may hold, and how its text is read.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use protocol::ErrorCode;
use protocol::frame::PostKind;
use protocol::macros::{MacroActions, MacroContent, MacroText};
use protocol::model::Priority;
use serde::Deserialize;

use super::template::{Part, VARIABLES, parts};
use super::{Content, MacroName};

#[derive(Deserialize)]
struct Case {
    text: String,
    parts: Vec<CasePart>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct CasePart {
    #[serde(default)]
    plain: Option<String>,
    #[serde(default)]
    variable: Option<String>,
    #[serde(default)]
    fallback: Option<String>,
    #[serde(default)]
    unknown: Option<String>,
}

impl From<Part<'_>> for CasePart {
    fn from(part: Part<'_>) -> Self {
        let none = Self { plain: None, variable: None, fallback: None, unknown: None };
        match part {
            Part::Plain(text) => Self { plain: Some(text.to_owned()), ..none },
            Part::Unknown(text) => Self { unknown: Some(text.to_owned()), ..none },
            Part::Variable { name, fallback, .. } => {
                Self { variable: Some(name.to_owned()), fallback: fallback.map(str::to_owned), ..none }
            }
        }
    }
}

#[test]
fn texts_are_read_as_the_pages_read_them() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../../../protocol/cases/macro_texts.json")).unwrap();
    assert!(cases.len() > 15);
    for case in cases {
        let found: Vec<CasePart> = parts(&case.text).map(CasePart::from).collect();
        assert_eq!(found, case.parts, "{:?}", case.text);
    }
}

/// Text in which braces, bars and names are frequent.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("{".to_owned()),
        Just("{{".to_owned()),
        Just("}}".to_owned()),
        Just("|".to_owned()),
        Just("\n".to_owned()),
        prop::sample::select(VARIABLES.as_slice()).prop_map(str::to_owned),
        "[a-zé .{}🙏]{0,6}",
    ];
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Nothing of a text is lost or doubled, whatever it holds, and no piece is empty.
    #[test]
    fn the_pieces_together_are_the_text(text in texts()) {
        let found: Vec<Part<'_>> = parts(&text).collect();
        prop_assert_eq!(&found.iter().map(|part| part.source()).collect::<String>(), &text);
        prop_assert!(found.iter().all(|part| !part.source().is_empty()));
    }

    /// What stands outside of variables has no two braces, so that nothing can look like one by accident.
    #[test]
    fn two_braces_are_a_variable_or_unknown(text in texts()) {
        for part in parts(&text) {
            match part {
                Part::Plain(plain) => prop_assert!(!plain.contains("{{")),
                Part::Variable { source, name, .. } => {
                    prop_assert!(VARIABLES.contains(&name));
                    prop_assert!(source.starts_with("{{") && source.ends_with("}}") && !source.contains('\n'));
                }
                Part::Unknown(source) => prop_assert!(source.starts_with("{{")),
            }
        }
    }

    #[test]
    fn every_variable_may_stand_anywhere_with_any_words_to_fall_back_on(
        index in 0..VARIABLES.len(),
        before in "[a-z ,.é\n]{0,20}",
        fallback in prop::option::of("[a-zé ]{0,20}"),
    ) {
        let name = VARIABLES[index];
        let inner = fallback.as_ref().map_or_else(|| name.to_owned(), |fallback| format!(" {name} |{fallback}"));
        let text = format!("{before}{{{{{inner}}}}}!");
        let found = parts(&text).find(|part| matches!(part, Part::Variable { .. }));
        let source = format!("{{{{{inner}}}}}");
        let expected = Part::Variable { source: &source, name, fallback: fallback.as_deref().map(str::trim) };
        prop_assert_eq!(found, Some(expected));
        prop_assert!(parts(&text).all(Part::is_known));
    }
}

fn text(kind: PostKind, text: &str) -> Option<MacroText> {
    Some(MacroText { kind, text: text.to_owned() })
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn refused(text: Option<MacroText>, actions: MacroActions) -> Result<(), (ErrorCode, String)> {
    let parsed = Content::parse(MacroContent { text, actions });
    parsed.map(drop).map_err(|refusal| (refusal.code, refusal.field.unwrap().into_owned()))
}

#[test]
fn a_macro_does_something_that_can_be_done() {
    let none = MacroActions::default;
    let year_min = 366 * 24 * 60;
    let solve = || MacroActions { solve: true, ..none() };
    let snooze = |minutes| MacroActions { snooze_min: Some(minutes), ..none() };
    let at = |code, field: &str| Err((code, field.to_owned()));
    let (reply, ask) = (|raw: &str| text(PostKind::Reply, raw), || text(PostKind::Ask, "Which one?"));
    let table = [
        (None, none(), at(ErrorCode::Required, "content")),
        (reply(" \n"), none(), at(ErrorCode::Required, "content.text")),
        (reply("a\0b"), none(), at(ErrorCode::BadCharacter, "content.text")),
        (reply(&"é".repeat(4_000)), none(), Ok(())),
        (reply(&"é".repeat(4_001)), none(), at(ErrorCode::TooLong, "content.text")),
        (reply("Hello {{requester.name}}"), none(), Ok(())),
        (reply("Hello {{requester.nam}}"), none(), at(ErrorCode::UnknownVariable, "content.text")),
        (reply("Hello {{requester.name"), none(), at(ErrorCode::UnknownVariable, "content.text")),
        (None, solve(), Ok(())),
        (ask(), none(), Ok(())),
        (ask(), solve(), at(ErrorCode::BadValue, "content.actions.solve")),
        (None, snooze(1), Ok(())),
        (None, snooze(year_min), Ok(())),
        (None, snooze(year_min + 1), at(ErrorCode::BadValue, "content.actions.snooze_min")),
        (None, snooze(u32::MAX), at(ErrorCode::BadValue, "content.actions.snooze_min")),
        (None, snooze(0), at(ErrorCode::BadValue, "content.actions.snooze_min")),
        (None, MacroActions { solve: true, ..snooze(5) }, at(ErrorCode::BadValue, "content.actions.snooze_min")),
        (None, MacroActions { priority: Some(Priority::High), ..none() }, Ok(())),
        (
            None,
            MacroActions { add_tags: names(&["a,b"]), ..none() },
            at(ErrorCode::BadCharacter, "content.actions.add_tags"),
        ),
        (
            None,
            MacroActions { remove_tags: names(&["x"; 11]), ..none() },
            at(ErrorCode::TooLong, "content.actions.remove_tags"),
        ),
        (
            None,
            MacroActions { add_tags: names(&["Hold"]), remove_tags: names(&["hold"]), ..none() },
            at(ErrorCode::BadValue, "content.actions.remove_tags"),
        ),
    ];
    for (text, actions, expected) in table {
        assert_eq!(refused(text.clone(), actions.clone()), expected, "{text:?} {actions:?}");
    }
}

#[test]
fn tags_are_kept_clean_and_once() {
    let actions = MacroActions { add_tags: names(&["  on   hold ", "ON HOLD", "card"]), ..MacroActions::default() };
    let content = Content::parse(MacroContent { text: None, actions }).unwrap();
    assert_eq!(content.as_wire().actions.add_tags, ["on hold", "card"]);
}

#[test]
fn a_name_is_one_line() {
    let code = |raw: &str| MacroName::parse(raw).map(|name| name.0).map_err(|refusal| refusal.code);
    assert_eq!(code("  Refund sent "), Ok("Refund sent".to_owned()));
    assert_eq!(code(" "), Err(ErrorCode::Required));
    assert_eq!(code("two\nlines"), Err(ErrorCode::BadCharacter));
    assert_eq!((code(&"x".repeat(60)).is_ok(), code(&"x".repeat(61))), (true, Err(ErrorCode::TooLong)));
}
