//! Columns that hold one of a few words hold one that this version knows (R-K19). Those of tickets and events are
//! looked at with their logs, those of mails and files beside what else is known of them.

use super::Wrong;
use super::outbox::push_words;
use crate::domain::alert::Hold;
use crate::store::fault::Outcome;
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all_patiently};

/// Which words a table's column knows, beside nothing where there may be nothing.
const WORDS: [(&str, &str, &[&str]); 8] = [
    ("participant", "kind", &["customer", "guest", "agent"]),
    ("participant", "proof", &["not_confirmed", "confirmed", "vouched"]),
    ("participant", "role", &["agent", "lead", "admin"]),
    ("login", "audience", &["agent", "visitor"]),
    ("access_code", "purpose", &["sign_in", "ticket"]),
    ("one_time_link", "purpose", &["first_admin", "invite", "reset"]),
    ("draft", "kind", &["reply", "ask", "note"]),
    ("attention", "wanted_kind", &["reply", "ask", "solved", "reopened", "mention"]),
];

pub(super) async fn check(look: &Look) -> Outcome<Wrong> {
    let mut wrong = Wrong::default();
    for (table, column, words) in WORDS {
        unknown(look, (table, column, words), &mut wrong).await?;
    }
    let holds = Hold::ALL.map(Hold::word);
    for table in ["attention", "delivery"] {
        unknown(look, (table, "hold_reason", &holds), &mut wrong).await?;
    }
    Ok(wrong)
}

async fn unknown(look: &Look, (table, column, words): (&str, &str, &[&str]), wrong: &mut Wrong) -> Outcome<()> {
    let mut sql = Sql::new(format!("select {column} as word, count(*) as n from {table} where {column} not in ("));
    push_words(&mut sql, words).push(") group by 1 order by 1");
    for row in all_patiently(look.reads(), sql).await? {
        let (word, n): (String, i64) = (row.get("word")?, row.get("n")?);
        wrong.add(|| format!("{n} rows of {table} have the {column} {word}"));
    }
    Ok(())
}
