//! Statements: text with bound values, the same for both databases, and reading their rows.
//!
//! Values are always bound (R-I6). Placeholders are `$1`, `$2` …, which both databases take.

use protocol::ErrorCode;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, TryGetable, Value};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::fault::{Fault, Outcome};
use crate::domain::{Clock, Refusal};

/// An answer of Postgres that took longer never comes: its own limits (`db`) end sooner, so the network
/// has swallowed it. With what comes before and after, a caller is told within 5 s (R-K10).
const ANSWER_WAIT_MS: u64 = 4_000;
/// For a statement of the command line that reads or writes very much. Also what Postgres is told (`db`).
pub(super) const PATIENCE_MS: u64 = 60 * 60 * 1000;

/// A statement that is being put together.
#[derive(Debug)]
pub(super) struct Sql {
    text: String,
    values: Vec<Value>,
    /// Every placeholder was made by `bind`: each stands once, in the order of the values.
    bound_in_order: bool,
}

impl Sql {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new(), bound_in_order: true }
    }

    /// Text whose placeholders are the values, in order.
    pub fn with(text: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { text: text.into(), values: values.into_iter().collect(), bound_in_order: false }
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Another statement's text after this one's, its placeholders renumbered.
    pub fn append(&mut self, other: Self) -> &mut Self {
        let mut values = other.values.into_iter();
        let mut parts = other.text.split('$');
        if let Some(first) = parts.next() {
            self.text.push_str(first);
        }
        // Placeholders are made by `bind` alone, each once and in order.
        for part in parts {
            let value = values.next().expect("every placeholder has its value");
            self.bind(value).push(without_number(part));
        }
        self
    }

    /// The right side of `id …`: one of these ids. One value, whatever their number, so that the
    /// text is the same and stays prepared.
    pub fn one_of(&mut self, db: DbBackend, ids: impl IntoIterator<Item = Uuid>) -> &mut Self {
        match db {
            DbBackend::Postgres => {
                let ids: Vec<Uuid> = ids.into_iter().collect();
                self.push("= any(").bind(ids).push(")")
            }
            _ => {
                let ids: Vec<String> = ids.into_iter().map(|id| format!("\"{}\"", id.simple())).collect();
                self.push("in (select unhex(value) from json_each(").bind(format!("[{}]", ids.join(","))).push("))")
            }
        }
    }

    /// Rows to be inserted; `on conflict …` may follow. `into` is `TABLE (COLUMNS)`.
    pub fn insert<const N: usize>(into: &str, rows: Vec<[Value; N]>) -> Self {
        let columns = into.split_once('(').map(|(_, columns)| columns.trim_end_matches(')'));
        let columns = columns.expect("the columns stand in parentheses");
        Self::insert_as(columns, rows, into, columns)
    }

    /// The same where what is inserted is `select` of the rows, whose values bear these `names`.
    ///
    /// Filled up like [`Self::rows_to_find`]; what fills them up is beyond the limit.
    pub fn insert_as<const N: usize>(names: &str, rows: Vec<[Value; N]>, into: &str, select: &str) -> Self {
        let limit = i64::try_from(rows.len()).expect("a statement's rows can be counted");
        let mut sql = Self::new(format!("with v({names}) as ("));
        sql.rows_to_find(rows).push(&format!(") insert into {into} select {select} from v limit ")).bind(limit);
        sql
    }

    /// `values ($1, $2), ($3, $4) …`.
    pub fn rows<const N: usize>(&mut self, rows: impl IntoIterator<Item = [Value; N]>) -> &mut Self {
        self.push("values ");
        for (index, row) in rows.into_iter().enumerate() {
            self.push(if index == 0 { "(" } else { ", (" });
            for (column, value) in row.into_iter().enumerate() {
                if column > 0 {
                    self.push(", ");
                }
                self.bind(value);
            }
            self.push(")");
        }
        self
    }

    /// The same for look-ups, where a row that comes twice does no harm: filled up to a power of two,
    /// so that few different texts have to be prepared.
    pub fn rows_to_find<const N: usize>(&mut self, mut rows: Vec<[Value; N]>) -> &mut Self {
        if let Some(last) = rows.last().cloned() {
            rows.resize(rows.len().next_power_of_two(), last);
        }
        self.rows(rows)
    }

    /// Refuses text with U+0000, which Postgres can neither keep nor look for.
    fn into_statement(self, db: DbBackend) -> Outcome<Statement> {
        let has_nul = |value: &Value| matches!(value, Value::String(Some(text)) if text.contains('\0'));
        if self.values.iter().any(has_nul) {
            return Err(Refusal::new(ErrorCode::BadCharacter).into());
        }
        let text = match db {
            DbBackend::Postgres => self.text,
            // `$1` is a name to SQLite, and looking thousands of names up costs it their square.
            _ if self.bound_in_order => {
                self.text.split('$').enumerate().map(after_placeholder).collect::<Vec<_>>().join("?")
            }
            _ => self.text,
        };
        Ok(Statement::from_sql_and_values(db, text, self.values))
    }
}

