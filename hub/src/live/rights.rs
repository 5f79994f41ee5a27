//! Reads the rights of open connections anew, and takes away what is no longer theirs.

use std::collections::HashMap;
use std::sync::Arc;

use protocol::TicketId;
use protocol::frame::{CloseCode, ResetReason, ServerFrame};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::connection::Connection;
use super::registry::Registry;
use crate::actions::Hub;
use crate::bus::{Bus, Heard, Signal};
use crate::domain::access::Who;
use crate::store::StoreError;
use crate::store::logins::FoundLogin;

/// Logins read in one query.
const LOGINS_MAX: usize = 500;
const ENDS_LOOK_MS: u64 = 1_000;

/// Closes sockets when their logins end by themselves, a second later at most (R-E7): whose time has come is
/// read anew, and so is who has just connected, since nobody has asked until when that holds.
pub async fn end_with_logins(hub: Hub, registry: Arc<Registry>, stop: CancellationToken) {
    let look = async {
        loop {
            hub.clock.sleep(ENDS_LOOK_MS).await;
            let now = hub.clock.now();
            let mut connections = registry.connections();
            connections.retain(|connection| connection.may_have_ended(now));
            reread(&hub, &registry, connections).await;
        }
    };
    tokio::select! {
        () = look => {}
        () = stop.cancelled() => {}
    }
}

/// Closes sockets when somebody ended their logins, in a task that reads nothing: what delivery has to read for
/// other words, from a database that may be slow, does not keep these open (R-E7).
pub async fn end_with_words(
    bus: Bus,
    registry: Arc<Registry>,
    mut heard: broadcast::Receiver<Heard>,
    stop: CancellationToken,
) {
    loop {
        // Cancel-safe: nothing is taken out unless the branch runs.
        let heard = tokio::select! {
            heard = heard.recv() => heard,
            () = stop.cancelled() => return,
        };
        match heard {
            Ok(Heard::Signal(Signal::LoginsEnded(logins))) => {
                for connection in registry.of_login(&logins) {
                    connection.close(CloseCode::Revoked);
                }
            }
            Ok(Heard::Signal(_) | Heard::Committed(_) | Heard::Moved(_)) => {}
            Err(RecvError::Lagged(_)) => bus.doubt(),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Re-reads the logins of these connections: ended ones close, changed ones lose the feeds that they
/// may no longer read. What cannot be read now is left to the next position check, and so is the rest when the
/// database does not answer: each question would wait for it anew.
pub async fn reread(hub: &Hub, registry: &Registry, connections: Vec<Arc<Connection>>) {
    for some in connections.chunks(LOGINS_MAX) {
        if let Err(error) = reread_some(hub, registry, some).await {
            tracing::warn!(%error, "could not re-read the rights of open connections");
            if matches!(error, StoreError::Unavailable(_)) {
                return;
            }
        }
    }
}

async fn reread_some(hub: &Hub, registry: &Registry, connections: &[Arc<Connection>]) -> Result<(), StoreError> {
    let mut ids: Vec<_> = connections.iter().map(|connection| connection.login).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = hub.store.logins_with_ends(&ids).await?;
    let found: HashMap<_, _> = found.into_iter().map(|(id, found, until)| (id, (found, until))).collect();
    for connection in connections {
        let (found, until) = found.get(&connection.login).map_or((None, 0), |(found, until)| (Some(found), *until));
        connection.holds_until(until);
        match found {
            Some(FoundLogin::Agent(agent)) => update(hub, registry, connection, Who::Agent(agent.clone())).await?,
            Some(FoundLogin::Visitor(visitor)) => {
                update(hub, registry, connection, Who::Visitor(visitor.clone())).await?;
            }
            Some(FoundLogin::Expired) => connection.close(CloseCode::Expired),
            Some(FoundLogin::Revoked) | None => connection.close(CloseCode::Revoked),
        }
    }
    Ok(())
}

async fn update(hub: &Hub, registry: &Registry, connection: &Arc<Connection>, who: Who) -> Result<(), StoreError> {
    if *connection.who() == who {
        return Ok(());
    }
    let site = match &who {
        Who::Agent(agent) => agent.site,
        Who::Visitor(visitor) => visitor.site,
    };
    registry.reindex(connection, who);
    let tickets: Vec<TicketId> = connection.outbox().tickets().collect();
    let found = hub.store.ticket_refs(site, &tickets).await?;
    for ticket in tickets {
        let may_read = found.iter().any(|found| found.id == ticket && connection.reader(found).is_some());
        if !may_read {
            connection.outbox().leave(ticket);
            registry.leave(ticket, connection);
            connection.control(&ServerFrame::Reset { ticket, reason: ResetReason::Forbidden });
        }
    }
    Ok(())
}
