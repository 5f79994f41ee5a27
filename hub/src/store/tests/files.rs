//! Rows of files: room is set aside and given back, a lease is a right that ends, nothing is bound that goes.

use protocol::frame::PostKind;
use protocol::model::{Attachment, Preview, Role};
use protocol::{AttachmentId, ClientId, ErrorCode};

use super::bench::{Bench, HOUR, MINUTE, Opened, refusal, text};
use super::on_both;
use crate::domain::Refusal;
use crate::domain::access::{self, Who};
use crate::domain::file::{FileName, ObjectKey};
use crate::domain::limits::UPLOAD_LEASE_MS;
use crate::store::files::{Begun, Dropped, NewUpload, Space, Stored, StoredPicture, Uploading};
use crate::store::writer::{Act, Actor};

on_both! {
    an_upload_takes_its_room_and_is_bound_by_its_message,
    room_that_is_not_used_is_given_back,
    uploads_at_once_never_take_more_room_than_there_is,
    a_lease_that_ended_is_no_right_any_more,
    a_key_is_answered_once_it_is_stored_and_free_once_it_failed,
    what_goes_is_not_bound_and_what_is_bound_does_not_go,
    what_an_erased_message_had_is_to_be_removed,
    a_persons_day_counts_what_was_taken_back,
    a_tickets_files_come_in_pages_of_whole_messages,
}

const LEASE: u64 = UPLOAD_LEASE_MS.unsigned_abs();

fn new_upload(bench: &Bench, ticket: Opened, client_id: ClientId, bytes: i64) -> NewUpload {
    NewUpload {
        site: bench.site(),
        ticket: ticket.id,
        uploader: ticket.requester,
        client_id,
        name: FileName::parse("receipt.png").unwrap(),
        bytes,
        space: Space { ticket_max: 1_000, person_day_max: 2_000, site_max: 3_000 },
    }
}

async fn begins(bench: &Bench, ticket: Opened, bytes: i64) -> Result<Uploading, Refusal> {
    match refusal(bench.store.begin_upload(&new_upload(bench, ticket, bench.key(), bytes)).await)? {
        Begun::Uploading(uploading) => Ok(uploading),
        Begun::Repeated(attachment) => panic!("{attachment:?}"),
    }
}

async fn finishes(bench: &Bench, uploading: &Uploading, bytes: i64) -> Option<Attachment> {
    let picture =
        StoredPicture { media_type: "image/jpeg", bytes: 10, sha256: [2; 32], size: Preview { width: 64, height: 48 } };
    let stored = Stored { media_type: "image/png", bytes, sha256: [1; 32], picture: Some(picture) };
    bench.store.finish_upload(uploading, &stored).await.unwrap()
}

pub(super) async fn uploads(bench: &Bench, ticket: Opened, bytes: i64) -> Attachment {
    let uploading = begins(bench, ticket, bytes).await.unwrap();
    finishes(bench, &uploading, bytes).await.unwrap()
}

async fn sends(bench: &Bench, ticket: Opened, file: AttachmentId) -> Result<i64, Refusal> {
    let act = Act::Post {
        kind: PostKind::Reply,
        text: text("see"),
        attachments: vec![file],
        mentions: Vec::new(),
        drafts: Vec::new(),
    };
    bench.does(ticket.id, Actor::Visitor(ticket.login), act).await.map(|done| done.n)
}

/// Bytes that are taken: the count that limits them is what the rows say.
async fn taken(bench: &Bench) -> i64 {
    let (counted, taken) = bench.store.space_taken().await.unwrap();
    assert_eq!(counted, taken);
    taken
}

/// What the sweeper does, without the bytes.
async fn sweeps(bench: &Bench) -> Vec<ObjectKey> {
    bench.store.drop_stale_uploads().await.unwrap();
    let leftovers = bench.store.leftovers(None).await.unwrap();
    for leftover in &leftovers {
        bench.store.bytes_removed(leftover).await.unwrap();
        // Another node did the same.
        bench.store.bytes_removed(leftover).await.unwrap();
    }
    bench.store.forget_uploads().await.unwrap();
    leftovers.into_iter().map(|leftover| leftover.object_key).collect()
}

