//! `hub check` on what was changed beside the log: each is told in its own line (R-K19; invariants 11 and 20).

use super::bench::{Bench, DAY};
use super::check::{spoilt, sql_id, try_each, work};
use super::on_both;

on_both! {
    what_a_log_does_not_say_is_told,
    what_leads_or_counts_wrong_is_told,
}

/// Bodies, numbers for requesters (invariant 11), and tickets that are not what their log made of them.
async fn what_a_log_does_not_say_is_told(bench: &Bench) {
    let (a, _, lea) = work(bench).await;
    let (a_sql, lea_sql, a) = (sql_id(bench, a.id.0), sql_id(bench, lea.id.0), a.id);
    let public = bench.number(&format!("select last_pub_seq as n from ticket where id = {a_sql}")).await;
    let event = |set: &str, which: &str| format!("update event set {set} where ticket_id = {a_sql} and {which}");
    let ticket = |set: &str| format!("update ticket set {set} where id = {a_sql}");
    let swap = [("1000", "1"), ("1", "2"), ("2", "1000")];
    let swap = swap.map(|(to, from)| event(&format!("pub_seq = {to}"), &format!("pub_seq = {from}")));
    let swap = [swap[0].as_str(), &swap[1], &swap[2]];
    try_each(
        bench,
        [
            spoilt(
                "public numbers",
                &[
                    &event(&format!("pub_seq = {}", public + 1), "kind = 'note'"),
                    &ticket("last_pub_seq = last_pub_seq + 1"),
                ],
                &[&event("pub_seq = null", "kind = 'note'"), &ticket("last_pub_seq = last_pub_seq - 1")],
                &format!("has the number {} for requesters, and none is due", public + 1),
            ),
            spoilt(
                "public numbers",
                &swap,
                &swap,
                &format!("the event 1 of the ticket {a} has the number 2 for requesters, and 1 is due"),
            ),
            spoilt(
                "logs",
                &[&event("kind = 'shrug'", "kind = 'redacted'")],
                &[&event("kind = 'redacted'", "kind = 'shrug'")],
                &format!("of the ticket {a} cannot be read"),
            ),
            spoilt(
                "logs",
                &[&event("body = 'x' || body", "kind = 'redacted'")],
                &[&event("body = substr(body, 2)", "kind = 'redacted'")],
                &format!("of the ticket {a} cannot be read"),
            ),
            spoilt(
                "logs",
                &[&ticket("status = 'napping'")],
                &[&ticket("status = 'open'")],
                &format!("the ticket {a} cannot be read"),
            ),
            spoilt(
                "logs",
                &[&ticket("status = 'solved'")],
                &[&ticket("status = 'open'")],
                &format!("the status of the ticket {a} is not what its log says"),
            ),
            spoilt(
                "logs",
                &[&ticket(&format!("assignee_id = {lea_sql}"))],
                &[&ticket("assignee_id = null")],
                &format!("the team or agent of the ticket {a} is not what its log says"),
            ),
            spoilt(
                "logs",
                &[&ticket("from_agents = from_agents + 1")],
                &[&ticket("from_agents = from_agents - 1")],
                &format!("the count of messages of the ticket {a} is not what its log says"),
            ),
            // R-K19: each bound file exists.
            spoilt(
                "attachments",
                &[
                    "create table kept_file as select * from attachment",
                    "delete from attachment",
                    "update file_space set bytes = 0",
                ],
                &[
                    "insert into attachment select * from kept_file",
                    "drop table kept_file",
                    "update file_space set bytes = (select sum(bytes + preview_bytes) from attachment)",
                ],
                &format!("of the ticket {a} names "),
            ),
        ],
    )
    .await;
}

/// References without a key of the database, words that nobody knows, counts beside the rows, and times.
async fn what_leads_or_counts_wrong_is_told(bench: &Bench) {
    let (a, b, lea) = work(bench).await;
    let [a_sql, lea_sql, theirs] = [a.id.0, lea.id.0, b.requester.0].map(|id| sql_id(bench, id));
    let b_sql = sql_id(bench, b.id.0);
    let far = bench.clock.now() + 3 * DAY as i64;
    let ages = 1_000_i64 << 33;
    try_each(
        bench,
        [
            spoilt(
                "references",
                &[&format!("update login_grant set ticket_id = {lea_sql} where ticket_id = {a_sql}")],
                &[&format!("update login_grant set ticket_id = {a_sql} where ticket_id = {lea_sql}")],
                "1 rows of login_grant refer by ticket_id to rows of ticket that are not there",
            ),
            spoilt(
                "references",
                &[&format!("update event set author_id = {a_sql} where ticket_id = {b_sql} and seq = 1")],
                &[&format!("update event set author_id = {theirs} where ticket_id = {b_sql} and seq = 1")],
                "1 rows of event refer by author_id to rows of participant that are not there",
            ),
            spoilt(
                "references",
                &["update delivery set attention_id = ticket_id where kind = 'm1'"],
                &["update delivery set attention_id = null where kind = 'm1'"],
                "2 rows of delivery refer by attention_id to rows of attention that are not there",
            ),
            spoilt(
                "references",
                &["update attention set team_id = ticket_id where team_id is not null"],
                &["update attention set team_id = site_id where team_id is not null"],
                "rows of attention refer by team_id to rows of team that are not there",
            ),
            spoilt(
                "words",
                &["update attention set wanted_kind = 'shout' where wanted_kind = 'reply'"],
                &["update attention set wanted_kind = 'reply' where wanted_kind = 'shout'"],
                "rows of attention have the wanted_kind shout",
            ),
            spoilt(
                "words",
                &["update participant set role = 'king' where role = 'admin'"],
                &["update participant set role = 'admin' where role = 'king'"],
                "1 rows of participant have the role king",
            ),
            spoilt(
                "counts",
                &["update site set next_number = next_number - 1"],
                &["update site set next_number = next_number + 1"],
                "gives the number 10002 next, and has a ticket 10002",
            ),
            spoilt(
                "counts",
                &["update file_space set bytes = bytes + 7"],
                &["update file_space set bytes = bytes - 7"],
                "counts 67 bytes of files, and 60 are taken",
            ),
            spoilt(
                "read marks",
                &[&format!("update read_mark set theirs_read = theirs_read + 1 where participant_id = {lea_sql}")],
                &[&format!("update read_mark set theirs_read = theirs_read - 1 where participant_id = {lea_sql}")],
                &format!("{} has read 1 messages in the ticket {}, and 2 are counted", lea.id, b.id),
            ),
            spoilt(
                "leases",
                &[&format!("update delivery set lease_until = {far} where kind = 'm1'")],
                &["update delivery set lease_until = null"],
                "has no end, or one that is days away",
            ),
            spoilt(
                "leases",
                &[&format!("update delivery set due_at = due_at + {ages} where kind = 'm1'")],
                &[&format!("update delivery set due_at = due_at - {ages} where kind = 'm1'")],
                "is due later than any setting says",
            ),
        ],
    )
    .await;
}
