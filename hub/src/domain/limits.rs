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
/// A page of a ticket's files; more than one message can have.
pub const SHARED_FILES_MAX: i64 = 50;
/// Colleagues whom one note calls.
pub const MENTIONS_MAX: usize = 10;

/// Drafts of one agent: more conversations than anybody has in hand.
pub const DRAFTS_MAX: i64 = 200;
/// States that a message's draft may stand in when it is sent: the last one the hub took, and one on its way.
pub const DRAFT_STATES_MAX: usize = 2;
/// A draft that nobody goes on with.
pub const DRAFT_LIFE_MS: i64 = 90 * DAY_MS;
/// That one was sent is remembered longer than any request is on its way.
pub const DRAFT_END_LIFE_MS: i64 = DAY_MS;

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

// ---- Secure links and their codes (decisions.md 13 and 14, R-A9) ----

/// Between two codes for a ticket's address.
pub const LINK_CODE_GAP_MS: i64 = 60 * 1000;
/// Wrong codes for a ticket's address, per day; it ends by itself, or by an agent.
pub const LINK_CODE_FAILS_PER_DAY_MAX: i64 = 20;
/// Wrong codes in the whole hub, per hour. One guess in 10^8 is right: 48,000 a day find some code once
/// in 2,000 days. Beyond it codes wait (429) rather than ask for proof-of-work, which phones pay dearly
/// and botnets cheaply; browsers that entered a code for the ticket before go on.
pub const CODE_FAILS_PER_HUB_HOUR_MAX: i64 = 2_000;
/// "I lost my link": mails of its own budget, per address as codes, per domain and hub per hour.
pub const LOST_PER_NETWORK_HOUR_MAX: i64 = 10;
pub const LOST_PER_DOMAIN_HOUR_MAX: i64 = 200;
pub const LOST_PER_HUB_HOUR_MAX: i64 = 1_000;
/// Repeats within this time are one mail.
pub const LOST_REPEAT_MS: i64 = 10 * 60 * 1000;
/// A look at a link is written down at most this often.
pub const LINK_SEEN_MS: i64 = 60 * 1000;

// ---- Logins (decisions.md 15) ----

pub const VISITOR_IDLE_MS: i64 = 24 * HOUR_MS;
pub const VISITOR_LIFE_MS: i64 = 14 * DAY_MS;
/// "Trust this device": idle or not.
pub const VISITOR_TRUSTED_MS: i64 = 30 * DAY_MS;
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
pub const TAG_CHARS_MAX: usize = 32;
pub const TAGS_PER_TICKET_MAX: usize = 10;
/// Beyond it a ticket is not put aside but forgotten.
pub const SNOOZE_MS_MAX: i64 = 366 * DAY_MS;
/// Tickets whose time has come are looked for at least this often; a nearer time is waited for exactly.
pub const WAKE_LOOK_MS: u64 = 5_000;
/// Of one look, so that people's own writes never wait behind it.
pub const WAKE_AT_ONCE_MAX: u64 = 64;

// ---- The audit ----

/// How long an act may stand outside the chain while the hub runs.
pub const AUDIT_CHAIN_LOOK_MS: u64 = 15_000;
/// Chained in one transaction, so that people's own writes never wait behind it; read at once where all are checked.
pub const AUDIT_ROWS_AT_ONCE_MAX: u64 = 500;
/// A row whose time is so much before that of the row chained before it was put in later, or a clock was wrong.
pub const AUDIT_LATE_MS: i64 = DAY_MS;

// ---- Pages of lists ----

