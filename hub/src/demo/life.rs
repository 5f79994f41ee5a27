//! Keeps two conversations of the demo alive: people come, type, write, read and answer.

use protocol::frame::PostKind;
use protocol::model::Side;
use protocol::{ClientId, ConnectionId};
use tokio::task::JoinSet;

use super::story::{DIALOGUES, Dialogue, Speaker};
use super::{Demo, Place, sign_in};
use crate::actions::Hub;
use crate::actions::conversation::{self, Progress, RawPost};
use crate::bus::{Signal, Typing};
use crate::domain::access::{self, Audience, Who};
use crate::domain::ids::{new_id, random_between};
use crate::presence::Attendant;
use crate::store::StoreError;
use crate::store::logins::FoundLogin;

/// A conversation is gone through so often, then it rests: nothing grows without end.
const ROUNDS: usize = 30;
const BETWEEN_ROUNDS_MS: u64 = 45_000;
const TYPING_EVERY_MS: u64 = 2_500;
/// What a good typist needs for a character.
const PER_CHAR_MS: u64 = 70;
const TYPING_MIN_MS: u64 = 2_000;
const TYPING_MAX_MS: u64 = 9_000;

/// Begins the conversations; dropped, they end.
pub fn live(hub: &Hub, demo: &Demo) -> JoinSet<()> {
    let mut talking = JoinSet::new();
    for (place, dialogue) in demo.dialogues.iter().zip(&DIALOGUES) {
        let (hub, place) = (hub.clone(), *place);
        talking.spawn(async move {
            if let Err(error) = talk(&hub, place, dialogue).await {
                tracing::warn!(%error, "a conversation of the demo ended");
            }
        });
    }
    talking
}

/// One of the two, with a page open.
struct Person {
    who: Who,
    attendant: Attendant,
    page: ConnectionId,
}

async fn talk(hub: &Hub, place: Place, dialogue: &Dialogue) -> Result<(), StoreError> {
    let requester = person(hub, Audience::Requester, place).await?;
    let agent = person(hub, Audience::Agent, place).await?;
    for person in [&requester, &agent] {
        hub.presence.connected(&[person.attendant.id]);
    }
    for _ in 0..ROUNDS {
        for (speaker, text) in dialogue.lines {
            let (speaks, listens) = match speaker {
                Speaker::Requester => (&requester, &agent),
                Speaker::Agent => (&agent, &requester),
            };
            for person in [speaks, listens] {
                attend(hub, place, person);
            }
            hub.clock.sleep(random_between(1_500, 4_000)).await;
            read(hub, place, speaks).await?;
            type_it(hub, place, speaks, text).await;
            let key = ClientId(new_id(&hub.clock));
            let post = RawPost {
                kind: PostKind::Reply,
                text: (*text).to_owned(),
                attachments: Vec::new(),
                mentions: Vec::new(),
                drafts: Vec::new(),
            };
            conversation::post(hub, &speaks.who, place.ticket, key, post).await?;
            hub.clock.sleep(random_between(600, 1_800)).await;
            read(hub, place, listens).await?;
        }
        hub.clock.sleep(BETWEEN_ROUNDS_MS).await;
    }
    Ok(())
}

async fn person(hub: &Hub, audience: Audience, place: Place) -> Result<Person, StoreError> {
    let id = match audience {
        Audience::Agent => place.agent,
        Audience::Requester => place.requester,
    };
    let (_, token) = sign_in(hub, audience, Some(id)).await?;
    let (who, side) = match hub.store.login(audience, &token.digest()).await? {
        Some(FoundLogin::Agent(agent)) => (Who::Agent(agent), Side::Agent),
        Some(FoundLogin::Visitor(visitor)) => (Who::Visitor(visitor), Side::Requester),
        _ => return Err(StoreError::Failed("a person of the demo is gone".to_owned())),
    };
    let site = hub.store.site().id;
    let name = match audience {
        Audience::Agent => hub.store.agent(site, id).await?.map(|agent| agent.name),
        Audience::Requester => hub.store.account(site, id).await?.map(|account| account.name),
    };
    let attendant = Attendant { id, side, name: name.unwrap_or_default() };
    Ok(Person { who, attendant, page: new_id(&hub.clock).into() })
}

fn attend(hub: &Hub, place: Place, person: &Person) {
    let changed = hub.presence.attend(person.page, place.ticket, &person.attendant, hub.clock.now());
    for ticket in changed {
        hub.bus.publish(Signal::PresenceChanged(ticket));
    }
}

async fn read(hub: &Hub, place: Place, person: &Person) -> Result<(), StoreError> {
    let found = conversation::find(hub, &person.who, place.ticket).await?;
    if let Some(readable) = access::read(&person.who, &found) {
        conversation::mark(hub, &person.who, place.ticket, Progress::Read(readable.last_n())).await?;
    }
    Ok(())
}

/// Types for as long as a person would.
async fn type_it(hub: &Hub, place: Place, person: &Person, text: &str) {
    let mut left = (text.chars().count() as u64 * PER_CHAR_MS).clamp(TYPING_MIN_MS, TYPING_MAX_MS);
    while left > 0 {
        let Attendant { id, side, name } = person.attendant.clone();
        let at = hub.clock.now();
        hub.bus.publish(Signal::Typing(Typing {
            ticket: place.ticket,
            participant: id,
            side,
            name,
            kind: PostKind::Reply,
            file: false,
            at,
        }));
        let ms = left.min(TYPING_EVERY_MS);
        hub.clock.sleep(ms).await;
        left -= ms;
    }
}