/// R-F6, R-F8.
async fn an_upload_takes_its_room_and_is_bound_by_its_message(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let uploading = begins(bench, ticket, 500).await.unwrap();
    assert_eq!(taken(bench).await, 500, "set aside");
    let refused = sends(bench, ticket, uploading.id).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound, "not before its bytes are safe");
    let file = finishes(bench, &uploading, 300).await.unwrap();
    assert_eq!((file.bytes, file.preview), (300, Some(Preview { width: 64, height: 48 })));
    assert_eq!(taken(bench).await, 310, "with its preview");
    sends(bench, ticket, file.id).await.unwrap();
    let who = Who::Visitor(bench.visitor_of(ticket.login).await);
    let found = bench.store.ticket_ref(bench.site(), ticket.id).await.unwrap().unwrap();
    let readable = access::read(&who, &found).unwrap();
    let row = bench.store.file(&readable, file.id).await.unwrap().unwrap();
    assert_eq!((row.attachment, row.sha256), (file.clone(), vec![1; 32]));
    assert!(matches!(bench.store.drop_upload(&readable, file.id).await.unwrap(), Dropped::Bound));
    bench.clock.advance(48 * HOUR);
    assert_eq!(sweeps(bench).await, [], "what is bound stays");
    let known = bench.store.known_keys(std::slice::from_ref(&row.object_key)).await.unwrap();
    assert!(known.contains(&row.object_key));
}

async fn room_that_is_not_used_is_given_back(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let uploading = begins(bench, ticket, 1_000).await.unwrap();
    let refused = begins(bench, ticket, 1).await.unwrap_err();
    assert_eq!((refused.code, refused.limit), (ErrorCode::QuotaReached, Some(1_000)));
    let leftover = bench.store.fail_upload(&uploading, 40).await.unwrap().unwrap();
    assert_eq!((leftover.object_key.clone(), taken(bench).await), (uploading.object_key.clone(), 40));
    assert!(bench.store.fail_upload(&uploading, 40).await.unwrap().is_none(), "once");
    assert_eq!(sweeps(bench).await, [leftover.object_key]);
    assert_eq!(taken(bench).await, 0);
    assert_eq!(finishes(bench, &uploading, 1_000).await, None);
    begins(bench, ticket, 1_000).await.unwrap();
}

/// R-F8: a race has as many winners as there is room for.
async fn uploads_at_once_never_take_more_room_than_there_is(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let begun = futures_util::future::join_all((0..20).map(|_| begins(bench, ticket, 300))).await;
    assert_eq!(begun.iter().filter(|begun| begun.is_ok()).count(), 3);
    assert_eq!(taken(bench).await, 900);
}

async fn a_lease_that_ended_is_no_right_any_more(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let uploading = begins(bench, ticket, 100).await.unwrap();
    bench.clock.advance(LEASE - 1);
    assert_eq!(sweeps(bench).await, []);
    assert!(bench.store.renew_upload(&uploading, Some("parts-7")).await.unwrap());
    bench.clock.advance(LEASE - 1);
    assert_eq!(sweeps(bench).await, [], "it showed that it lives");
    bench.clock.advance(1);
    bench.store.drop_stale_uploads().await.unwrap();
    let leftover = bench.store.leftovers(None).await.unwrap().remove(0);
    assert_eq!(leftover.parts.as_deref(), Some("parts-7"), "S3 is told what to forget");
    assert!(!bench.store.renew_upload(&uploading, None).await.unwrap());
    assert_eq!(finishes(bench, &uploading, 100).await, None);
    assert_eq!(sweeps(bench).await, [uploading.object_key]);
    assert_eq!(taken(bench).await, 0);
}

/// The key is the sender's promise that it is the same file.
async fn a_key_is_answered_once_it_is_stored_and_free_once_it_failed(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let other = bench.guest_opens("Other").await;
    let key = bench.key();
    let begin = async |ticket| refusal(bench.store.begin_upload(&new_upload(bench, ticket, key, 100)).await);
    let Ok(Begun::Uploading(first)) = begin(ticket).await else { panic!("a first one") };
    assert_eq!(begin(ticket).await.unwrap_err().code, ErrorCode::Conflict);
    // Another person's key, or another ticket's, is another one.
    assert!(matches!(begin(other).await, Ok(Begun::Uploading(_))));
    bench.store.fail_upload(&first, 0).await.unwrap();
    let Ok(Begun::Uploading(second)) = begin(ticket).await else { panic!("a second one") };
    // Cut off, and not swept yet: at the start of the one process, or when the lease has ended.
    match bench.is_postgres() {
        true => bench.clock.advance(LEASE),
        false => assert_eq!(bench.store.free_uploads().await.unwrap(), 2),
    }
    let Ok(Begun::Uploading(third)) = begin(ticket).await else { panic!("a third one") };
    assert_eq!(finishes(bench, &second, 100).await, None);
    let file = finishes(bench, &third, 100).await.unwrap();
    assert_eq!(finishes(bench, &third, 100).await.as_ref(), Some(&file), "also when its COMMIT was not answered");
    for _ in 0..2 {
        let Ok(Begun::Repeated(again)) = begin(ticket).await else { panic!("the same one") };
        assert_eq!(again, file);
        if bench.number("select count(*) as n from attachment where seq is not null").await == 0 {
            sends(bench, ticket, file.id).await.unwrap();
        }
    }
    sweeps(bench).await;
    assert_eq!(bench.number("select count(*) as n from attachment where state = 'stored'").await, 1);
}

