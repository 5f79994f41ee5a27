//! Every limit of the hub, with its unit and its reason. Nothing else in the code is a bare number.

// ---- Text ----

/// A message or note. What a person types in one go; longer things are files.
pub const TEXT_CHARS_MAX: usize = 8_000;
/// The same in bytes: a frame stays under 16 KiB, so that a connection's write buffer never grows
/// for good (tungstenite's out buffer does not shrink).
pub const TEXT_BYTES_MAX: usize = 12 * 1024;
pub const SUBJECT_CHARS_MAX: usize = 160;
pub const DETAIL_CHARS_MAX: usize = 200;
pub const DETAILS_MAX: usize = 12;
pub const NAME_CHARS_MAX: usize = 80;
pub const TEAM_NAME_CHARS_MAX: usize = 60;
/// RFC 5321 4.5.3.1: a path holds 256 octets with its angle brackets.
pub const EMAIL_BYTES_MAX: usize = 254;
/// The last line of a conversation in a list.
pub const LINE_CHARS_MAX: usize = 140;
pub const ATTACHMENTS_MAX: usize = 10;

// ---- Passwords (OWASP ASVS 5.0, 6.2) ----

pub const PASSWORD_CHARS_MIN: usize = 8;
/// Long enough for any passphrase; a bound because hashing reads it all.
pub const PASSWORD_CHARS_MAX: usize = 256;

// ---- Codes (decisions.md 14) ----

pub const CODE_DIGITS: usize = 8;
pub const CODE_LIFE_MS: i64 = 10 * 60 * 1000;
pub const CODE_TRIES_MAX: i64 = 5;
pub const CODES_PER_15_MIN_MAX: i64 = 3;
pub const CODES_PER_DAY_MAX: i64 = 8;
pub const CODES_PER_NETWORK_HOUR_MAX: i64 = 30;
/// Every code of an hour, with all its tries, twice over: beyond it nobody is typing.
pub const CODE_TRIES_PER_NETWORK_HOUR_MAX: i64 = 2 * CODES_PER_NETWORK_HOUR_MAX * CODE_TRIES_MAX;

// ---- Logins (decisions.md 15) ----

pub const VISITOR_IDLE_MS: i64 = 24 * HOUR_MS;
pub const VISITOR_LIFE_MS: i64 = 14 * DAY_MS;
pub const AGENT_IDLE_MS: i64 = 12 * HOUR_MS;
pub const AGENT_LIFE_MS: i64 = 30 * DAY_MS;
/// `last_seen_at` is written at most this often per login, to spare the disk.
pub const LOGIN_TOUCH_MS: i64 = 60 * 1000;
/// Failed passwords per account; it ends by itself (R-B7). Per network: config/default.toml.
pub const PASSWORD_FAILS_PER_ACCOUNT_15_MIN_MAX: i64 = 10;
pub const FIRST_ADMIN_LINK_LIFE_MS: i64 = 7 * DAY_MS;
pub const INVITE_LINK_LIFE_MS: i64 = 72 * HOUR_MS;
pub const RESET_LINK_LIFE_MS: i64 = 2 * HOUR_MS;
pub const REALTIME_TOKEN_LIFE_MS: i64 = 30 * 1000;

// ---- Tickets ----

/// Browsers that become known, for each ticket that may be opened: nobody fills the disk with rows.
pub const NEW_LOGINS_PER_NEW_TICKET_MAX: i64 = 10;
/// One's own text may be corrected for this long.
pub const EDIT_MS: i64 = 15 * 60 * 1000;
/// "The open ticket on the same matter" looks back this far.
pub const SAME_MATTER_MS: i64 = 30 * DAY_MS;
pub const FIRST_TICKET_NUMBER: i64 = 10_001;

// ---- Pages of lists ----

pub const ROWS_DEFAULT: u64 = 50;
pub const ROWS_MAX: u64 = 100;
/// Events of a snapshot's page, and of one read while catching up.
pub const EVENTS_PAGE: u64 = 100;
pub const EVENTS_MAX: u64 = 500;
/// A cursor further behind than this gets `reset`: the snapshot is cheaper.
pub const EVENTS_BEHIND_MAX: i64 = 5_000;

// ---- Writing ----

/// Items of one commit (performance.md: gains end at some hundred).
pub const BATCH_MAX: usize = 256;
/// Items that wait for the writer; one more is refused with `unavailable`.
pub const WRITE_QUEUE_MAX: usize = 4_096;
/// How long a caller waits for its commit before it is told `unavailable` (R-K10: 5 s).
pub const WRITE_WAIT_MS: u64 = 5_000;

// ---- Sockets ----

pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// First `hello` after the upgrade.
pub const HELLO_WAIT_MS: u64 = 5_000;
pub const HEARTBEAT_MS: u64 = 25_000;
pub const PONG_WAIT_MS: u64 = 10_000;
pub const WRITE_BLOCKED_MAX_MS: u64 = 10_000;
/// What waits for one connection's socket; more is refilled from the database.
pub const OUTBOX_BYTES_MAX: usize = 256 * 1024;
pub const FEEDS_PER_CONNECTION_MAX: usize = 100;
pub const CONNECTIONS_PER_LOGIN_MAX: usize = 10;
pub const CONNECTIONS_PER_PERSON_MAX: usize = 20;
pub const CONNECTIONS_PER_NETWORK_MAX: usize = 100;
/// The machine's `ulimit -n` is often 20,000; this leaves room for files and the database.
pub const CONNECTIONS_MAX: usize = 19_000;
/// Frames a page may send: a burst, then this many per second.
pub const FRAMES_BURST: u32 = 60;
pub const FRAMES_PER_S: u32 = 20;
/// Typing, read, delivered and attend have a bucket of their own: they are dropped, not refused.
pub const SIGNALS_BURST: u32 = 30;
pub const SIGNALS_PER_S: u32 = 10;
pub const POSITION_CHECK_MS: u64 = 20_000;
pub const ATTENTION_LEASE_MS: i64 = 45_000;
pub const TYPING_MS: i64 = 6_000;
/// Shown as offline this long after the last session went.
pub const OFFLINE_AFTER_MS: u64 = 30_000;
/// From SIGTERM to the end of the process.
pub const DRAIN_MS: u64 = 10_000;

// ---- HTTP (R-E10) ----

pub const HEADER_READ_MS: u64 = 10_000;
pub const KEEP_ALIVE_IDLE_MS: u64 = 75_000;
pub const BODY_READ_MS: u64 = 15_000;
/// A reader that takes nothing of an answer for this long has gone.
pub const ANSWER_BLOCKED_MAX_MS: u64 = 30_000;
/// A request's line and headers. Ours need under 2 KiB.
pub const HEADER_BYTES_MAX: usize = 32 * 1024;
/// A request's path and query.
pub const URI_BYTES_MAX: usize = 4 * 1024;
pub const BODY_BYTES_MAX: usize = 64 * 1024;
pub const LONG_POLL_MAX_S: u64 = 25;

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
