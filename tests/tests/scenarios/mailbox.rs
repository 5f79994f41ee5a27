//! The local mailbox: what is shown, and that a mail in its frame can do nothing.

use protocol::http::LocalMail;
use reqwest::Method;

on_sqlite! {
    /// Decisions 30: the mail's own policy, and a frame on that page alone.
    async fn a_mail_is_shown_in_a_sandbox_of_its_own(hub), {
        let customer = hub.site.customer("amina@example.org").await;
        let mails: Vec<LocalMail> = customer.browser.get("/dev/mailbox/messages").await.unwrap();
        let mail = mails.last().unwrap();
        assert_eq!((&*mail.to, &*mail.subject), ("amina@example.org", "Your access code"));
        assert_eq!(mail.from, "security@localhost");
        assert!(mail.headers.contains("Auto-Submitted: auto-generated\n"), "{}", mail.headers);

        let get = async |path: &str| customer.browser.ask(Method::GET, path, None, &[]).await;
        let answer = get(&format!("/dev/mailbox/messages/{}/html", mail.id)).await;
        assert!(answer.body.contains("<h1"), "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("sandbox allow-popups") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin"), "{policy}");
        assert!(policy.contains("frame-ancestors 'self'"), "{policy}");
        assert_eq!(answer.header("x-frame-options"), Some("SAMEORIGIN"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));

        for (path, has_frame) in [("/dev/mailbox", true), ("/", false), ("/agent", false)] {
            let policy = get(path).await.header("content-security-policy").unwrap().to_owned();
            assert_eq!(policy.contains("frame-src 'self'"), has_frame, "{path}: {policy}");
        }
        let missing = get("/dev/mailbox/messages/00000000-0000-7000-8000-000000000000/html").await;
        assert_eq!(missing.problem().code, protocol::ErrorCode::NotFound);
    }
}
