//! Rows in a form that knows no database: one line of JSON each, an array of a table's columns. Ids are written
//! out, bytes are base64url, and the rows come in the order of their primary keys, so that the same rows are
//! the same bytes whichever database they were read from.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, TryGetable, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use super::tables::{Kind, Table};
use crate::domain::limits::ROWS_MOVED_AT_ONCE;
use crate::store::StoreError;
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Sql, all_patiently};

/// Reads a table in one state of the database, a page at a time.
pub struct Rows<'a> {
    tx: &'a DatabaseTransaction,
    table: &'a Table,
    place: Place,
}

enum Place {
    Begin,
    /// SQLite: after the row with this primary key.
    After(Vec<Value>),
    /// Postgres: where its cursor is. It sorts once, whatever its own order of texts is.
    Cursor,
    End,
}

impl<'a> Rows<'a> {
    pub(super) const fn new(tx: &'a DatabaseTransaction, table: &'a Table) -> Self {
        Self { tx, table, place: Place::Begin }
    }

    /// The next rows, each a line without its end; none when there are no more.
    pub async fn next(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(match self.tx.get_database_backend() {
            DbBackend::Postgres => self.by_cursor().await?,
            _ => self.by_key().await?,
        })
    }

    async fn by_key(&mut self) -> Outcome<Vec<String>> {
        let table = self.table;
        let key = table.ordered_key(DbBackend::Sqlite);
        let mut sql = Sql::new(format!("select {} from \"{}\"", table.column_names(), table.name));
        match &self.place {
            Place::End => return Ok(Vec::new()),
            Place::Begin | Place::Cursor => {}
            Place::After(last) => {
                sql.push(&format!(" where ({key}) > ("));
                for (index, value) in last.iter().enumerate() {
                    sql.push(if index == 0 { "" } else { ", " }).bind(value.clone());
                }
                sql.push(")");
            }
        }
        sql.push(&format!(" order by {key} limit ")).bind(ROWS_MOVED_AT_ONCE);
        let rows = all_patiently(self.tx, sql).await?;
        self.place = match rows.last() {
            None => Place::End,
            Some(last) => Place::After(self.key_of(last)?),
        };
        rows.iter().map(|row| line(table, row)).collect()
    }

    fn key_of(&self, row: &QueryResult) -> Outcome<Vec<Value>> {
        let key = self.table.key.iter().map(|index| {
            let kind = self.table.columns[*index].kind;
            value(kind, &cell(row, *index, kind)?)
        });
        key.collect()
    }

    async fn by_cursor(&mut self) -> Outcome<Vec<String>> {
        let name = self.table.name;
        match self.place {
            Place::End => return Ok(Vec::new()),
            Place::Cursor | Place::After(_) => {}
            Place::Begin => {
                let (columns, key) = (self.table.column_names(), self.table.ordered_key(DbBackend::Postgres));
                let text =
                    format!("declare keep_{name} no scroll cursor for select {columns} from \"{name}\" order by {key}");
                self.tx.execute_unprepared(&text).await?;
                self.place = Place::Cursor;
            }
        }
        let rows = all_patiently(self.tx, Sql::new(format!("fetch {ROWS_MOVED_AT_ONCE} from keep_{name}"))).await?;
        if rows.is_empty() {
            self.tx.execute_unprepared(&format!("close keep_{name}")).await?;
            self.place = Place::End;
        }
        rows.iter().map(|row| line(self.table, row)).collect()
    }
}

fn line(table: &Table, row: &QueryResult) -> Outcome<String> {
    let cells = table.columns.iter().enumerate().map(|(index, column)| cell(row, index, column.kind));
    let cells: Vec<Json> = cells.collect::<Outcome<_>>()?;
    Ok(serde_json::to_string(&cells)?)
}

fn cell(row: &QueryResult, index: usize, kind: Kind) -> Outcome<Json> {
    Ok(match kind {
        Kind::Uuid => get::<Uuid>(row, index)?.map(|id| id.to_string()).into(),
        Kind::Bigint => get::<i64>(row, index)?.into(),
        Kind::Text => get::<String>(row, index)?.into(),
        Kind::Boolean => get::<bool>(row, index)?.into(),
        Kind::Bytea => get::<Vec<u8>>(row, index)?.map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes)).into(),
    })
}

fn get<T: TryGetable>(row: &QueryResult, index: usize) -> Outcome<Option<T>> {
    Ok(row.try_get_by::<Option<T>, usize>(index)?)
}

/// A line's cells as they are bound to a statement.
pub(super) fn values(table: &Table, line: &str) -> Outcome<Vec<Value>> {
    let cells: Vec<Json> = serde_json::from_str(line)?;
    if cells.len() != table.columns.len() {
        return Err(unfit(table, "has too many or too few columns"));
    }
    let values = table.columns.iter().zip(&cells).map(|(column, cell)| value(column.kind, cell));
    values.collect::<Outcome<_>>().map_err(|_| unfit(table, "holds what its column cannot"))
}

fn unfit(table: &Table, why: &str) -> Fault {
    Fault::Failed(format!("a row for {} {why}", table.name))
}

fn value(kind: Kind, cell: &Json) -> Outcome<Value> {
    let unfit = || Fault::Failed("a value is not of its column's kind".to_owned());
    if cell.is_null() {
        return Ok(match kind {
            Kind::Uuid => None::<Uuid>.into(),
            Kind::Bigint => None::<i64>.into(),
            Kind::Text => None::<String>.into(),
            Kind::Boolean => None::<bool>.into(),
            Kind::Bytea => None::<Vec<u8>>.into(),
        });
    }
    let text = || cell.as_str().ok_or_else(unfit);
    Ok(match kind {
        Kind::Uuid => Uuid::try_parse(text()?).map_err(|_| unfit())?.into(),
        Kind::Bigint => cell.as_i64().ok_or_else(unfit)?.into(),
        Kind::Text => text()?.into(),
        Kind::Boolean => cell.as_bool().ok_or_else(unfit)?.into(),
        Kind::Bytea => BASE64_URL_SAFE_NO_PAD.decode(text()?).map_err(|_| unfit())?.into(),
    })
}