pub const ROWS_DEFAULT: u64 = 50;
pub const ROWS_MAX: u64 = 100;
/// Saved views of one agent, and of the site: what a navigation can show, and one statement count.
pub const SAVED_VIEWS_MAX: i64 = 20;
pub const VIEW_NAME_CHARS_MAX: usize = 60;
/// Choices of one filter of a view.
pub const VIEW_CHOICES_MAX: usize = 20;
/// A year, in minutes.
pub const VIEW_WAITING_MIN_MAX: u32 = 366 * 24 * 60;
/// Macros of one agent, and of the site: together what one list holds.
pub const MACROS_MAX: i64 = 50;
pub const MACRO_NAME_CHARS_MAX: usize = 60;
/// Half of a message: what variables bring needs room too.
pub const MACRO_TEXT_CHARS_MAX: usize = TEXT_CHARS_MAX / 2;
/// What a variable says where there is nothing to say: a few words.
pub const FALLBACK_CHARS_MAX: usize = 60;
/// Acts of one request: one for each ticket that a page of a list holds.
pub const ACTS_MAX: usize = 100;
/// Events of a snapshot's page, and of one read while catching up.
pub const EVENTS_PAGE: u64 = 100;
pub const EVENTS_MAX: u64 = 500;
/// A cursor further behind than this gets `reset`: the snapshot is cheaper.
pub const EVENTS_BEHIND_MAX: i64 = 5_000;

// ---- Search ----

/// What somebody types into a search: a long sentence.
pub const SEARCH_CHARS_MAX: usize = 200;
/// The longest word that is told apart; longer ones are keys and addresses of pages, and their beginning
/// finds them. Postgres takes no word of 2 KB.
pub const SEARCH_WORD_CHARS_MAX: usize = 64;
/// Found texts that one request looks at: of a common word most may be out of the agent's reach. A page
/// ends there, and the next one goes on.
pub const SEARCH_LOOKED_AT_MAX: i64 = 5_000;
/// Two lines of a result.
pub const EXCERPT_CHARS_MAX: usize = 160;
pub const EXCERPT_BEFORE_CHARS: usize = 40;

// ---- Writing ----

/// Items of one commit (performance.md: gains end at some hundred).
pub const BATCH_MAX: usize = 256;
/// Items that wait for the writer; one more is refused with `unavailable`.
pub const WRITE_QUEUE_MAX: usize = 4_096;
/// What workers of the outbox write in one commit; as many may wait for the next one. More than there are workers.
pub const OUTBOX_GROUP_MAX: usize = 64;
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
/// Sockets for which the database is asked at the same time who comes, and as many that join their feeds: both
/// together as many as it has connections for reading. So everybody else waits there behind eight quick
/// statements, and not behind thousands, when a crowd comes all at once.
pub const HANDSHAKES_AT_ONCE_MAX: usize = 4;
/// How long each of the two waits for its turn. A page waits 10 s for its `welcome`: one that would be answered
/// later costs work for nothing, and is told to come again.
pub const HANDSHAKE_WAIT_MS: u64 = 5_000;
/// Frames a page may send: a burst, then this many per second.
pub const FRAMES_BURST: u32 = 60;
pub const FRAMES_PER_S: u32 = 20;
/// Typing, read, delivered and attend have a bucket of their own: they are dropped, not refused.
pub const SIGNALS_BURST: u32 = 30;
pub const SIGNALS_PER_S: u32 = 10;
pub const POSITION_CHECK_MS: u64 = 20_000;
/// Tickets of one page of what a check reads for lists. It reads the ones that changed last whatever their times
/// say, and further pages back to the check before.
pub const ROWS_CHECKED: usize = 1_000;
/// How much further back a check looks than the one before began: what other nodes write bears the times of their
/// clocks, and is seen once it is committed. At five changes a second that is a page and a half, each second while
/// the bus is away.
pub const CLOCKS_APART_MS: i64 = 5 * 60 * 1_000;
pub const ATTENTION_LEASE_MS: i64 = 45_000;
/// Shown as offline this long after the last session went.
pub const OFFLINE_AFTER_MS: u64 = 30_000;
/// From SIGTERM to the end of the last request and the last socket.
pub const DRAIN_MS: u64 = 10_000;
/// What live delivery still reads when all sockets have gone is not waited for any longer.
pub const DELIVERY_END_MS: u64 = 1_000;
/// By when pages are to have moved; whoever is left is closed then. Each chooses a moment of the first half.
pub const MOVE_MS: u64 = DRAIN_MS * 3 / 4;
/// The same for a page that is greeted while the node goes away already.
pub const MOVE_LATE_MS: u64 = DRAIN_MS / 4;

