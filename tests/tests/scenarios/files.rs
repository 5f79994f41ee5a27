//! Files of messages, on a folder and on S3 alike: what people send, who gets it back, and what is refused
//! (R-F1 to R-F9).

use protocol::frame::PostKind;
use protocol::http::SharedFiles;
use protocol::model::{AgentBody, Attachment, Side};
use protocol::{ClientId, ErrorCode, TicketId};
use reqwest::Method;
use serde_json::Value;
use testkit::s3;
use tests::people::Person;
use tests::raw::Raw;
use tests::socket::new_client_id;
use tests::{FileAnswer, Hub, Setup, pictures, wait};

/// One test for each place that files are kept at.
macro_rules! at_both_places {
    ($($(#[$doc:meta])* async fn $name:ident($hub:ident) $(with $setup:expr)?, $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn scenario($hub: &Hub) $body

            fn setup() -> Setup {
                #[allow(unused_variables)]
                let setup = Setup::default();
                $(let setup = $setup;)?
                setup
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_a_folder() {
                Hub::run(setup(), scenario).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_s3_and_postgres() {
                let server = s3::Server::start().await;
                Hub::run(setup().postgres().files_in_s3(server.port()), scenario).await;
            }
        }
    )+};
}

/// More than one part of S3's, and no round number.
const LARGE: usize = 6 * 1024 * 1024 + 4_711;
const DAY_MS: u64 = 24 * 3_600_000;

/// Bytes that are all alike nowhere.
fn bytes(count: usize) -> Vec<u8> {
    (0..count as u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

async fn sends(person: &Person, ticket: TicketId, name: &str, bytes: &[u8]) -> Attachment {
    let file = person.uploads(ticket, name, bytes).await.unwrap();
    person.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap();
    file
}

async fn asks(person: &Person, method: Method, path: &str, headers: &[(&str, &str)]) -> FileAnswer {
    person.browser.ask_for_bytes(method, path, "", headers).await
}

fn code(answer: &FileAnswer) -> ErrorCode {
    answer.as_text().problem().code
}

at_both_places! {
    /// R-F1, R-F4, R-F5: small, large, and empty.
    async fn what_goes_up_comes_down_the_same(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        for (name, sent) in [("empty.bin", vec![]), ("small.bin", bytes(1_000)), ("large.bin", bytes(LARGE))] {
            let file = sends(&amina, ticket, name, &sent).await;
            assert_eq!((file.name.as_str(), file.bytes), (name, sent.len() as i64));
            for person in [&nora, &amina] {
                let answer = person.downloads(ticket, file.id).await;
                assert_eq!((answer.status.as_u16(), answer.bytes.len()), (200, sent.len()));
                assert!(answer.bytes == sent, "every byte of {name}");
            }
        }
        let lines = nora.history(ticket).await;
        let named: Vec<_> = lines.iter().filter_map(|line| match &line.body {
            AgentBody::Message(message) => message.attachments.first().map(|file| file.name.clone()),
            _ => None,
        }).collect();
        assert_eq!(named, ["empty.bin", "small.bin", "large.bin"]);
    }

    /// R-F4, R-F5: HEAD, ranges and conditions.
    async fn a_part_of_a_file_can_be_asked_for(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        let sent = bytes(LARGE);
        let file = sends(&amina, ticket, "large.bin", &sent).await;
        let path = nora.file_path(ticket, file.id);
        let whole = asks(&nora, Method::GET, &path, &[]).await;
        let etag = whole.header("etag").unwrap().to_owned();
        let head = asks(&nora, Method::HEAD, &path, &[]).await;
        assert_eq!((head.status.as_u16(), head.bytes.len()), (200, 0));
        for name in ["content-length", "etag", "content-type", "content-disposition", "accept-ranges"] {
            assert_eq!(head.header(name), whole.header(name), "{name}");
        }
        let last = LARGE - 1;
        for (range, from, to) in [
            ("bytes=0-0".to_owned(), 0, 0),
            ("bytes=100-199".to_owned(), 100, 199),
            (format!("bytes={}-", 5 * 1024 * 1024 - 3), 5 * 1024 * 1024 - 3, last),
            ("bytes=-10".to_owned(), LARGE - 10, last),
        ] {
            let part = asks(&nora, Method::GET, &path, &[("range", &range)]).await;
            assert_eq!(part.status, 206, "{range}");
            assert_eq!(part.header("content-range"), Some(&*format!("bytes {from}-{to}/{LARGE}")));
            assert!(part.bytes == sent[from..=to], "{range}");
            let head = asks(&nora, Method::HEAD, &path, &[("range", &range)]).await;
            assert_eq!((head.status.as_u16(), head.header("content-length")), (206, part.header("content-length")));
        }
        let beyond = asks(&nora, Method::GET, &path, &[("range", &format!("bytes={LARGE}-"))]).await;
        assert_eq!((beyond.status.as_u16(), beyond.header("content-range")), (416, Some(&*format!("bytes */{LARGE}"))));
        let known = asks(&nora, Method::GET, &path, &[("if-none-match", &etag)]).await;
        assert_eq!((known.status.as_u16(), known.bytes.len()), (304, 0));
        let changed = asks(&nora, Method::GET, &path, &[("range", "bytes=0-0"), ("if-range", "\"another\"")]).await;
        assert_eq!(changed.status, 200);
        let same = asks(&nora, Method::GET, &path, &[("range", "bytes=0-0"), ("if-range", &etag)]).await;
        assert_eq!(same.status, 206);
    }

    /// R-F3, R-F4: the same headers at both places, whatever the sender says it is.
    async fn what_comes_down_runs_nowhere(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        for (name, sent, media_type) in [
            ("page.html", &b"<!DOCTYPE html><script>alert(1)</script>"[..], "application/octet-stream"),
            ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "application/octet-stream"),
            ("notes.html", b"just words", "text/plain; charset=utf-8"),
            ("fake.png", b"MZ\x90\0 a program", "application/octet-stream"),
            ("real.txt", &pictures::png(3, 3), "image/png"),
        ] {
            let key = new_client_id().to_string();
            let headers = [("idempotency-key", &*key), ("content-type", "text/html")];
            let path = amina.upload_path(ticket, name);
            let answer = amina.browser.ask_for_bytes(Method::POST, &path, sent.to_vec(), &headers).await;
            assert_eq!(answer.status, 201);
            let file: Attachment = answer.as_text().parsed().unwrap();
            amina.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap();
            for method in [Method::GET, Method::HEAD] {
                let answer = asks(&nora, method, &nora.file_path(ticket, file.id), &[]).await;
                for (header, value) in [
                    ("content-type", media_type),
                    ("content-security-policy", "sandbox; default-src 'none'; frame-ancestors 'none'"),
                    ("x-content-type-options", "nosniff"),
                    ("cross-origin-resource-policy", "same-origin"),
                    ("cache-control", "private, no-store"),
                ] {
                    assert_eq!(answer.header(header), Some(value), "{name}: {header}");
                }
                assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename="));
            }
        }
    }

    /// R-F2, R-F4: a name is data.
    async fn names_come_back_as_they_were_or_are_refused(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        let long = format!("{}.pdf", "x".repeat(251));
        for (name, disposition) in [
            ("a \"quoted\"; name.txt", "attachment; filename=\"a _quoted_; name.txt\"; filename*=UTF-8''a%20%22quoted%22%3B%20name.txt"),
            ("мой файл.txt", "attachment; filename=\"___ ____.txt\"; filename*=UTF-8''%D0%BC%D0%BE%D0%B9%20%D1%84%D0%B0%D0%B9%D0%BB.txt"),
            ("📎.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%F0%9F%93%8E.txt"),
            ("מסמך.txt", "attachment; filename=\"____.txt\"; filename*=UTF-8''%D7%9E%D7%A1%D7%9E%D7%9A.txt"),
            ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
            (&long, &format!("attachment; filename=\"{long}\"; filename*=UTF-8''{long}")),
        ] {
            let file = sends(&amina, ticket, name, b"text").await;
            assert_eq!(file.name, name);
            let answer = nora.downloads(ticket, file.id).await;
            assert_eq!(answer.headers.get("content-disposition").unwrap().as_bytes(), disposition.as_bytes());
        }
        for name in ["", "  ", "a\r\nSet-Cookie: x=y", "nul\0.txt", "gnp.\u{202E}exe", "../../etc/passwd", "a/b", "a\\b", "..", &format!("x{long}")] {
            let refused = amina.uploads(ticket, name, b"text").await.unwrap_err();
            assert_eq!((refused.status, refused.field.as_deref()), (422, Some("name")), "{name:?}");
        }
        let path = amina.path(&format!("tickets/{ticket}/attachments?name=%FF%FE"));
        let key = new_client_id().to_string();
        let answer = amina.browser.ask_for_bytes(Method::POST, &path, "x", &[("idempotency-key", &key)]).await;
        assert_eq!(code(&answer), ErrorCode::BadCharacter, "no UTF-8");
    }

    /// R-F6, R-D2, R-D4: until it is sent it is its uploader's alone, and it never goes anywhere else.
    async fn an_upload_is_its_uploaders_until_it_is_sent(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        let lena = hub.signs_in_as_admin().await;
        let (stranger, other) = hub.site.guest("stranger@example.org", "another matter").await;
        let file = amina.uploads(ticket, "mine.txt", b"mine").await.unwrap();
        let theirs = nora.uploads(ticket, "theirs.txt", b"theirs").await.unwrap();
        assert_eq!(amina.downloads(ticket, file.id).await.bytes, b"mine");
        for (person, file) in [(&nora, &file), (&stranger, &file), (&amina, &theirs)] {
            for method in [Method::GET, Method::HEAD, Method::DELETE] {
                let answer = asks(person, method.clone(), &person.file_path(ticket, file.id), &[]).await;
                assert_eq!(answer.status, 404, "{method}");
            }
            let refused = person.posts_files(ticket, PostKind::Reply, &[file]).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::NotFound);
        }
        // The same agent in another browser is the same person; another ticket is another place.
        assert_eq!(lena.downloads(ticket, theirs.id).await.bytes, b"theirs");
        assert_eq!(asks(&stranger, Method::GET, &stranger.file_path(other.id, file.id), &[]).await.status, 404);
        let elsewhere = nora.posts_files(other.id, PostKind::Reply, &[&theirs]).await.unwrap_err();
        assert_eq!((elsewhere.code, elsewhere.field.as_deref()), (ErrorCode::NotFound, Some("attachments")));

        amina.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap();
        assert_eq!(nora.downloads(ticket, file.id).await.bytes, b"mine");
        let again = amina.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap_err();
        assert_eq!(again.code, ErrorCode::NotFound, "bound once");
        assert_eq!(amina.takes_back(ticket, file.id).await.unwrap_err().code, ErrorCode::Conflict);
        nora.takes_back(ticket, theirs.id).await.unwrap();
        assert_eq!(code(&nora.downloads(ticket, theirs.id).await), ErrorCode::NotFound);
        assert_eq!(nora.takes_back(ticket, theirs.id).await.unwrap_err().code, ErrorCode::NotFound);
    }

    /// R-D3: a note's files are as internal as the note.
    async fn files_of_a_note_are_for_agents_alone(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        let file = nora.uploads(ticket, "internal.png", &pictures::png(4, 4)).await.unwrap();
        nora.posts_files(ticket, PostKind::Note, &[&file]).await.unwrap();
        assert_eq!(hub.signs_in_as_admin().await.downloads(ticket, file.id).await.status, 200);
        let path = amina.file_path(ticket, file.id);
        for path in [path.clone(), format!("{path}/preview")] {
            assert_eq!(asks(&amina, Method::GET, &path, &[]).await.status, 404);
        }
        assert_eq!(asks(&amina, Method::DELETE, &path, &[]).await.status, 404);
        assert!(!amina.browser.received().contains("internal.png"));
    }

    /// What agents see beside the conversation; R-D2, R-D3: nobody else does.
    async fn agents_see_all_files_of_a_ticket(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        let receipt = sends(&amina, ticket, "receipt.png", &pictures::png(4, 4)).await;
        let internal = nora.uploads(ticket, "internal.png", &pictures::png(4, 4)).await.unwrap();
        nora.posts_files(ticket, PostKind::Note, &[&internal]).await.unwrap();
        let path = format!("/v1/agent/tickets/{ticket}/files");
        let shared: SharedFiles = nora.browser.get(&path).await.unwrap();
        let shown: Vec<_> = shared.files.iter().map(|shared| (shared.file.id, shared.note)).collect();
        assert_eq!((shown, shared.before), (vec![(internal.id, true), (receipt.id, false)], None));
        assert_eq!(shared.files[1].author.side, Side::Requester);
        assert_eq!(amina.browser.get::<Value>(&path).await.unwrap_err().code, ErrorCode::NotSignedIn);
        assert_eq!(asks(&amina, Method::GET, &format!("/v1/tickets/{ticket}/files"), &[]).await.status, 404);
        let target = shared.files[1].n;
        nora.decides(ticket, protocol::http::TicketAction::Redact { target }).await.unwrap();
        let shared: SharedFiles = nora.browser.get(&path).await.unwrap();
        assert_eq!(shared.files.iter().map(|shared| shared.file.id).collect::<Vec<_>>(), [internal.id]);
        let refused = nora.browser.get::<Value>(&format!("{path}?before=x")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Malformed);
    }

    /// R-F5: a right that has ended ends at once, for ranges and heads too.
    async fn who_has_lost_the_right_gets_nothing_more(hub), {
        let (nora, amina, ticket) = hub.conversation().await;
        let lena = hub.agent(&nora, "Lena").await;
        let (team, file) = (hub.team(&nora, "A").await, sends(&amina, ticket, "a.txt", b"some text").await);
        assert_eq!(lena.downloads(ticket, file.id).await.status, 200);
        hub.assign(&nora, ticket, Some(team), None).await;
        let etag = nora.downloads(ticket, file.id).await.header("etag").unwrap().to_owned();
        let conditions: [&[(&str, &str)]; 3] = [&[], &[("range", "bytes=0-1")], &[("if-none-match", &etag)]];
        amina.asks("sign-out").await.unwrap_or(Value::Null);
        for (person, status) in [(&lena, 404), (&amina, 401)] {
            for headers in conditions {
                for method in [Method::GET, Method::HEAD] {
                    let answer = asks(person, method.clone(), &person.file_path(ticket, file.id), headers).await;
                    assert_eq!(answer.status.as_u16(), status, "{method} {headers:?}");
                    assert!(answer.header("etag").is_none());
                }
            }
            let refused = person.uploads(ticket, "b.txt", b"more").await.unwrap_err();
            assert_eq!(refused.status, status);
        }
    }

    /// R-F1: the limit holds with a length, without one, and with a false one.
    async fn a_file_over_its_limit_is_refused_however_long_it_says_it_is(hub) with Setup::default().config(|config| config.files.limits.bytes_max = 100_000), {
        let (_nora, amina, ticket) = hub.conversation().await;
        assert_eq!(amina.uploads(ticket, "fits.bin", &bytes(100_000)).await.unwrap().bytes, 100_000);
        let refused = amina.uploads(ticket, "large.bin", &bytes(100_001)).await.unwrap_err();
        assert_eq!((refused.code, refused.limit), (ErrorCode::TooLarge, Some(100_000)));
        // 2 GiB, told: refused before a byte has come.
        let mut told = Raw::connect(hub.site.addr).await;
        told.send(upload(hub, &amina, ticket, "Content-Length: 2147483648\r\n")).await;
        assert_eq!(Raw::status(&told.head().await), 413);
        let mut untold = Raw::connect(hub.site.addr).await;
        untold.send(upload(hub, &amina, ticket, "Transfer-Encoding: chunked\r\n")).await;
        for _ in 0..200 {
            untold.send(format!("400\r\n{}\r\n", "x".repeat(1024))).await;
        }
        assert_eq!(Raw::status(&untold.head().await), 413);
        // It says more than it sends, and hangs up.
        let mut short = Raw::connect(hub.site.addr).await;
        short.send(upload(hub, &amina, ticket, "Content-Length: 5000\r\n")).await;
        short.send("only this").await;
        drop(short);
        // It says less than it sends: what is over is another request, and none that is known.
        let mut long = Raw::connect(hub.site.addr).await;
        long.send(upload(hub, &amina, ticket, "Content-Length: 4\r\n")).await;
        long.send("four and more").await;
        let answer = long.rest().await;
        assert_eq!(Raw::status(&answer), 201);
        assert!(answer.contains("\"bytes\":4"), "{answer}");
        nothing_is_left_over(hub).await;
    }

    /// R-F1: the same key is the same file.
    async fn a_repeat_gets_the_same_file(hub), {
        let (_nora, amina, ticket) = hub.conversation().await;
        let key = new_client_id();
        let first = amina.uploads_once(key, ticket, "a.txt", b"text").await.unwrap();
        let again = amina.uploads_once(key, ticket, "a.txt", b"text").await.unwrap();
        assert_eq!(first, again);
        amina.posts_files(ticket, PostKind::Reply, &[&first]).await.unwrap();
        assert_eq!(amina.uploads_once(key, ticket, "a.txt", b"text").await.unwrap(), first, "also once it is sent");

        // While the first is under way there is nothing to answer with; once it was cut off the key is free.
        let key = new_client_id();
        let taken = async || hub.parts().store.space_taken().await.unwrap().0;
        let before = taken().await;
        let mut cut = Raw::connect(hub.site.addr).await;
        cut.send(upload_under(hub, &amina, ticket, (key, "Content-Length: 4\r\n"))).await;
        cut.send("te").await;
        wait::until("the first is under way", async || (taken().await > before).then_some(())).await;
        let refused = amina.uploads_once(key, ticket, "a.txt", b"text").await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        drop(cut);
        let file = wait::until("the key is free", async || amina.uploads_once(key, ticket, "a.txt", b"text").await.ok());
        assert_eq!(file.await.bytes, 4);
        let other = amina.browser.ask_for_bytes(Method::POST, &amina.upload_path(ticket, "a"), "x", &[]).await;
        assert_eq!(code(&other), ErrorCode::BadKey);
    }

    /// R-F8: a ticket's space, a person's day, the site's space; also when many ask at once.
    async fn what_is_too_much_is_told_with_its_limit(hub) with Setup::default().manual_clock().config(|config| {
        config.files.limits.bytes_max = 10_000;
        config.files.limits.space.ticket_max = 30_000;
        config.files.limits.space.person_day_max = 50_000;
        config.files.limits.space.site_max = 60_000;
    }), {
        let (nora, amina, ticket) = hub.conversation().await;
        let ten = bytes(10_000);
        let sent = futures_util::future::join_all((0..8).map(|_| amina.uploads(ticket, "a.bin", &ten))).await;
        let kept: Vec<_> = sent.iter().filter_map(|sent| sent.as_ref().ok()).collect();
        assert_eq!(kept.len(), 3, "exactly as many as there is room for");
        for refused in sent.iter().filter_map(|sent| sent.as_ref().err()) {
            assert_eq!((refused.code, refused.limit), (ErrorCode::QuotaReached, Some(30_000)));
        }
        amina.takes_back(ticket, kept[0].id).await.unwrap();
        wait::until("there is room again", async || amina.uploads(ticket, "b.bin", &ten).await.ok()).await;

        let (_, second) = hub.site.guest("b@example.org", "second").await;
        for _ in 0..3 {
            nora.uploads(second.id, "c.bin", &ten).await.unwrap();
        }
        let (_, third) = hub.site.guest("c@example.org", "third").await;
        let refused = nora.uploads(third.id, "d.bin", &ten).await.unwrap_err();
        assert_eq!((refused.code, refused.limit), (ErrorCode::QuotaReached, Some(60_000)), "the site is full");
        for _ in 0..3 {
            // What was taken back counts among what was sent in a day.
            let file = nora.uploads(second.id, "e.bin", b"x").await.err();
            assert!(file.is_some());
        }
        nothing_is_left_over(hub).await;
    }

    /// R-F9: what nobody sends goes after a day, and with it its room.
    async fn what_is_never_sent_goes_after_a_day(hub) with Setup::default().manual_clock().with_previews(), {
        let (_nora, amina, ticket) = hub.conversation().await;
        let unsent = amina.uploads(ticket, "unsent.png", &pictures::png(20, 20)).await.unwrap();
        assert!(unsent.preview.is_some());
        let sent = sends(&amina, ticket, "sent.png", &pictures::png(20, 20)).await;
        let sweep = async || hub::actions::files::sweeper::sweep(hub.parts()).await.unwrap();
        hub.clock().advance(DAY_MS - 60_000);
        sweep().await;
        assert_eq!(keys(hub).await, 4, "two files and their previews");
        hub.clock().advance(60_000);
        wait::until("one file and its preview are left", async || {
            sweep().await;
            (keys(hub).await == 2).then_some(())
        })
        .await;
        // The guest's login has ended by now: the row tells that the one that was sent is there.
        let files = hub.parts().store.stored_files(None).await.unwrap();
        assert_eq!(files.iter().map(|file| file.file.attachment.id).collect::<Vec<_>>(), [sent.id]);
        let space = hub.parts().store.space_taken().await.unwrap();
        assert_eq!(space.0, space.1);
    }

    /// R-F9: an erased message takes its files with it.
    async fn an_erased_message_takes_its_files_with_it(hub) with Setup::default().with_previews(), {
        let (nora, amina, ticket) = hub.conversation().await;
        let file = amina.uploads(ticket, "secret.png", &pictures::png(30, 30)).await.unwrap();
        amina.posts_files(ticket, PostKind::Reply, &[&file]).await.unwrap();
        assert_eq!(keys(hub).await, 2);
        let target = nora.history(ticket).await.last().unwrap().n;
        nora.decides(ticket, protocol::http::TicketAction::Redact { target }).await.unwrap();
        for person in [&nora, &amina] {
            let path = person.file_path(ticket, file.id);
            for path in [path.clone(), format!("{path}/preview")] {
                assert_eq!(asks(person, Method::GET, &path, &[]).await.status, 404);
            }
        }
        wait::until("the bytes are gone", async || (keys(hub).await == 0).then_some(())).await;
        assert!(!hub.database_holds("secret.png").await);
    }

    /// R-F7: a small picture, turned, and without a word of the camera's.
    async fn an_image_has_a_preview_without_what_the_camera_wrote(hub) with Setup::default().with_previews(), {
        let (nora, amina, ticket) = hub.conversation().await;
        let photograph = pictures::photograph(1_200, 800);
        assert!(photograph.windows(8).any(|part| *part == pictures::CAMERA[..8]));
        let file = sends(&amina, ticket, "photo.jpg", &photograph).await;
        let preview = file.preview.unwrap();
        // Taken on its side: what is shown stands upright.
        assert_eq!((preview.width, preview.height), (427, 640));
        let path = format!("{}/preview", nora.file_path(ticket, file.id));
        let shown = asks(&nora, Method::GET, &path, &[]).await;
        assert_eq!((shown.status.as_u16(), shown.header("content-type")), (200, Some("image/jpeg")));
        assert_eq!(shown.header("content-disposition"), Some("inline"));
        assert_eq!(shown.header("content-security-policy"), Some("sandbox; default-src 'none'; frame-ancestors 'none'"));
        assert_eq!(pictures::size(&shown.bytes), (427, 640));
        assert!(!shown.bytes.windows(4).any(|part| part == b"Exif"), "no metadata at all");
        assert!(!shown.bytes.windows(8).any(|part| *part == pictures::CAMERA[..8]));
        assert!(nora.downloads(ticket, file.id).await.bytes == photograph, "the file itself is as it was");
        let ranged = asks(&nora, Method::GET, &path, &[("range", "bytes=0-1")]).await;
        assert_eq!((ranged.status.as_u16(), &ranged.bytes[..]), (206, &b"\xFF\xD8"[..]));
    }

    /// R-F7: a bomb, and what only begins like an image, are files without a preview.
    async fn what_cannot_be_shown_small_is_a_file_all_the_same(hub) with Setup::default().with_previews(), {
        let (nora, amina, ticket) = hub.conversation().await;
        let cut_off = pictures::png(200, 200)[..500].to_vec();
        for sent in [pictures::bomb(), cut_off, b"GIF89a=1;alert(1)//".to_vec()] {
            let file = sends(&amina, ticket, "odd.png", &sent).await;
            assert_eq!(file.preview, None);
            assert_eq!(nora.downloads(ticket, file.id).await.bytes, sent);
            let path = format!("{}/preview", nora.file_path(ticket, file.id));
            assert_eq!(asks(&nora, Method::GET, &path, &[]).await.status, 404);
        }
        nothing_is_left_over(hub).await;
    }
}

/// The head of an upload.
fn upload(hub: &Hub, person: &Person, ticket: TicketId, more: &str) -> String {
    upload_under(hub, person, ticket, (new_client_id(), more))
}

/// The same under a key of the caller's.
fn upload_under(hub: &Hub, person: &Person, ticket: TicketId, (key, more): (ClientId, &str)) -> String {
    let (host, origin) = (hub.site.origin.replace("http://", ""), &hub.site.origin);
    let (path, cookie) = (person.upload_path(ticket, "raw.bin"), person.browser.cookie().unwrap());
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\nIdempotency-Key: {key}\r\n\
         Connection: close\r\n{more}\r\n"
    )
}

/// How many keys something is kept under.
pub(super) async fn keys(hub: &Hub) -> usize {
    use futures_util::StreamExt;
    hub.parts().files.kept(hub.parts().store.site().id).map(Result::unwrap).count().await
}

/// Every byte has its row, every row its bytes, and the count is theirs.
pub(super) async fn nothing_is_left_over(hub: &Hub) {
    let parts = hub.parts();
    wait::until("what failed is removed", async || {
        let found = hub::actions::files::verify::verify(&parts.store, &parts.files).await.unwrap();
        let under_way = parts.store.leftovers(None).await.unwrap().len();
        (found.is_well() && under_way == 0).then_some(())
    })
    .await;
}
