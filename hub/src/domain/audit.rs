//! The chain of the audit (R-J3): each row's hash is over the one before it and all that the row says. Whoever
//! changes a row would have to change every later hash, and the end of the chain, which is told in the log.

use protocol::{Millis, ParticipantId, SiteId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub type Hash = [u8; 32];

/// What the first row stands behind.
pub const BEGINNING: Hash = [0; 32];

/// How hashes of rows differ from any other hash of the hub's, and from those of a later encoding.
const LABEL: &[u8] = b"guichet audit v1\0";

/// An act as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub id: Uuid,
    pub site: SiteId,
    pub at: Millis,
    pub act: String,
    pub actor: Option<ParticipantId>,
    pub subject: Option<Uuid>,
    pub network: String,
    /// JSON, as it was written.
    pub details: String,
}

/// The hash of the row with the number `n`, counted from 1.
pub fn link(before: &Hash, n: i64, row: &AuditRow) -> Hash {
    let mut hash = Sha256::new_with_prefix(LABEL);
    hash.update(before);
    hash.update(n.to_be_bytes());
    hash.update(row.id);
    hash.update(row.site.0);
    hash.update(row.at.to_be_bytes());
    add_id(&mut hash, row.actor.map(|actor| actor.0));
    add_id(&mut hash, row.subject);
    for text in [&row.act, &row.network, &row.details] {
        // With its length, so that nothing can be moved from one text into the next.
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

fn add_id(hash: &mut Sha256, id: Option<Uuid>) {
    hash.update([u8::from(id.is_some())]);
    hash.update(id.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::file::hex;

    fn row() -> AuditRow {
        AuditRow {
            id: Uuid::from_u128(1),
            site: SiteId(Uuid::from_u128(2)),
            at: 1_795_000_000_000,
            act: "agent.changed".to_owned(),
            actor: Some(ParticipantId(Uuid::from_u128(3))),
            subject: None,
            network: "192.0.2.1/32".to_owned(),
            details: "{}".to_owned(),
        }
    }

    #[test]
    fn every_value_counts() {
        let known = link(&BEGINNING, 1, &row());
        assert_eq!(link(&BEGINNING, 1, &row()), known);
        let others = [
            AuditRow { id: Uuid::from_u128(9), ..row() },
            AuditRow { site: SiteId(Uuid::from_u128(9)), ..row() },
            AuditRow { at: row().at + 1, ..row() },
            AuditRow { act: "agent.invited".to_owned(), ..row() },
            AuditRow { actor: None, ..row() },
            AuditRow { actor: None, subject: row().actor.map(|actor| actor.0), ..row() },
            AuditRow { subject: Some(Uuid::nil()), ..row() },
            AuditRow { network: "192.0.2.1/3".to_owned(), details: "2{}".to_owned(), ..row() },
            AuditRow { details: "{ }".to_owned(), ..row() },
        ];
        let mut hashes: Vec<Hash> = others.iter().map(|other| link(&BEGINNING, 1, other)).collect();
        hashes.extend([known, link(&known, 1, &row()), link(&BEGINNING, 2, &row())]);
        let all = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), all);
    }

    /// A later version has to find the chains of this one whole.
    #[test]
    fn the_encoding_stays_what_it_is() {
        assert_eq!(
            hex(&link(&BEGINNING, 1, &row())),
            "633a55348f5d971ecf37a405592d7bf140cd888ddb32424945e3ae7e78203565"
        );
    }
}