// ---- HTTP (R-E10) ----

pub const HEADER_READ_MS: u64 = 10_000;
pub const KEEP_ALIVE_IDLE_MS: u64 = 75_000;
pub const BODY_READ_MS: u64 = 15_000;
/// A reader that takes nothing of an answer for this long has gone.
pub const ANSWER_BLOCKED_MAX_MS: u64 = 30_000;
/// What the kernel takes for a peer beyond what is on its way. Else it grows with the line, to megabytes, and a
/// slow reader would cost them twice: there is the queue already.
pub const UNSENT_BYTES_MAX: u32 = 64 * 1024;
/// A request's line and headers. Ours need under 2 KiB.
pub const HEADER_BYTES_MAX: usize = 32 * 1024;
/// A request's path and query.
pub const URI_BYTES_MAX: usize = 4 * 1024;
pub const BODY_BYTES_MAX: usize = 64 * 1024;
pub const LONG_POLL_MAX_S: u64 = 25;

// ---- Files (R-F1 to R-F9). How large and how many an operator sets: config/default.toml. ----

/// What file systems take for a name.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// A sender that is silent for this long has gone.
pub const UPLOAD_STALLED_MAX_MS: u64 = 30_000;
/// The slowest line that still gets a file up, on average: a telephone's with bad reception. 25 MiB take
/// it an hour and three quarters.
pub const UPLOAD_BYTES_PER_S_MIN: u64 = 4 * 1024;
/// Before the average is looked at.
pub const UPLOAD_GRACE_MS: u64 = 30_000;
/// What still comes of a file that was refused is taken and thrown away for a while: a browser that is
/// writing does not hear a refusal until it has written.
pub const UPLOAD_DRAIN_MS: u64 = 5_000;
pub const UPLOAD_DRAIN_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Files that arrive at the same time. Each holds a part of S3's size in memory: 16 times 5 MiB.
pub const UPLOADS_MAX: usize = 16;
pub const UPLOADS_PER_PERSON_MAX: usize = 4;
/// What is too much waits for its turn, this long.
pub const UPLOAD_TURN_WAIT_MS: u64 = 30_000;
/// What an upload that is not renewed is given up after: its node has died. Until then its key is taken, and
/// a page that sends the file again waits.
pub const UPLOAD_LEASE_MS: i64 = 30_000;
pub const UPLOAD_LEASE_RENEW_MS: u64 = 10_000;
/// Uploads that no message names.
pub const UNBOUND_LIFE_MS: i64 = DAY_MS;
/// How long an upload counts among its person's, whatever became of it.
pub const UPLOADS_COUNTED_MS: i64 = DAY_MS;
/// Bytes that no row knows are kept this long, and as long after a restore: a clock may be wrong, a backup may be
/// on its way back.
pub const ORPHAN_LIFE_MS: i64 = DAY_MS;
pub const SWEEP_EVERY_MS: u64 = 5 * 60 * 1000;
pub const ORPHANS_EVERY_MS: i64 = DAY_MS;
/// Rows of one step of the sweeper.
pub const SWEPT_AT_ONCE_MAX: i64 = 200;
/// Of one read from disk, and of one part of an answer.
pub const FILE_CHUNK_BYTES: usize = 64 * 1024;
/// The smallest part that S3 takes.
pub const S3_PART_BYTES: usize = 5 * 1024 * 1024;
pub const S3_CONNECT_MS: u64 = 5_000;
/// Without a byte of an answer.
pub const S3_SILENT_MAX_MS: u64 = 15_000;
/// One call with its repeats. A person waits for it.
pub const S3_CALL_MS: u64 = 30_000;
pub const S3_REPEATS_MAX: usize = 2;

