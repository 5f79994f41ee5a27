//! When somebody who is away is told of what they have not seen: the state of one recipient in one
//! ticket, as a pure state machine (alerts.md 1.3).
//!
//! It is level-triggered: the row says up to where the recipient is wanted and up to where they have
//! read, and everything else follows. Presence comes in as a fact that may only postpone. A *spell*
//! runs from the first unread message that is worth an alert until reading has caught up.

use protocol::Millis;

use super::alert::Hold;

/// What the recipient is wanted for; it chooses the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Somebody wrote.
    Reply,
    /// A reply from the recipient is needed (M5).
    Asked,
    /// The ticket was solved (M4).
    Solved,
    /// The ticket was opened again.
    Reopened,
    /// A note mentions this agent.
    Mentioned,
}

impl Wanted {
    /// Of two things that one mail tells, the one it is written for. A question stays one until it
    /// is read, whatever is written after it, and so does a mention; a newer state of the ticket replaces an
    /// older one.
    pub fn and_then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Asked, Self::Reply | Self::Reopened) => Self::Asked,
            (Self::Mentioned, _) => Self::Mentioned,
            (_, next) => next,
        }
    }
}

/// How soon, and how often, one kind of recipient is mailed (alerts.md 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// A mail waits until nothing has been written for this long …
    pub quiet_ms: i64,
    /// … but no longer than this after the first unread message.
    pub cap_ms: i64,
    /// The wait before a second mail in the same spell; doubled for each further one …
    pub repeat_ms: i64,
    /// … up to this.
    pub repeat_max_ms: i64,
    /// A recipient who attends the ticket puts the mail off for at most this long into the spell.
    pub attended_max_ms: i64,
}

/// How often an attended row is looked at again.
pub const ATTENDED_LOOK_MS: i64 = 30 * 1000;

/// What one recipient has not seen of one ticket. Numbers are in the recipient's own numbering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    pub wanted: i64,
    pub kind: Wanted,
    pub read: i64,
    /// Up to where a mail was queued.
    pub mailed: i64,
    pub first_unread_at: Option<Millis>,
    pub last_wanted_at: Option<Millis>,
    pub mail_due: Option<Millis>,
    /// Mails of this spell.
    pub mail_n: i64,
    pub mail_allowed_at: Millis,
    pub hold: Option<Hold>,
}

/// What else is known when a mail is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The recipient has this ticket open, focused and in use, in some browser.
    pub attends: bool,
    /// Why the recipient is not to be mailed.
    pub hold: Option<Hold>,
}

/// What becomes of a row whose mail is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is unread, or what is unread was mailed: no mail.
    Calm,
    Wait {
        until: Millis,
    },
    Hold(Hold),
    /// One mail, covering everything up to this number.
    Send {
        cover: i64,
    },
}

impl Attention {
    /// A row for somebody who has read up to `read`.
    pub fn new(read: i64) -> Self {
        Self {
            wanted: 0,
            kind: Wanted::Reply,
            read,
            mailed: 0,
            first_unread_at: None,
            last_wanted_at: None,
            mail_due: None,
            mail_n: 0,
            mail_allowed_at: 0,
            hold: None,
        }
    }

    pub fn is_unread(&self) -> bool {
        self.wanted > self.read
    }

    /// Number `n` was written for the recipient to see.
    pub fn wants(&mut self, n: i64, kind: Wanted, now: Millis, pace: &Pace) {
        if n <= self.wanted {
            return;
        }
        self.kind = if self.is_unread() { self.kind.and_then(kind) } else { kind };
        self.wanted = n;
        if self.is_unread() {
            self.first_unread_at.get_or_insert(now);
            self.last_wanted_at = Some(now);
            self.schedule(pace);
        }
    }

    /// The recipient has read up to `n`, on any device.
    pub fn reads(&mut self, n: i64) {
        self.read = self.read.max(n);
        if !self.is_unread() {
            self.calm();
        }
    }

