//! The tokens of links in mails: the id of a row and a keyed MAC, so that the same link can be made
//! again for every retry and every later mail, and the database alone cannot make one (R-A1).
//!
//! A token names what it is for: one that unsubscribes opens nothing.

use protocol::{LoginId, TicketId};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::Token;
use super::keys::{Keys, Purpose};
use crate::domain::SecureLink;

/// Half of a token is the id in clear, half its MAC: 128 unguessable bits.
const ID_BYTES: usize = 16;

/// What a token made from a secure link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkUse {
    /// Leads to the page that sends a code.
    Open,
    /// Ends mails about this ticket, and nothing else.
    Unsubscribe,
}

impl LinkUse {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Open => Purpose::SecureLink,
            Self::Unsubscribe => Purpose::Unsubscribe,
        }
    }
}

impl Keys {
    /// The token of a secure link; `None` when its key is gone.
    pub fn link_token(&self, link: &SecureLink, what_for: LinkUse) -> Option<Token> {
        let generation = link.generation.to_be_bytes();
        let parts: [&[u8]; 4] =
            [link.id.as_bytes(), link.ticket.0.as_bytes(), link.recipient.0.as_bytes(), &generation];
        self.named(&link.kid, what_for.purpose(), link.id, &parts)
    }

    /// Whether `token` is this link's.
    pub fn is_link_token(&self, token: &Token, link: &SecureLink, what_for: LinkUse) -> bool {
        self.link_token(link, what_for).is_some_and(|made| same(&made, token))
    }

    /// The token by which a browser that was trusted with a ticket is shut out again (M7).
    pub fn end_trust_token(&self, kid: &str, login: LoginId, ticket: TicketId) -> Option<Token> {
        let parts: [&[u8]; 2] = [login.0.as_bytes(), ticket.0.as_bytes()];
        self.named(kid, Purpose::EndTrust, login.0, &parts)
    }

    /// For which ticket of a login, of those it holds, the token ends the trust, under any key.
    pub fn ends_trust(&self, token: &Token, login: LoginId, tickets: &[TicketId]) -> Option<TicketId> {
        let kids = self.kids();
        let made = |kid: &str, ticket| self.end_trust_token(kid, login, ticket);
        let is_for =
            |ticket: &TicketId| kids.iter().any(|kid| made(kid, *ticket).is_some_and(|made| same(&made, token)));
        tickets.iter().copied().find(is_for)
    }

    /// What the mails of a ticket have in common (References, List-Id): tells nothing of the ticket.
    pub fn thread(&self, kid: &str, ticket: TicketId) -> Option<String> {
        let mac = self.derive(kid, Purpose::Thread, &[ticket.0.as_bytes()])?;
        Some(mac[..ID_BYTES].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn named(&self, kid: &str, purpose: Purpose, id: Uuid, parts: &[&[u8]]) -> Option<Token> {
        let mac = self.derive(kid, purpose, parts)?;
        let mut bytes = [0; 2 * ID_BYTES];
        bytes[..ID_BYTES].copy_from_slice(id.as_bytes());
        bytes[ID_BYTES..].copy_from_slice(&mac[..ID_BYTES]);
        Some(Token::from_bytes(bytes))
    }
}

impl Token {
    /// The id that a link's token names.
    pub fn named_id(&self) -> Uuid {
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&self.bytes()[..ID_BYTES]);
        Uuid::from_bytes(id)
    }
}

fn same(made: &Token, token: &Token) -> bool {
    made.bytes().ct_eq(token.bytes()).into()
}

#[cfg(test)]
mod tests {
    use protocol::ParticipantId;

    use super::*;

    fn link(keys: &Keys) -> SecureLink {
        SecureLink {
            id: Uuid::from_u128(1),
            ticket: TicketId(Uuid::from_u128(2)),
            recipient: ParticipantId(Uuid::from_u128(3)),
            generation: 1,
            kid: keys.newest_kid(),
        }
    }

    #[test]
    fn a_link_is_the_same_each_time_and_names_its_row() {
        let keys = Keys::in_memory();
        let token = keys.link_token(&link(&keys), LinkUse::Open).expect("a token");
        assert_eq!(keys.link_token(&link(&keys), LinkUse::Open), Some(token.clone()));
        assert_eq!((token.named_id(), token.encode().len()), (Uuid::from_u128(1), 43));
        assert!(keys.is_link_token(&token, &link(&keys), LinkUse::Open));
    }

    /// R-A1: half of a token is unguessable without the key, and no two share it.
    #[test]
    fn a_thousand_links_share_nothing_that_could_be_guessed() {
        let keys = Keys::in_memory();
        let token = |n: u128| {
            let link = SecureLink { id: Uuid::from_u128(n), ..link(&keys) };
            keys.link_token(&link, LinkUse::Open).expect("a token")
        };
        let macs: std::collections::BTreeSet<[u8; 16]> =
            (0..1_000).map(|n| token(n).bytes()[ID_BYTES..].try_into().expect("sixteen bytes")).collect();
        assert_eq!(macs.len(), 1_000);
        // Each bit of them is as often set as not: 500 of 1,000, give or take six deviations of 16.
        for bit in 0..128 {
            let set = macs.iter().filter(|mac| mac[bit / 8] >> (bit % 8) & 1 == 1).count();
            assert!((400..=600).contains(&set), "bit {bit}: {set}");
        }
    }

    #[test]
    fn another_key_ticket_recipient_generation_or_use_makes_another_link() {
        let keys = Keys::in_memory();
        let token = keys.link_token(&link(&keys), LinkUse::Open).expect("a token");
        let others = [
            SecureLink { ticket: TicketId(Uuid::from_u128(9)), ..link(&keys) },
            SecureLink { recipient: ParticipantId(Uuid::from_u128(9)), ..link(&keys) },
            SecureLink { generation: 2, ..link(&keys) },
            SecureLink { kid: "gone".to_owned(), ..link(&keys) },
        ];
        for other in others {
            assert!(!keys.is_link_token(&token, &other, LinkUse::Open), "{other:?}");
        }
        assert!(!keys.is_link_token(&token, &link(&keys), LinkUse::Unsubscribe));
        assert!(!Keys::in_memory().is_link_token(&token, &link(&keys), LinkUse::Open));
    }

    #[test]
    fn trust_is_ended_for_the_login_and_ticket_of_the_token_alone() {
        let keys = Keys::in_memory();
        let (login, ticket) = (LoginId(Uuid::from_u128(4)), TicketId(Uuid::from_u128(5)));
        let token = keys.end_trust_token(&keys.newest_kid(), login, ticket).expect("a token");
        let other = TicketId(Uuid::from_u128(6));
        assert_eq!(keys.ends_trust(&token, login, &[other, ticket]), Some(ticket));
        assert_eq!(keys.ends_trust(&token, login, &[other]), None);
        assert_eq!(keys.ends_trust(&token, LoginId(Uuid::from_u128(7)), &[ticket]), None);
    }
}