// ---- Checks, backups, moves: the command line ----

/// Places of one invariant that are named; of the rest the number is told.
pub const EXAMPLES_MAX: usize = 5;
/// Tickets of one statement, with their whole logs.
pub const TICKETS_CHECKED_AT_ONCE: i64 = 200;
/// Texts of one statement: with the longest there may be, some megabytes.
pub const TEXTS_CHECKED_AT_ONCE: i64 = 500;
/// Leases last for minutes, and a clock may be wrong by a day: one that ends later was not given by a hub.
pub const LEASE_FAR_MS: i64 = 2 * DAY_MS;
/// A setting may have a mail wait for 2^32 seconds, for ever as it were: one that waits for longer was not queued by a
/// hub.
pub const DUE_FAR_MS: i64 = 1_000 << 32;
/// Rows of one page and one commit; with the longest texts, some megabytes.
pub const ROWS_MOVED_AT_ONCE: i64 = 500;
/// A row with the longest text there may be is a hundredth of it.
pub const PART_LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Files that are asked for at the same time: S3 is far away, and a disk has a queue.
pub const FILES_AT_ONCE_MAX: usize = 8;

// ---- Previews (R-F7) ----

pub const PREVIEW_SIDE_MAX: u32 = 640;
pub const PREVIEW_PIXELS_MAX: u64 = 40_000_000;
/// What the decoder may allocate.
pub const PREVIEW_ALLOC_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The worker's whole address space: the wall behind the decoder's own limit. Most of it is reserved and
/// never touched: the program, stacks, the allocator's arenas.
pub const PREVIEW_WORKER_BYTES_MAX: u64 = 1024 * 1024 * 1024;
pub const PREVIEW_WORKER_CPU_S: u64 = 10;
pub const PREVIEW_WAIT_MS: u64 = 15_000;
pub const PREVIEWS_AT_ONCE_MAX: usize = 2;
/// A picture of 640 x 640 that nothing compresses.
pub const PREVIEW_BYTES_MAX: usize = 2 * 1024 * 1024;

// ---- Mails (alerts.md 3) ----

/// The sender's name in a header: a longer one would make a line over 998 bytes, which no server takes.
pub const BRAND_CHARS_MAX: usize = 60;
pub const BROWSER_CHARS_MAX: usize = 60;
/// What a worker of the outbox takes at once. Few: what is claimed waits behind what goes out.
pub const MAILS_PER_CLAIM_MAX: u64 = 8;
/// Steps from a merged ticket to the one that lives on; people merge two or three.
pub const MERGE_STEPS_MAX: i64 = 10;
/// Tickets of one "your links again" mail; with them it stays under 10 KB.
pub const LINKS_PER_MAIL_MAX: usize = 10;
/// Tickets that an agents' digest names; of the rest it gives the count.
pub const NUMBERS_PER_MAIL_MAX: usize = 50;
/// Connecting and the TLS handshake, each.
pub const SMTP_CONNECT_MS: u64 = 10_000;
pub const SMTP_COMMAND_MS: u64 = 30_000;
/// From the first byte of the message to the server's answer. RFC 5321 asks ten minutes of mail servers;
/// we have the mail still, so a try that got no answer is repeated under the same Message-ID.
pub const SMTP_DATA_MS: u64 = 120_000;
/// A polite end is not worth more.
pub const SMTP_QUIT_MS: u64 = 2_000;
pub const SMTP_IDLE_MS: i64 = 60_000;
pub const SMTP_MAILS_PER_CONNECTION_MAX: u32 = 100;
/// RFC 5321 4.5.3.1.5: 512 bytes a line; some write more.
pub const SMTP_ANSWER_LINE_BYTES_MAX: usize = 4_096;
/// What is kept and logged of a server's answer.
pub const SMTP_ANSWER_CHARS_MAX: usize = 200;

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