    /// What was written was taken back: `left` is what is still unread of it, if anything.
    pub fn withdraw(&mut self, left: Option<(i64, Wanted)>, pace: &Pace) {
        match left {
            Some((n, kind)) if n > self.read => {
                (self.wanted, self.kind) = (n, kind);
                self.mailed = self.mailed.min(n);
                self.schedule(pace);
            }
            _ => {
                self.wanted = self.wanted.min(self.read);
                self.calm();
            }
        }
    }

    /// What `other`, a row of another ticket, had still to tell is told here from now on, as number `n`:
    /// no later than it would have been there, and no more often.
    pub fn takes_over(&mut self, other: &Self, n: i64, pace: &Pace) {
        if n <= self.read {
            return;
        }
        self.kind = if self.is_unread() { self.kind.and_then(other.kind) } else { other.kind };
        self.wanted = self.wanted.max(n);
        self.first_unread_at = earlier(self.first_unread_at, other.first_unread_at);
        self.last_wanted_at = self.last_wanted_at.max(other.last_wanted_at);
        self.mail_n = self.mail_n.max(other.mail_n);
        self.mail_allowed_at = self.mail_allowed_at.max(other.mail_allowed_at);
        self.schedule(pace);
    }

    /// The recipient can be mailed again: a hold has ended.
    pub fn release(&mut self, now: Millis, pace: &Pace) {
        self.hold = None;
        self.schedule(pace);
        self.mail_due = self.mail_due.map(|due| due.max(now));
    }

    /// The recipient has shown up, and yet something is unread: as if it had been written now.
    pub fn begin_anew(&mut self, now: Millis, pace: &Pace) {
        self.hold = None;
        if self.is_unread() {
            (self.first_unread_at, self.last_wanted_at) = (Some(now), Some(now));
            self.schedule(pace);
        }
    }

    /// What is to be done now that the mail is due. Changes nothing.
    pub fn verdict(&self, facts: Facts, now: Millis, pace: &Pace) -> Verdict {
        if !self.is_unread() || self.mailed >= self.wanted {
            return Verdict::Calm;
        }
        if let Some(hold) = facts.hold {
            return Verdict::Hold(hold);
        }
        let postponed_until = self.first_unread_at.unwrap_or(now).saturating_add(pace.attended_max_ms);
        if facts.attends && now < postponed_until {
            return Verdict::Wait { until: (now + ATTENDED_LOOK_MS).min(postponed_until) };
        }
        match self.mail_allowed_at > now {
            true => Verdict::Wait { until: self.mail_allowed_at },
            false => Verdict::Send { cover: self.wanted },
        }
    }

    /// Carries out a verdict: a mail that is sent is queued in the same transaction.
    pub fn obey(&mut self, verdict: Verdict, now: Millis, pace: &Pace) {
        self.mail_due = None;
        self.hold = None;
        match verdict {
            Verdict::Calm => {}
            Verdict::Wait { until } => self.mail_due = Some(until),
            Verdict::Hold(hold) => self.hold = Some(hold),
            Verdict::Send { cover } => {
                self.mailed = cover;
                self.mail_n += 1;
                self.mail_allowed_at = now.saturating_add(repeat_after(self.mail_n, pace));
            }
        }
    }

    fn calm(&mut self) {
        self.first_unread_at = None;
        self.last_wanted_at = None;
        self.mail_due = None;
        self.mail_n = 0;
        self.mail_allowed_at = 0;
        self.hold = None;
    }

    fn schedule(&mut self, pace: &Pace) {
        let due = match (self.first_unread_at, self.last_wanted_at) {
            (Some(first), Some(last)) if self.is_unread() && self.mailed < self.wanted => {
                let quiet = last.saturating_add(pace.quiet_ms).min(first.saturating_add(pace.cap_ms));
                Some(quiet.max(self.mail_allowed_at))
            }
            _ => None,
        };
        self.mail_due = due;
    }
}

fn earlier(a: Option<Millis>, b: Option<Millis>) -> Option<Millis> {
    a.into_iter().chain(b).min()
}

/// The wait after the `n`th mail of a spell.
fn repeat_after(n: i64, pace: &Pace) -> i64 {
    let doublings = u32::try_from(n - 1).unwrap_or(0).min(32);
    pace.repeat_ms.saturating_mul(1 << doublings).min(pace.repeat_max_ms)
}

#[cfg(test)]
mod tests;
