//! Frames that no page sends: each has its documented answer and harms nobody else (invariant 22).

use protocol::ErrorCode;
use protocol::frame::ClientFrame;
use serde_json::Value;
use tests::people::Person;
use tests::socket::{Door, Socket, connect, refused_with};
use tests::{Page, Setup};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

const NOBODYS: &str = "019aa000-0000-7000-8000-000000000000";

on_sqlite! {
    /// R-E8; decisions.md 19: refused, without a close.
    async fn a_frame_that_is_not_understood_is_refused_and_the_socket_goes_on(hub), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let own = ticket.to_string();
        let send = |change: &str| {
            format!(r#"{{"type":"send","ticket":"{own}","client_id":"{NOBODYS}","kind":"reply","text":"x"{change}}}"#)
        };
        let cases: Vec<(String, ErrorCode, Option<&str>)> = vec![
            ("hello".into(), ErrorCode::Malformed, None),
            ("{".into(), ErrorCode::Malformed, None),
            ("[]".into(), ErrorCode::Malformed, None),
            ("null".into(), ErrorCode::Malformed, None),
            ("7".into(), ErrorCode::Malformed, None),
            ("[".repeat(2_000), ErrorCode::Malformed, None),
            ("{}".into(), ErrorCode::Required, Some("type")),
            (r#"{"type":"explode"}"#.into(), ErrorCode::UnknownType, Some("type")),
            (r#"{"type":"event","ticket":"x"}"#.into(), ErrorCode::UnknownType, Some("type")),
            (r#"{"type":7}"#.into(), ErrorCode::Malformed, None),
            (r#"{"type":"hello","feeds":[]}"#.into(), ErrorCode::BadValue, Some("type")),
            (send(r#","role":"admin""#), ErrorCode::UnknownField, Some("role")),
            (send(r#","n":1"#), ErrorCode::UnknownField, Some("n")),
            (send("").replace(r#""reply""#, r#""shout""#), ErrorCode::BadValue, Some("kind")),
            (send("").replace(r#","text":"x""#, ""), ErrorCode::Required, Some("text")),
            (send("").replace(r#""text":"x""#, r#""text":{}"#), ErrorCode::Malformed, None),
            (send("").replace(&own, "12345"), ErrorCode::Malformed, None),
            (send("").replace(&own, NOBODYS), ErrorCode::NotFound, None),
            (send("").replace(r#""reply""#, r#""note""#), ErrorCode::Forbidden, None),
            (send("").replace(r#""reply""#, r#""ask""#), ErrorCode::Forbidden, None),
            (format!(r#"{{"type":"read","ticket":"{NOBODYS}","n":1}}"#), ErrorCode::NotFound, None),
            (format!(r#"{{"type":"attend","ticket":"{NOBODYS}"}}"#), ErrorCode::NotFound, Some("ticket")),
        ];
        let before = amina.history(ticket).await;
        for (frame, code, field) in cases {
            let mut window = amina.other_window();
            let socket = window.connects().await;
            socket.say_raw(Message::text(frame.clone())).await;
            let refused = socket.wait(&frame, |page| page.refused.first().cloned()).await;
            assert_eq!(refused.code, code, "{frame}");
            if field.is_some() {
                assert_eq!(refused.field.as_deref(), field, "{frame}");
            }
            assert!(!refused.message.is_empty(), "{frame}");
            socket.settle().await;
        }
        assert_eq!(amina.history(ticket).await, before, "nothing was changed");
        still_talk(&mut nora, &mut amina, ticket).await;
    }

    /// R-E3, and the table of closes in docs/PROTOCOL.md.
    async fn a_frame_that_breaks_the_protocol_closes_with_its_code(hub), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        let raw = |opcode, payload: &'static [u8]| Message::Frame(Frame::message(payload, OpCode::Data(opcode), true));
        let cases = [
            (Message::binary(b"{}".to_vec()), 4502),
            (Message::text("x".repeat(64 * 1024 + 1)), 1009),
            (raw(Data::Text, b"\xff\xfe"), 1007),
            (raw(Data::Reserved(3), b"x"), 1002),
            (raw(Data::Continue, b"x"), 1002),
        ];
        for (message, code) in cases {
            let mut window = amina.other_window();
            let socket = window.connects().await;
            socket.say_raw(message.clone()).await;
            assert_eq!(socket.is_closed().await, code, "{:.60}", format!("{message:?}"));
        }
        still_talk(&mut nora, &mut amina, ticket).await;
    }

    /// R-E2: nobody stays without saying who they are.
    async fn a_socket_that_does_not_greet_properly_is_closed(hub), {
        let (_nora, amina, _ticket) = hub.conversation().await;
        for (first, code) in [
            (Message::text("hello"), 4502),
            (Message::text(r#"{"type":"subscribe","feeds":[]}"#), 4502),
            (Message::binary(vec![1, 2, 3]), 4502),
            (Message::text(r#"{"type":"hello","feeds":[],"admin":true}"#), 4502),
            (Message::text(r#"{"type":"hello","token":"guessed","feeds":[]}"#), 4500),
        ] {
            let mut socket = Socket::upgraded(amina.door(), Page::default()).await;
            socket.say_raw(first.clone()).await;
            assert_eq!(socket.is_closed().await, code, "{first:?}");
        }
        // Neither a cookie nor a token.
        let mut socket = Socket::upgraded(Door { cookie: None, ..amina.door() }, Page::default()).await;
        socket.hello().await;
        assert_eq!(socket.is_closed().await, 4401);
        let mut door = amina.door();
        door.cookie = door.cookie.map(|cookie| format!("{cookie}x"));
        let mut socket = Socket::upgraded(door, Page::default()).await;
        socket.hello().await;
        assert_eq!(socket.is_closed().await, 4401);
    }

    async fn a_socket_that_says_nothing_is_closed_after_five_seconds(hub) with Setup::default().manual_clock(), {
        let (_nora, amina, _ticket) = hub.conversation().await;
        let mut socket = Socket::upgraded(amina.door(), Page::default()).await;
        let passed_ms = hub.advances_until("the silent socket's end", async || socket.has_ended().await).await;
        assert!(passed_ms >= 5_000, "not before its time: {passed_ms}");
        assert_eq!(socket.is_closed().await, 4502);
    }

    /// The token of a client without a cookie works once (R-E2).
    async fn a_realtime_token_opens_one_socket(hub) with Setup::default().manual_clock(), {
        let (_nora, amina, ticket) = hub.conversation().await;
        let door = Door { cookie: None, ..amina.door() };
        let token = amina.asks("realtime/token").await.unwrap()["token"].as_str().unwrap().to_owned();
        let hello = |token: &str| ClientFrame::Hello { token: Some(token.to_owned()), epoch: None, locale: None, feeds: vec![] };
        let mut socket = Socket::upgraded(door.clone(), Page::default()).await;
        socket.say(hello(&token)).await;
        socket.wait("welcome", |page| page.epoch).await;
        socket.subscribe(ticket, 0).await;
        let mut again = Socket::upgraded(door.clone(), Page::default()).await;
        again.say(hello(&token)).await;
        assert_eq!(again.is_closed().await, 4500, "once");
        let late = amina.asks("realtime/token").await.unwrap()["token"].as_str().unwrap().to_owned();
        hub.clock().advance(30_001);
        let mut socket = Socket::upgraded(door, Page::default()).await;
        socket.say(hello(&late)).await;
        assert_eq!(socket.is_closed().await, 4500, "within 30 s");
    }

    /// R-E4: after one warning; nobody else notices.
    async fn a_flood_of_frames_is_warned_of_and_then_closed(hub) with Setup::default().manual_clock(), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        for flood in ["garbage", "pings", "refresh"] {
            let mut window = amina.other_window();
            let socket = window.connects().await;
            for _ in 0..400 {
                let message = match flood {
                    "garbage" => Message::text("{}"),
                    "pings" => Message::Ping(Vec::new().into()),
                    _ => Message::text(r#"{"type":"refresh"}"#),
                };
                socket.say_raw(message).await;
            }
            assert_eq!(socket.is_closed().await, 1008, "{flood}");
            if flood != "pings" {
                let warned = |refused: &tests::page::Refused| refused.code == ErrorCode::TooManyRequests;
                assert!(socket.page.refused.iter().any(warned), "{flood}: warned first");
            }
        }
        still_talk(&mut nora, &mut amina, ticket).await;
    }

    /// Typing and marks are dropped when there are too many; that closes nothing.
    async fn too_much_typing_is_dropped(hub), {
        let (mut nora, mut amina, ticket) = hub.conversation().await;
        for _ in 0..60 {
            amina.types(ticket).await;
        }
        still_talk(&mut nora, &mut amina, ticket).await;
        assert!(nora.socket().page.typing.len() <= 31, "{}", nora.socket().page.typing.len());
    }

    /// R-E5: one too many is told before the upgrade; a place that is left is free again.
    async fn a_login_has_ten_sockets_and_not_eleven(hub), {
        let (_nora, mut amina, _ticket) = hub.conversation().await;
        amina.leaves();
        tests::wait::until("one connection, the agent's", async || (hub.connections() == 1).then_some(())).await;
        let mut open = Vec::new();
        for _ in 0..10 {
            open.push(connect(&amina.door(), &[]).await.unwrap());
        }
        assert_eq!(refused_with(&amina.door(), &[]).await, 429);
        open.pop();
        tests::wait::until("a free place", async || connect(&amina.door(), &[]).await.ok()).await;
    }

    /// R-E1, M-5: an exact Origin, always.
    async fn a_handshake_from_elsewhere_is_refused(hub), {
        let (_nora, amina, _ticket) = hub.conversation().await;
        let origin = &hub.site.origin;
        for other in [
            "".to_owned(),
            "null".to_owned(),
            "http://evil.test".to_owned(),
            format!("{origin}.evil.test"),
            format!("{origin}/"),
            origin.replace("http:", "https:"),
            origin.replace("localhost", "127.0.0.1"),
            "http://localhost".to_owned(),
        ] {
            assert_eq!(refused_with(&amina.door(), &[("origin", &other)]).await, 403, "{other:?}");
        }
        assert_eq!(refused_with(&amina.door(), &[("host", "evil.test")]).await, 421);
    }

    /// R-E3: no compression.
    async fn no_extension_is_ever_agreed_on(hub), {
        let (_nora, amina, _ticket) = hub.conversation().await;
        let offer = [("sec-websocket-extensions", "permessage-deflate; client_max_window_bits")];
        // The client fails when the hub agrees to something it cannot do.
        connect(&amina.door(), &offer).await.unwrap();
    }
}

async fn still_talk(nora: &mut Person, amina: &mut Person, ticket: protocol::TicketId) {
    nora.posts(ticket, "Are you still there?").await;
    amina.sees(ticket, "Are you still there?").await;
    let _: Value = amina.ticket(ticket).await.unwrap();
}
