//! The files of a ticket, wherever in its log they stand.

use protocol::ParticipantId;
use protocol::http::{SharedFile, SharedFiles};
use protocol::model::Author;
use sea_orm::QueryResult;

use super::{ATTACHMENT, attachment};
use crate::domain::access::{Audience, Readable};
use crate::domain::limits::SHARED_FILES_MAX;
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, all};
use crate::store::{Store, StoreError};

impl Store {
    /// A page of the files that messages and notes before number `before` have, the newest first. For an
    /// agent's `Readable` only.
    pub async fn shared_files(&self, ticket: &Readable<'_>, before: Option<i64>) -> Result<SharedFiles, StoreError> {
        if ticket.audience() != Audience::Agent {
            return Err(Fault::Failed("an agents' list was asked for by a requester".to_owned()).into());
        }
        let mut sql = Sql::new(format!(
            "select {ATTACHMENT}, e.seq, e.at, e.kind, e.side, e.author_id, e.author_name from attachment a \
             join event e on e.ticket_id = a.ticket_id and e.seq = a.seq where a.state = 'stored' and a.ticket_id = "
        ));
        sql.bind(ticket.ticket().id.0).push(" and a.seq < ").bind(before.unwrap_or(i64::MAX));
        sql.push(" order by a.seq desc, a.id desc limit ").bind(SHARED_FILES_MAX + 1);
        let rows = all(self.db().reads(), sql).await?;
        Ok(page(rows.iter().map(shared_file).collect::<Outcome<_>>()?))
    }
}

/// As many whole messages as fit: one that is cut off begins the next page.
fn page(mut files: Vec<SharedFile>) -> SharedFiles {
    let mut before = None;
    if i64::try_from(files.len()).is_ok_and(|count| count > SHARED_FILES_MAX) {
        let cut_off = files.last().map(|file| file.n);
        files.retain(|file| Some(file.n) != cut_off);
        before = files.last().map(|file| file.n);
    }
    SharedFiles { files, before }
}

fn shared_file(row: &QueryResult) -> Outcome<SharedFile> {
    let author = row.id::<ParticipantId>("author_id")?;
    Ok(SharedFile {
        n: row.get("seq")?,
        at: row.get("at")?,
        author: Author { id: author, side: row.word("side")?, name: row.get("author_name")? },
        note: row.get::<String>("kind")? == "note",
        file: attachment(row)?,
    })
}
