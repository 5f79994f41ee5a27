//! "I lost my link": the links of an address's tickets are mailed to it (M6). Known and unknown
//! addresses go the same way; only the mail differs (R-A11).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use protocol::{Millis, ParticipantId, SiteId};
use sea_orm::DatabaseTransaction;

use super::attempts::{Count, seconds_until};
use crate::domain::email::Email;
use crate::domain::ids;
use crate::domain::limits::{
    CODES_PER_15_MIN_MAX, CODES_PER_DAY_MAX, LOST_PER_DOMAIN_HOUR_MAX, LOST_PER_HUB_HOUR_MAX,
    LOST_PER_NETWORK_HOUR_MAX, LOST_REPEAT_MS,
};
use crate::store::alerts::{self, NewDelivery};
use crate::store::db::{commit, one_at_a_time, retrying};
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, one};
use crate::store::{Store, StoreError, Window};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// What became of asking. The person is told of `TooOften` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LostAsked {
    Queued,
    /// The address has no ticket, or was mailed a moment ago.
    Nothing,
    /// Beyond a budget of the address, its domain or the hub; which one.
    Held(&'static str),
    /// Beyond what this network may ask.
    TooOften {
        retry_after_s: u64,
    },
}

impl Store {
    pub async fn ask_lost_links(&self, email: &Email, network: &str) -> Result<LostAsked, StoreError> {
        Ok(retrying(|| self.ask_lost_links_once(email, network)).await?)
    }

    async fn ask_lost_links_once(&self, email: &Email, network: &str) -> Outcome<LostAsked> {
        let now = self.now();
        let hour = |max| [Window { since: now - HOUR_MS, max }];
        let by_address = [
            Window { since: now - HOUR_MS / 4, max: CODES_PER_15_MIN_MAX },
            Window { since: now - 24 * HOUR_MS, max: CODES_PER_DAY_MAX },
        ];
        let (by_network, by_domain) = (hour(LOST_PER_NETWORK_HOUR_MAX), hour(LOST_PER_DOMAIN_HOUR_MAX));
        let by_hub = hour(LOST_PER_HUB_HOUR_MAX);
        // Addresses, and domains that may be a person's own, are counted without being kept.
        let digest = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(ids::digest(text));
        let address = digest(email.canonical());
        let domain = digest(email.canonical().rsplit('@').next().unwrap_or_default());
        let counts = [
            Count { kind: "lost.network", subject: network, windows: &by_network },
            Count { kind: "lost.address", subject: &address, windows: &by_address },
            Count { kind: "lost.domain", subject: &domain, windows: &by_domain },
            Count { kind: "lost.hub", subject: "", windows: &by_hub },
        ];
        let tx = self.db().begin().await?;
        let locks = counts.each_ref().map(Count::lock);
        one_at_a_time(&tx, &locks.each_ref().map(String::as_str)).await?;
        // All of them are asked whatever the first one says: the work is the same.
        let mut full = Vec::new();
        for count in &counts {
            full.extend(count.free_at(&tx, now).await?.map(|free_at| (count.kind, free_at)));
        }
        if let Some((_, free_at)) = full.iter().find(|(kind, _)| *kind == "lost.network") {
            return Ok(LostAsked::TooOften { retry_after_s: seconds_until(*free_at, now) });
        }
        self.count(&tx, &counts[0], now).await?;
        let asked = match full.first() {
            Some((kind, _)) => LostAsked::Held(kind),
            None => {
                for count in &counts[1..] {
                    self.count(&tx, count, now).await?;
                }
                self.queue_links(&tx, email, now).await?
            }
        };
        commit(tx).await?;
        Ok(asked)
    }

    /// Where nobody is to be mailed a mail to nobody is queued, which a worker cancels: what is written,
    /// and so the time that it takes, is the same (R-A11).
    async fn queue_links(&self, tx: &DatabaseTransaction, email: &Email, now: Millis) -> Outcome<LostAsked> {
        let site = self.site().id;
        let recipient = recipient(tx, site, email, now).await?;
        let id = ids::new_id(self.clock());
        let mail = NewDelivery {
            id,
            site,
            kind: "m6",
            attention: None,
            ticket: None,
            recipient,
            code: None,
            login: None,
            cover_seq: None,
            identity: format!("m6.{id}"),
            due_at: now,
            now,
        };
        alerts::queue(tx, mail).await?;
        Ok(if recipient.is_some() { LostAsked::Queued } else { LostAsked::Nothing })
    }
}

/// A person of this address who has a ticket: the account before guests, the newest guest before older
/// ones. None when a mail to the address was queued a moment ago.
async fn recipient(
    tx: &DatabaseTransaction,
    site: SiteId,
    email: &Email,
    now: Millis,
) -> Outcome<Option<ParticipantId>> {
    let text = "select p.id from participant p where p.site_id = $1 and p.email_canonical = $2 \
                and p.kind in ('customer', 'guest') and exists (select 1 from ticket t where t.requester_id = p.id) \
                and not exists (select 1 from delivery d join participant o on o.id = d.recipient_id \
                where o.site_id = $1 and o.email_canonical = $2 and d.kind = 'm6' and d.created_at > $3) \
                order by p.kind, p.created_at desc, p.id desc limit 1";
    let values = [site.0.into(), email.canonical().into(), (now - LOST_REPEAT_MS).into()];
    one(tx, Sql::with(text, values)).await?.map(|row| row.id("id")).transpose()
}
