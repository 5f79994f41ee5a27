//! What can go wrong inside the store, told apart by what has to be done about it.
//!
//! [`Fault`] never leaves the store: callers get a [`StoreError`], which has fewer cases.

use sea_orm::{DbErr, RuntimeErr, SqlxError};

use super::StoreError;
use crate::domain::Refusal;

pub(super) type Outcome<T> = Result<T, Fault>;

#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// Bad input or a missing right: told to the person.
    Refused(Refusal),
    /// A deadlock or a failed serialization: the same transaction may be run again at once.
    Again,
    /// A row is locked by another transaction for too long.
    RowLocked,
    /// A unique key is taken: somebody else was first, or the data are bad.
    Taken(String),
    DiskFull,
    /// The connection went away: whether a COMMIT took place is unknown.
    Gone(String),
    /// Locked or overloaded; the transaction did not take place.
    Busy(String),
    /// Anything else.
    Failed(String),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        // The position only: the text could hold what people wrote.
        Self::Failed(format!("JSON of the database cannot be read (line {}, column {})", error.line(), error.column()))
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal) => Self::Refused(refusal),
            Fault::DiskFull => Self::DiskFull,
            Fault::Again => Self::Unavailable("transactions kept colliding".to_owned()),
            Fault::RowLocked => Self::Unavailable("a row stayed locked".to_owned()),
            Fault::Gone(text) | Fault::Busy(text) => Self::Unavailable(text),
            Fault::Taken(text) | Fault::Failed(text) => Self::Failed(text),
        }
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(reason) => Self::Busy(format!("no connection: {reason}")),
            DbErr::Conn(RuntimeErr::SqlxError(source))
            | DbErr::Exec(RuntimeErr::SqlxError(source))
            | DbErr::Query(RuntimeErr::SqlxError(source)) => from_driver(source),
            other => Self::Failed(other.to_string()),
        }
    }
}

fn from_driver(error: &SqlxError) -> Fault {
    match error {
        SqlxError::Database(source) => {
            let code = source.code().unwrap_or_default();
            let text = format!("{} (code {code})", source.message());
            match source.try_downcast_ref::<sea_orm::SqlxPostgresError>() {
                Some(_) => from_postgres(&code, text),
                None => from_sqlite(&code, text),
            }
        }
        SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::Protocol(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed => Fault::Gone(format!("connection lost: {error}")),
        other => Fault::Failed(other.to_string()),
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn from_postgres(code: &str, text: String) -> Fault {
    match code {
        "40001" | "40P01" => Fault::Again,
        "55P03" => Fault::RowLocked,
        "23505" => Fault::Taken(text),
        "53100" => Fault::DiskFull,
        // 55000 is also what a database says that takes no connections for a while, 28… one that does not
        // know the hub's account or password: until an operator has mended it, nothing is known to be broken.
        "57014" | "25006" | "55000" => Fault::Busy(text),
        _ if code.starts_with("28") => Fault::Busy(text),
        "25P03" | "57P01" | "57P02" | "57P03" | "57P05" => Fault::Gone(text),
        _ if code.starts_with("08") => Fault::Gone(text),
        _ if code.starts_with("53") => Fault::Busy(text),
        _ => Fault::Failed(text),
    }
}

/// <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
fn from_sqlite(code: &str, text: String) -> Fault {
    let code: i32 = code.parse().unwrap_or_default();
    match (code, code & 0xff) {
        (1555 | 2067, _) => Fault::Taken(text),
        (_, 13) => Fault::DiskFull,
        // A write that failed, or the index of the log that could not grow: a quota (EDQUOT), a limit on a
        // file's size (EFBIG), a broken disk. SQLite does not tell them apart; nothing was written.
        (778 | 4874, _) => Fault::DiskFull,
        // Busy, locked, read-only, interrupted (it took too long), I/O error, cannot open.
        (_, 5 | 6 | 8 | 9 | 10 | 14) => Fault::Busy(text),
        _ => Fault::Failed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_not_taken_for_broken() {
        let is_busy = |code| matches!(from_postgres(code, String::new()), Fault::Busy(_));
        // Found by chaos: a database that takes no more connections, and an account that is being changed.
        assert!(["53300", "55000", "28P01", "28000"].into_iter().all(is_busy));
        assert!(matches!(from_postgres("57P01", String::new()), Fault::Gone(_)));
        assert!(matches!(from_postgres("42P01", String::new()), Fault::Failed(_)));
    }
}