/// R-F9: whoever is first, the other sees it.
async fn what_goes_is_not_bound_and_what_is_bound_does_not_go(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    for _ in 0..6 {
        let file = uploads(bench, ticket, 50).await;
        let who = Who::Visitor(bench.visitor_of(ticket.login).await);
        let found = bench.store.ticket_ref(bench.site(), ticket.id).await.unwrap().unwrap();
        let readable = access::read(&who, &found).unwrap();
        let (sent, dropped) = tokio::join!(sends(bench, ticket, file.id), bench.store.drop_upload(&readable, file.id));
        match (sent, dropped.unwrap()) {
            (Ok(_), Dropped::Bound) => {}
            (Err(refused), Dropped::Yes(_)) => assert_eq!(refused.code, ErrorCode::NotFound),
            other => panic!("{other:?}"),
        }
        sweeps(bench).await;
    }
    let dangling = "select count(*) as n from attachment where seq is not null and state <> 'stored'";
    assert_eq!(bench.number(dangling).await, 0);
    taken(bench).await;
}

async fn what_an_erased_message_had_is_to_be_removed(bench: &Bench) {
    let agent = bench.agent("Lea", Role::Admin, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let file = uploads(bench, ticket, 100).await;
    let target = sends(bench, ticket, file.id).await.unwrap();
    assert_eq!(sweeps(bench).await, []);
    bench.does(ticket.id, Actor::Agent(agent.login), Act::Redact { target }).await.unwrap();
    assert_eq!(sweeps(bench).await.len(), 1);
    assert_eq!(taken(bench).await, 0);
    bench.clock.advance(25 * HOUR);
    sweeps(bench).await;
    assert_eq!(bench.number("select count(*) as n from attachment").await, 0);
}

/// R-F8: otherwise sending and taking back would have no end.
async fn a_persons_day_counts_what_was_taken_back(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    for _ in 0..2 {
        let uploading = begins(bench, ticket, 1_000).await.unwrap();
        bench.store.fail_upload(&uploading, 1_000).await.unwrap();
        sweeps(bench).await;
        bench.clock.advance(MINUTE);
    }
    let refused = begins(bench, ticket, 1).await.unwrap_err();
    let wait_s = refused.retry_after_s.unwrap();
    assert_eq!(refused.code, ErrorCode::TooManyRequests);
    assert!((23 * 3_600..24 * 3_600).contains(&wait_s), "{wait_s}");
    // The day of the first one is over, and it is forgotten.
    bench.clock.advance(wait_s * 1_000);
    sweeps(bench).await;
    begins(bench, ticket, 1).await.unwrap();
}

async fn a_tickets_files_come_in_pages_of_whole_messages(bench: &Bench) {
    let lea = bench.agent("Lea", Role::Lead, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let mut sent = Vec::new();
    for count in [3, 10, 10, 10, 10, 10, 1] {
        let mut files = Vec::new();
        for _ in 0..count {
            files.push(uploads(bench, ticket, 1).await.id);
        }
        let act = Act::Post {
            kind: PostKind::Reply,
            text: text("see"),
            attachments: files.clone(),
            mentions: Vec::new(),
            drafts: Vec::new(),
        };
        let n = bench.does(ticket.id, Actor::Visitor(ticket.login), act).await.unwrap().n;
        sent.push((n, files));
    }
    let unsent = uploads(bench, ticket, 1).await;
    let who = Who::Agent(bench.agent_of(lea).await);
    let found = bench.store.ticket_ref(bench.site(), ticket.id).await.unwrap().unwrap();
    let readable = access::read(&who, &found).unwrap();
    let newest = bench.store.shared_files(&readable, None).await.unwrap();
    let older = bench.store.shared_files(&readable, newest.before).await.unwrap();
    assert_eq!((newest.files.len(), newest.before), (41, Some(sent[2].0)), "the fifth of ten would be cut");
    assert_eq!((older.files.len(), older.before), (13, None));
    let shown: Vec<_> = newest.files.iter().chain(&older.files).map(|shared| (shared.n, shared.file.id)).collect();
    // Those of a message in the order of their ids, which do not tell what came first within a millisecond.
    let mut of_messages: Vec<_> = sent.iter().flat_map(|(n, files)| files.iter().map(|file| (*n, *file))).collect();
    of_messages.sort_by_key(|(n, file)| std::cmp::Reverse((*n, file.0)));
    assert_eq!(shown, of_messages);
    assert!(!shown.iter().any(|(_, file)| *file == unsent.id), "nobody sent it yet");
}
