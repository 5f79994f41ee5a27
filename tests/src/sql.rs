//! A database as its operator sees it: any statement, beside a running hub or without one.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row};

use crate::stored::Place;

pub enum Sql {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Sql {
    /// `data` is the hub's data directory. A SQLite database is made where there is none.
    pub async fn open(place: &Place, data: &Path) -> Self {
        match place {
            Place::Sqlite => {
                let options = SqliteConnectOptions::new().filename(data.join("hub.sqlite3")).create_if_missing(true);
                Self::Sqlite(options.connect().await.unwrap())
            }
            Place::Postgres(url) => Self::Postgres(PgConnection::connect(url).await.unwrap()),
        }
    }

    /// Runs statements in the words of the one or the other.
    pub async fn run_either(&mut self, sqlite: &str, postgres: &str) {
        let text = if matches!(self, Self::Sqlite(_)) { sqlite } else { postgres };
        self.run(text).await;
    }

    pub async fn run(&mut self, text: &str) {
        let statements = sqlx::raw_sql(AssertSqlSafe(text));
        match self {
            Self::Sqlite(connection) => drop(statements.execute(connection).await.unwrap()),
            Self::Postgres(connection) => drop(statements.execute(connection).await.unwrap()),
        }
    }

    /// The first column of every row, which is text.
    pub async fn lines(&mut self, text: &str) -> Vec<String> {
        let query = AssertSqlSafe(text);
        match self {
            Self::Sqlite(connection) => {
                let rows = sqlx::raw_sql(query).fetch_all(connection).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
            Self::Postgres(connection) => {
                let rows = sqlx::raw_sql(query).fetch_all(connection).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// A number, cast to text by its statement.
    pub async fn number(&mut self, of: &str) -> i64 {
        self.lines(&format!("select cast(({of}) as text)")).await[0].parse().unwrap()
    }

    /// Every table of the hub.
    pub async fn tables(&mut self) -> Vec<String> {
        let text = match self {
            Self::Sqlite(_) => {
                "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' \
                 and name not like 'search_index%'"
            }
            Self::Postgres(_) => "select cast(tablename as text) from pg_tables where schemaname = 'public'",
        };
        self.lines(text).await
    }

    /// Every table, column, index, constraint and trigger with its definition, but for what SQLite's planner
    /// counts for itself.
    pub async fn shape(&mut self) -> Vec<String> {
        let text = match self {
            Self::Sqlite(_) => {
                "select type || ' ' || name || ' ' || coalesce(sql, '') from sqlite_master \
                 where name not like 'sqlite_stat%' order by 1"
            }
            Self::Postgres(_) => {
                "select table_name || '.' || column_name || ' ' || ordinal_position || ' ' || data_type || ' ' || \
                 is_nullable || ' ' || coalesce(column_default, '') as line from information_schema.columns \
                 where table_schema = 'public' \
                 union all select indexdef from pg_indexes where schemaname = 'public' \
                 union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
                 from pg_constraint where connamespace = 'public'::regnamespace \
                 union all select tgname || ' ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal \
                 union all select relname || ' ' || coalesce(cast(reloptions as text), '') from pg_class \
                 where relnamespace = 'public'::regnamespace order by 1"
            }
        };
        let lines = self.lines(text).await;
        assert!(lines.len() > 20, "it is all there");
        lines
    }

    pub async fn close(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
        }
    }
}
