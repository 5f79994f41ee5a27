//! Where tickets lead, by merging and by going on: never back to where one came from.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::Wrong;
use crate::store::fault::Outcome;
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all_patiently};

/// Tickets that lead, over whatever steps, back to themselves. What leads on is held in memory: some dozens of
/// bytes for each merged or continued ticket.
pub(super) async fn check(look: &Look) -> Outcome<Wrong> {
    let text = "select id, merged_into, continued_in from ticket \
                where merged_into is not null or continued_in is not null";
    let mut ways: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in all_patiently(look.reads(), Sql::new(text)).await? {
        let to = [row.get::<Option<Uuid>>("merged_into")?, row.get("continued_in")?];
        ways.insert(row.get("id")?, to.into_iter().flatten().collect());
    }
    let mut wrong = Wrong::default();
    for ticket in in_a_circle(ways) {
        wrong.add(|| format!("the ticket {ticket} leads back to itself"));
    }
    Ok(wrong)
}

/// Takes away, again and again, what leads nowhere and what nothing leads to. What is left goes round.
fn in_a_circle(mut ways: HashMap<Uuid, Vec<Uuid>>) -> Vec<Uuid> {
    loop {
        let led_to: HashSet<Uuid> = ways.values().flatten().copied().collect();
        let before = ways.len();
        ways.retain(|from, _| led_to.contains(from));
        let left: HashSet<Uuid> = ways.keys().copied().collect();
        ways.values_mut().for_each(|to| to.retain(|to| left.contains(to)));
        ways.retain(|_, to| !to.is_empty());
        if ways.len() == before {
            let mut round: Vec<Uuid> = ways.into_keys().collect();
            round.sort_unstable();
            return round;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(ways: &[(u128, &[u128])]) -> Vec<u128> {
        let id = |n: &u128| Uuid::from_u128(*n);
        let ways = ways.iter().map(|(from, to)| (id(from), to.iter().map(id).collect())).collect();
        in_a_circle(ways).iter().map(Uuid::as_u128).collect()
    }

    #[test]
    fn a_way_round_is_found_among_ways_that_end() {
        assert_eq!(round(&[]), []);
        assert_eq!(round(&[(1, &[2]), (2, &[3]), (4, &[3])]), []);
        assert_eq!(round(&[(1, &[1])]), [1]);
        assert_eq!(round(&[(1, &[2]), (2, &[3]), (3, &[2, 4]), (5, &[4])]), [2, 3]);
        assert_eq!(round(&[(1, &[2, 3]), (2, &[4]), (3, &[1, 4])]), [1, 3]);
    }
}
