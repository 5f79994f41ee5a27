//! Which tables a hub's data are in, and how they are laid out in a database.

use sea_orm::{ConnectionTrait, DbBackend};
use serde::{Deserialize, Serialize};

use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, all_patiently};

/// Everything that cannot be made anew. A later schema's tables come in here, and none is ever taken out: an
/// old backup may have it.
pub(super) const KEPT: [&str; 30] = [
    "hub_meta",
    "site",
    "participant",
    "team",
    "team_member",
    "login",
    "login_grant",
    "ticket",
    "event",
    "attachment",
    "read_mark",
    "secure_link",
    "access_code",
    "attempt",
    "one_time_link",
    "realtime_token",
    "answered",
    "attention",
    "delivery",
    "audit",
    "mail_address",
    "alert_mute",
    "file_space",
    "tag",
    "ticket_tag",
    "saved_view",
    "mention",
    "macro",
    "draft",
    "audit_head",
];

/// Made anew: by the schema's steps, and from the texts. The search's index stands before the rows beside which
/// it was made.
pub(super) const MADE_ANEW: [&str; 3] = ["schema_step", "search_index", "search_entry"];

/// What a column holds, in the words of both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Uuid,
    Bigint,
    Text,
    Boolean,
    Bytea,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

/// A table of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    pub columns: Vec<Column>,
    /// The places, among the columns, of the primary key's.
    pub(super) key: Vec<usize>,
}

/// The tables that are there.
pub(in crate::store) async fn tables(db: &impl ConnectionTrait) -> Outcome<Vec<Table>> {
    let mut found = Vec::new();
    for name in KEPT {
        let table = table(db, name).await?;
        found.extend(table.filter(|table| !table.columns.is_empty()));
    }
    Ok(found)
}

async fn table(db: &impl ConnectionTrait, name: &'static str) -> Outcome<Option<Table>> {
    // The place in the key counts from 1; 0 is none.
    let text = match db.get_database_backend() {
        DbBackend::Postgres => {
            "select a.attname as name, format_type(a.atttypid, null) as kind, \
             cast(coalesce(array_position(cast(i.indkey as int2[]), a.attnum) + 1, 0) as bigint) as place \
             from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary \
             where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum"
        }
        _ => "select name, lower(type) as kind, pk as place from pragma_table_info($1) order by cid",
    };
    let rows = all_patiently(db, Sql::with(text, [name.into()])).await?;
    let (mut columns, mut key) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        let (column, kind): (String, String) = (row.get("name")?, row.get("kind")?);
        let place: i64 = row.get("place")?;
        if place > 0 {
            key.push((place, columns.len()));
        }
        columns.push(Column { kind: parse_kind(name, &column, &kind)?, name: column });
    }
    key.sort_unstable();
    let key: Vec<usize> = key.into_iter().map(|(_, index)| index).collect();
    if key.is_empty() && !columns.is_empty() {
        return Err(Fault::Failed(format!("the table {name} has no primary key")));
    }
    Ok((!columns.is_empty()).then_some(Table { name, columns, key }))
}

fn parse_kind(table: &str, column: &str, kind: &str) -> Outcome<Kind> {
    match kind {
        "uuid" => Ok(Kind::Uuid),
        "bigint" => Ok(Kind::Bigint),
        "text" => Ok(Kind::Text),
        "boolean" => Ok(Kind::Boolean),
        "bytea" => Ok(Kind::Bytea),
        _ => Err(Fault::Failed(format!("the column {column} of {table} is of a kind that is not known: {kind}"))),
    }
}

impl Table {
    /// `"a", "b" …`
    pub(super) fn column_names(&self) -> String {
        self.columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
    }

    /// The primary key's columns in an order that both databases have: of texts, the order of their bytes.
    pub(super) fn ordered_key(&self, db: DbBackend) -> String {
        let spelled = self.key.iter().map(|index| {
            let column = &self.columns[*index];
            match (db, column.kind) {
                (DbBackend::Postgres, Kind::Text) => format!("\"{}\" collate \"C\"", column.name),
                _ => format!("\"{}\"", column.name),
            }
        });
        spelled.collect::<Vec<_>>().join(", ")
    }
}
