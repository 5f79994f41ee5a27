//! Words, queries and excerpts.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use protocol::ErrorCode;
use protocol::http::Matched;
use protocol::model::{AgentBody, Attachment, Detail, Message, Note};

use super::words::words;
use super::{Query, excerpt, findable, folded};
use crate::domain::limits::{EXCERPT_CHARS_MAX, SEARCH_CHARS_MAX, SEARCH_WORD_CHARS_MAX};

#[test]
fn words_are_told_apart_from_what_stands_between_and_lose_case_and_accents() {
    for (text, expected) in [
        ("Écrire à l’été", "ecrire a l ete"),
        ("E\u{301}crire", "ecrire"),
        ("CŒUR Straße Ærø Łódź", "coeur strasse aero lodz"),
        ("ＦＵＬＬ ½ ﬁn", "full 12 fin"),
        ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
        ("amina.haddad+x@example.org", "amina haddad x example org"),
        ("TX-8842-19F, 64.90 €", "tx 8842 19f 64 90"),
        ("أَهْلًا", "اهلا"),
        ("soft\u{AD}hyphen ❤️ 🙏", "softhyphen"),
        ("我的卡 ㍿", "我 的 卡 株 式 会 社"),
        ("Ǿ STRAẞE", "o strasse"),
        ("हिन्दी", "हिनदी"),
        (" \n'\"*:()-% ", ""),
    ] {
        assert_eq!(folded(text).join(" "), expected, "{text}");
    }
    assert_eq!(folded(&"x".repeat(5_000)), ["x".repeat(SEARCH_WORD_CHARS_MAX)]);
}

fn terms(raw: &str) -> Vec<String> {
    let query = Query::parse(raw).unwrap();
    let told = |term: &super::Term| format!("{}{}", term.words().join("+"), if term.begins() { "*" } else { "" });
    query.terms().iter().map(told).collect()
}

#[test]
fn a_query_is_words_and_phrases_and_its_last_word_may_go_on() {
    for (raw, expected) in [
        ("card", vec!["card*"]),
        ("  My CARD ", vec!["my", "card*"]),
        ("\"my card\" fee", vec!["my+card", "fee*"]),
        ("fee \"my card\"", vec!["fee", "my+card"]),
        ("« ma carte » frais", vec!["ma+carte", "frais*"]),
        ("fee \"my ca", vec!["fee", "my+ca*"]),
        ("a@b.org", vec!["a+b+org*"]),
        ("card NOT fee OR x*", vec!["card", "not", "fee", "or", "x*"]),
        ("NEAR(a b) {c}: ^d & !e | 'f' <-> g:*", vec!["near+a", "b", "c", "d", "e", "f", "g*"]),
        ("\"\" card \" \"", vec!["card"]),
    ] {
        assert_eq!(terms(raw), expected, "{raw}");
    }
}

#[test]
fn a_query_without_a_word_too_long_or_with_nul_is_refused() {
    let code = |raw: &str| Query::parse(raw).map_err(|refusal| (refusal.code, refusal.limit));
    for raw in ["", "  ", "%", "\"\"", "-- * 🙏"] {
        assert_eq!(code(raw), Err((ErrorCode::Required, None)), "{raw}");
    }
    assert_eq!(code("a\0b"), Err((ErrorCode::BadCharacter, None)));
    let limit = Some(SEARCH_CHARS_MAX as u64);
    assert_eq!(code(&"é".repeat(SEARCH_CHARS_MAX + 1)), Err((ErrorCode::TooLong, limit)));
    assert!(code(&"é".repeat(SEARCH_CHARS_MAX)).is_ok());
    assert_eq!(Query::parse("%").unwrap_err().field.as_deref(), Some("q"));
}

#[test]
fn a_number_alone_is_a_tickets_number() {
    let number = |raw: &str| Query::parse(raw).unwrap().number();
    assert_eq!(number(" #10234 "), Some(10_234));
    assert_eq!(number("10234"), Some(10_234));
    for raw in ["10234 card", "1e5", "##1", "99999999999999999999", "\"10234\""] {
        assert_eq!(number(raw), None, "{raw}");
    }
}