fn after_placeholder((index, part): (usize, &str)) -> &str {
    if index == 0 { part } else { without_number(part) }
}

/// What follows a placeholder's number.
fn without_number(part: &str) -> &str {
    part.trim_start_matches(|c: char| c.is_ascii_digit())
}

pub(super) async fn all(db: &impl ConnectionTrait, sql: Sql) -> Outcome<Vec<QueryResult>> {
    let backend = db.get_database_backend();
    answered(backend, db.query_all_raw(sql.into_statement(backend)?)).await
}

/// For the command line alone, where nobody waits for the answer but whoever asked for all of it.
pub(super) async fn all_patiently(db: &impl ConnectionTrait, sql: Sql) -> Outcome<Vec<QueryResult>> {
    let backend = db.get_database_backend();
    answered_within(PATIENCE_MS, backend, db.query_all_raw(sql.into_statement(backend)?)).await
}

pub(super) async fn one(db: &impl ConnectionTrait, sql: Sql) -> Outcome<Option<QueryResult>> {
    // `query_one_raw` fetches one row and drops the stream; fetching all is as quick for one row and
    // leaves nothing half read.
    Ok(all(db, sql).await?.into_iter().next())
}

/// Answers how many rows it touched.
pub(super) async fn run(db: &impl ConnectionTrait, sql: Sql) -> Outcome<u64> {
    let backend = db.get_database_backend();
    Ok(answered(backend, db.execute_raw(sql.into_statement(backend)?)).await?.rows_affected())
}

/// As [`all_patiently`].
pub(super) async fn run_patiently(db: &impl ConnectionTrait, sql: Sql) -> Outcome<u64> {
    let backend = db.get_database_backend();
    Ok(answered_within(PATIENCE_MS, backend, db.execute_raw(sql.into_statement(backend)?)).await?.rows_affected())
}

/// Waits for an answer, but not for one that a silent network will never bring. The machine's own time,
/// as in the driver's other limits: nobody tests by moving it.
pub(super) async fn answered<T>(backend: DbBackend, work: impl Future<Output = Result<T, DbErr>>) -> Outcome<T> {
    answered_within(ANSWER_WAIT_MS, backend, work).await
}

pub(super) async fn answered_within<T>(
    ms: u64,
    backend: DbBackend,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Outcome<T> {
    match backend {
        DbBackend::Postgres => match Clock::System.within(ms, work).await {
            Some(answer) => Ok(answer?),
            None => Err(Fault::Gone("the database does not answer".to_owned())),
        },
        // In this process: what takes long is a disk, and it answers in the end.
        _ => Ok(work.await?),
    }
}

/// Reads columns by name.
pub(super) trait Columns {
    fn get<T: TryGetable>(&self, column: &str) -> Outcome<T>;

    fn id<T: From<Uuid>>(&self, column: &str) -> Outcome<T> {
        Ok(T::from(self.get(column)?))
    }

    fn id_or_none<T: From<Uuid>>(&self, column: &str) -> Outcome<Option<T>> {
        Ok(self.get::<Option<Uuid>>(column)?.map(T::from))
    }

    /// A column of JSON text.
    fn json<T: DeserializeOwned>(&self, column: &str) -> Outcome<T> {
        Ok(serde_json::from_str(&self.get::<String>(column)?)?)
    }

    /// A column that holds one of an enum's words, spelt as on the wire.
    fn word<T: DeserializeOwned>(&self, column: &str) -> Outcome<T> {
        parse_word(&self.get::<String>(column)?)
    }
}

impl Columns for QueryResult {
    fn get<T: TryGetable>(&self, column: &str) -> Outcome<T> {
        self.try_get_by(column).map_err(Fault::from)
    }
}

/// The word of an enum's unit variant, as on the wire.
pub(super) fn word<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => unreachable!("only enums of plain words are kept as words"),
    }
}

pub(super) fn parse_word<T: DeserializeOwned>(word: &str) -> Outcome<T> {
    T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word))
        .map_err(|_| Fault::Failed("a column holds a word that this version does not know".to_owned()))
}

/// A part to be found anywhere in a column: `%part%`, with LIKE's own signs escaped by `\`.
pub(super) fn like_part(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
