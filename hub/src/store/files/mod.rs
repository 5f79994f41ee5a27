//! Rows of files: uploads under way, what is stored, what is to be removed. The bytes are `crate::files`'.
//!
//! A row is there before the first byte and until after the last one: whatever dies in between, the rows
//! say what may be left (R-F9).

mod shared;
mod space;
mod sweeping;
mod uploads;

use protocol::model::{Attachment, Preview};
use protocol::{AttachmentId, ParticipantId};
use sea_orm::QueryResult;
use uuid::Uuid;

use super::fault::{Fault, Outcome};
use super::sql::{Columns, Sql, one};
use super::{Store, StoreError};
use crate::domain::access::{Audience, Readable};
use crate::domain::file::ObjectKey;

pub use sweeping::{Leftover, StoredFile};
pub use uploads::{Begun, Dropped, NewUpload, Space, Stored, StoredPicture, Uploading};

/// What a row of `attachment` is read from, as `a`.
pub(super) const ATTACHMENT: &str = "a.id, a.name, a.media_type, a.bytes, a.preview_width, a.preview_height";

/// A file that may be read.
#[derive(Clone, Debug)]
pub struct FileRow {
    pub attachment: Attachment,
    pub object_key: ObjectKey,
    pub sha256: Vec<u8>,
    pub preview: Option<PreviewRow>,
}

#[derive(Clone, Debug)]
pub struct PreviewRow {
    pub media_type: String,
    pub bytes: i64,
    pub sha256: Vec<u8>,
}

impl Store {
    /// A file as far as the reader may have it: of a message they see, or their own before it is sent
    /// (R-F5, R-F6). None looks like one that is not there.
    pub async fn file(&self, ticket: &Readable<'_>, id: AttachmentId) -> Result<Option<FileRow>, StoreError> {
        let mut sql = Sql::new(format!(
            "select {ATTACHMENT}, a.object_key, a.sha256, a.preview_type, a.preview_bytes, a.preview_sha256, \
             a.seq, a.uploader_id, e.pub_seq from attachment a \
             left join event e on e.ticket_id = a.ticket_id and e.seq = a.seq where a.state = 'stored' and a.id = "
        ));
        sql.bind(id.0).push(" and a.ticket_id = ").bind(ticket.ticket().id.0);
        let Some(row) = one(self.db().reads(), sql).await? else { return Ok(None) };
        match is_theirs(&row, ticket)? {
            true => Ok(Some(file_row(&row)?)),
            false => Ok(None),
        }
    }
}

fn is_theirs(row: &QueryResult, ticket: &Readable<'_>) -> Outcome<bool> {
    let is_bound = row.get::<Option<i64>>("seq")?.is_some();
    let is_public = row.get::<Option<i64>>("pub_seq")?.is_some();
    Ok(match (is_bound, ticket.audience()) {
        (false, _) => row.id::<ParticipantId>("uploader_id")? == ticket.reader(),
        (true, Audience::Agent) => true,
        (true, Audience::Requester) => is_public,
    })
}

fn file_row(row: &QueryResult) -> Outcome<FileRow> {
    let media_type: Option<String> = row.get("preview_type")?;
    let preview = media_type.map(|media_type| -> Outcome<_> {
        Ok(PreviewRow { media_type, bytes: row.get("preview_bytes")?, sha256: row.get("preview_sha256")? })
    });
    Ok(FileRow {
        attachment: attachment(row)?,
        object_key: object_key(row)?,
        sha256: row.get("sha256")?,
        preview: preview.transpose()?,
    })
}

pub(super) fn attachment(row: &QueryResult) -> Outcome<Attachment> {
    let side = |column: &str| -> Outcome<Option<u32>> {
        Ok(row.get::<Option<i64>>(column)?.and_then(|side| u32::try_from(side).ok()))
    };
    let preview = side("preview_width")?.zip(side("preview_height")?);
    Ok(Attachment {
        id: row.id("id")?,
        name: row.get("name")?,
        media_type: row.get("media_type")?,
        bytes: row.get("bytes")?,
        preview: preview.map(|(width, height)| Preview { width, height }),
    })
}

fn object_key(row: &QueryResult) -> Outcome<ObjectKey> {
    let id: Uuid = row.get("id")?;
    let key: String = row.get("object_key")?;
    ObjectKey::parse(&key).ok_or_else(|| Fault::Failed(format!("the attachment {id} has no key of ours")))
}