/// With the found pieces in brackets.
fn shown(text: &str, query: &str) -> String {
    let pieces = excerpt(text, &Query::parse(query).unwrap());
    pieces.iter().map(|piece| if piece.found { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
}

#[test]
fn an_excerpt_shows_what_was_found_as_it_was_written() {
    assert_eq!(shown("Été à  la\nplage", "ete PLA"), "[Été] à la [plage]");
    assert_eq!(shown("My card, my card!", "\"my card\""), "[My card], [my card]!");
    assert_eq!(shown("a cardinal is no card", "\"card\""), "a cardinal is no [card]");
    assert_eq!(shown("<b>card</b>", "card"), "<b>[card]</b>");
    assert_eq!(shown("Amina <amina@example.org>", "amina@exa"), "Amina <[amina@example].org>");
    assert_eq!(shown("\u{202E}card\u{7}", "card"), "[card]");
    let far = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
    let around = shown(&far, "needle");
    assert!(around.starts_with("…hay ") && around.contains(" [needle] straw ") && around.ends_with('…'), "{around}");
}

#[test]
fn what_an_event_holds_is_found_as_what_it_is() {
    let file = |name: &str| Attachment {
        id: protocol::AttachmentId(uuid::Uuid::nil()),
        name: name.to_owned(),
        media_type: "image/png".to_owned(),
        bytes: 1,
        preview: None,
    };
    let message = Message {
        text: "see this".to_owned(),
        asks: false,
        attachments: vec![file("a.png"), file("b.png")],
        edited_at: None,
        redacted_at: None,
    };
    let of = |kind, text: &str| (kind, text.to_owned());
    let body = AgentBody::Message(message.clone());
    assert_eq!(findable(&body), [of(Matched::Message, "see this"), of(Matched::File, "a.png\nb.png")]);
    // A message without a word says what its files are called: that is one find.
    let body = AgentBody::Message(Message { text: "a.png, b.png".to_owned(), ..message.clone() });
    assert_eq!(findable(&body), [of(Matched::Message, ""), of(Matched::File, "a.png\nb.png")]);
    assert_eq!(findable(&AgentBody::Message(Message { redacted_at: Some(1), ..message })), []);
    let (attachments, mentions) = (Vec::new(), Vec::new());
    let note = Note { text: "n".to_owned(), attachments, mentions, edited_at: None, redacted_at: None };
    assert_eq!(findable(&AgentBody::Note(note)), [of(Matched::Note, "n")]);
    let detail = |value: &str| Detail { key: "k".to_owned(), value: value.to_owned() };
    let opened = AgentBody::Opened { topic: "payment".to_owned(), details: vec![detail("TX-1"), detail("noon")] };
    assert_eq!(findable(&opened), [of(Matched::Detail, "TX-1\nnoon")]);
}

proptest! {
    /// What the databases are given has no sign of theirs, and comes from where it says.
    #[test]
    fn words_are_letters_and_digits_of_the_text(text in "\\PC{0,80}") {
        let mut last = 0;
        for word in words(&text) {
            prop_assert!(!word.folded.is_empty() && word.folded.chars().all(char::is_alphanumeric));
            prop_assert!(word.start >= last && text.get(word.start..word.end).is_some_and(|part| !part.is_empty()));
            last = word.start;
        }
    }

    /// Folding what was folded changes nothing.
    #[test]
    fn folding_is_done_once(text in "\\PC{0,40}") {
        let once = folded(&text).join(" ");
        prop_assert_eq!(folded(&once).join(" "), once.clone());
    }

    /// Every text is found by its own words, and its excerpt is a part of it.
    #[test]
    fn an_excerpt_is_bounded_and_marks_what_was_typed(text in "[a-zé \n]{1,400}", at in 0usize..60) {
        let words = folded(&text);
        prop_assume!(!words.is_empty());
        let query = Query::parse(&words[at % words.len()]).unwrap();
        let pieces = excerpt(&text, &query);
        let chars: usize = pieces.iter().map(|piece| piece.text.chars().count()).sum();
        prop_assert!(pieces.iter().any(|piece| piece.found) || words[at % words.len()].len() > EXCERPT_CHARS_MAX);
        prop_assert!(chars <= EXCERPT_CHARS_MAX + 3, "{}", chars);
        prop_assert!(pieces.windows(2).all(|two| two[0].found != two[1].found));
    }
}
