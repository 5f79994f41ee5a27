//! Writing one thing at a time: what each act does, and to whom it is refused.

use protocol::model::{AgentBody, PublicBody, Role, Status};

use super::bench::{Bench, reply};
use super::on_both;
use crate::store::writer::Actor;

on_both! {
    async fn a_ticket_is_opened_and_answered(bench: &Bench) {
        let agent = bench.agent("Lea", Role::Agent, &[]).await;
        let ticket = bench.guest_opens("My card was charged twice").await;
        assert_eq!(bench.says(ticket, "Are you there?").await, 3);
        assert_eq!(bench.notes(ticket.id, agent, "looks like a double capture").await, 4);
        assert_eq!(bench.answers(ticket.id, agent, "Yes, looking into it").await, 5);

        let view = bench.agent_view(ticket.id, agent).await;
        assert_eq!(view.cursor, 6);
        assert_eq!(view.ticket.status, Status::Pending);
        assert_eq!(view.ticket.theirs, 2);
        assert_eq!(view.ticket.number, 10_001);
        assert_eq!((view.read_n, view.unread), (6, 0));
        assert!(matches!(view.events[0].body, AgentBody::Opened { .. }));
        assert!(matches!(view.events[3].body, AgentBody::Note(_)));

        let public = bench.public_view(ticket).await;
        assert_eq!(public.cursor, 5);
        assert_eq!(public.unread, 1);
        assert_eq!(public.events.iter().map(|event| event.n).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert!(matches!(&public.events[3].body, PublicBody::Message(message) if message.text == "Yes, looking into it"));
        let again = bench.does(ticket.id, Actor::Visitor(ticket.login), reply("thanks")).await.unwrap();
        assert_eq!((again.n, again.repeated), (6, false));
    }
}
