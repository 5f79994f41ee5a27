//! An upload from its first byte to its last, and its end when no message is to name it.

use protocol::model::{Attachment, Preview};
use protocol::{AttachmentId, ClientId, ErrorCode, Millis, ParticipantId, SiteId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value};
use uuid::Uuid;

use super::sweeping::Leftover;
use super::{ATTACHMENT, attachment, object_key, space};
use crate::domain::access::Readable;
use crate::domain::file::{FileName, ObjectKey};
use crate::domain::limits::{UPLOAD_LEASE_MS, UPLOADS_COUNTED_MS};
use crate::domain::{Refusal, ids};
use crate::store::db::{commit, retrying, rollback};
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, one, run};
use crate::store::{Store, StoreError};

/// A file that is about to come.
#[derive(Clone, Debug)]
pub struct NewUpload {
    pub site: SiteId,
    pub ticket: TicketId,
    pub uploader: ParticipantId,
    pub client_id: ClientId,
    pub name: FileName,
    /// What is set aside for it: its size where that was told, else the largest there may be.
    pub bytes: i64,
    pub space: Space,
}

/// How much files may take, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Space {
    pub ticket_max: i64,
    pub person_day_max: i64,
    pub site_max: i64,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Begun {
    Uploading(Uploading),
    /// It came before, under the same key.
    Repeated(Attachment),
}

/// The right to finish an upload, while nobody took it for dead.
#[derive(Clone, Debug)]
pub struct Uploading {
    pub id: AttachmentId,
    pub site: SiteId,
    pub object_key: ObjectKey,
    lease: Uuid,
}

/// What came.
#[derive(Clone, Debug)]
pub struct Stored {
    pub media_type: &'static str,
    pub bytes: i64,
    pub sha256: [u8; 32],
    pub picture: Option<StoredPicture>,
}

#[derive(Clone, Debug)]
pub struct StoredPicture {
    pub media_type: &'static str,
    pub bytes: i64,
    pub sha256: [u8; 32],
    pub size: Preview,
}

/// Whether an upload could be taken back.
#[derive(Clone, Debug)]
pub enum Dropped {
    /// Its bytes are to be removed.
    Yes(Leftover),
    /// A message names it.
    Bound,
    /// Not there, or not theirs.
    Missing,
}

impl Store {
    /// Sets room aside and writes down under which key bytes will come (R-F8). A key whose upload was cut
    /// off may be used again.
    pub async fn begin_upload(&self, new: &NewUpload) -> Result<Begun, StoreError> {
        Ok(retrying(|| self.begin_upload_once(new)).await?)
    }

    async fn begin_upload_once(&self, new: &NewUpload) -> Outcome<Begun> {
        let tx = self.db().begin().await?;
        let begun = self.begin_within(&tx, new).await;
        match begun {
            Ok(Begun::Uploading(_)) => commit(tx).await?,
            _ => rollback(tx).await?,
        }
        begun
    }

    async fn begin_within(&self, tx: &DatabaseTransaction, new: &NewUpload) -> Outcome<Begun> {
        let now = self.now();
        let taken = space::hold(tx, new.site).await?;
        if let Some(earlier) = earlier(tx, new, now).await? {
            return Ok(Begun::Repeated(earlier));
        }
        is_within(new.bytes, taken, new.space.site_max)?;
        is_within(new.bytes, space::of_ticket(tx, new.ticket).await?, new.space.ticket_max)?;
        let (sent, first_at) = space::of_person(tx, new.uploader, now - UPLOADS_COUNTED_MS).await?;
        if sent.saturating_add(new.bytes) > new.space.person_day_max {
            let free_at = first_at.unwrap_or(now) + UPLOADS_COUNTED_MS;
            let wait_s = u64::try_from((free_at - now).max(1)).unwrap_or(1).div_ceil(1000);
            return Err(Refusal::new(ErrorCode::TooManyRequests).retry_after_s(wait_s).into());
        }
        let uploading = Uploading {
            id: AttachmentId(ids::new_id(self.clock())),
            site: new.site,
            object_key: ObjectKey::new(new.site, new.ticket),
            lease: ids::new_id(self.clock()),
        };
        insert(tx, new, &uploading, now).await?;
        space::take(tx, new.site, new.bytes).await?;
        Ok(Begun::Uploading(uploading))
    }

    /// A sign of life; answers whether the upload is still its holder's. `parts` is what S3 calls it, once known.
    pub async fn renew_upload(&self, upload: &Uploading, parts: Option<&str>) -> Result<bool, StoreError> {
        let text = "update attachment set lease_until = $1, parts_id = coalesce($2, parts_id) where id = $3 and lease = $4 \
                    and state = 'uploading'";
        let until = self.now() + UPLOAD_LEASE_MS;
        let values = [until.into(), parts.into(), upload.id.0.into(), upload.lease.into()];
        Ok(run(self.db().writes(), Sql::with(text, values)).await? == 1)
    }

    /// Its bytes are safe. None when it was taken for dead meanwhile.
    pub async fn finish_upload(&self, upload: &Uploading, stored: &Stored) -> Result<Option<Attachment>, StoreError> {
        Ok(retrying(|| self.finish_upload_once(upload, stored)).await?)
    }

    async fn finish_upload_once(&self, upload: &Uploading, stored: &Stored) -> Outcome<Option<Attachment>> {
        let tx = self.db().begin().await?;
        space::hold(&tx, upload.site).await?;
        let Some(set_aside) = set_aside(&tx, upload).await? else {
            // Kept already: the answer of a COMMIT was lost.
            let done = kept(&tx, upload).await?;
            rollback(tx).await?;
            return Ok(done);
        };
        let picture = stored.picture.as_ref();
        let mut sql = Sql::new(
            "update attachment set state = 'stored', lease = null, lease_until = null, parts_id = null, bytes = ",
        );
        sql.bind(stored.bytes).push(", sha256 = ").bind(stored.sha256.to_vec());
        sql.push(", media_type = ").bind(stored.media_type);
        sql.push(", preview_type = ").bind(picture.map(|picture| picture.media_type));
        sql.push(", preview_bytes = ").bind(picture.map(|picture| picture.bytes));
        sql.push(", preview_sha256 = ").bind(picture.map(|picture| picture.sha256.to_vec()));
        sql.push(", preview_width = ").bind(picture.map(|picture| i64::from(picture.size.width)));
        sql.push(", preview_height = ").bind(picture.map(|picture| i64::from(picture.size.height)));
        sql.push(" where id = ").bind(upload.id.0);
        run(&tx, sql).await?;
        let taken = stored.bytes + picture.map_or(0, |picture| picture.bytes);
        space::take(&tx, upload.site, taken - set_aside).await?;
        let done = kept(&tx, upload).await?;
        commit(tx).await?;
        Ok(done)
    }

    /// It came to nothing: its key may be used again at once. What did come counts among its person's.
    /// Answers what is to be removed; none when it was taken for dead already.
    pub async fn fail_upload(&self, upload: &Uploading, received: i64) -> Result<Option<Leftover>, StoreError> {
        Ok(retrying(|| self.fail_upload_once(upload, received)).await?)
    }

    async fn fail_upload_once(&self, upload: &Uploading, received: i64) -> Outcome<Option<Leftover>> {
        let tx = self.db().begin().await?;
        space::hold(&tx, upload.site).await?;
        let Some(set_aside) = set_aside(&tx, upload).await? else {
            rollback(tx).await?;
            return Ok(None);
        };
        let text = "update attachment set state = 'dropped', client_id = null, lease = null, lease_until = null, \
                    bytes = $1 where id = $2";
        run(&tx, Sql::with(text, [received.into(), upload.id.0.into()])).await?;
        space::take(&tx, upload.site, received - set_aside).await?;
        let text = "select id, site_id, object_key, parts_id from attachment where id = $1";
        let row = one(&tx, Sql::with(text, [upload.id.0.into()])).await?;
        let leftover = row.as_ref().map(Leftover::read).transpose()?;
        commit(tx).await?;
        Ok(leftover)
    }

    /// Takes one's own upload back, unless a message names it.
    pub async fn drop_upload(&self, ticket: &Readable<'_>, id: AttachmentId) -> Result<Dropped, StoreError> {
        let of = " where a.id = $1 and a.ticket_id = $2 and a.uploader_id = $3 and a.state = 'stored'";
        let values = [id.0.into(), ticket.ticket().id.0.into(), ticket.reader().0.into()];
        let text = "update attachment as a set state = 'dropped', client_id = null";
        let text = [text, of, " and a.seq is null"].concat();
        let dropped = run(self.db().writes(), Sql::with(text, values.clone())).await? == 1;
        if !dropped {
            return Ok(match self.file(ticket, id).await? {
                Some(_) => Dropped::Bound,
                None => Dropped::Missing,
            });
        }
        let text = "select id, site_id, object_key, parts_id from attachment where id = $1";
        let row = one(self.db().writes(), Sql::with(text, [id.0.into()])).await?;
        Ok(row.as_ref().map(Leftover::read).transpose()?.map_or(Dropped::Missing, Dropped::Yes))
    }
}

/// What came before under the same key; an upload under way is in the way, one that was cut off is not.
async fn earlier(tx: &DatabaseTransaction, new: &NewUpload, now: Millis) -> Outcome<Option<Attachment>> {
    let mut sql =
        Sql::new(format!("select {ATTACHMENT}, a.state, a.lease_until from attachment a where a.ticket_id = "));
    sql.bind(new.ticket.0).push(" and a.uploader_id = ").bind(new.uploader.0);
    sql.push(" and a.client_id = ").bind(new.client_id.0);
    let Some(row) = one(tx, sql).await? else { return Ok(None) };
    let state: String = row.get("state")?;
    let lease_until: Option<i64> = row.get("lease_until")?;
    match state.as_str() {
        "stored" => return Ok(Some(attachment(&row)?)),
        "uploading" if lease_until.is_some_and(|until| until > now) => {
            return Err(Refusal::new(ErrorCode::Conflict).into());
        }
        // Its message was erased: it is not to come back under the same key.
        "erased" => return Err(Refusal::new(ErrorCode::Conflict).into()),
        _ => {}
    }
    let text =
        "update attachment set state = 'dropped', client_id = null, lease = null, lease_until = null where id = $1";
    run(tx, Sql::with(text, [row.get::<Uuid>("id")?.into()])).await?;
    Ok(None)
}

fn is_within(bytes: i64, taken: i64, max: i64) -> Result<(), Refusal> {
    match taken.saturating_add(bytes) > max {
        true => Err(Refusal::new(ErrorCode::QuotaReached).with_limit(max.unsigned_abs())),
        false => Ok(()),
    }
}

async fn insert(tx: &DatabaseTransaction, new: &NewUpload, uploading: &Uploading, now: Millis) -> Outcome<()> {
    let text = "insert into attachment (id, site_id, uploader_id, ticket_id, name, bytes, sha256, object_key, client_id, \
                lease, lease_until, created_at, state, media_type) \
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '')";
    let row: [Value; 13] = [
        uploading.id.0.into(),
        new.site.0.into(),
        new.uploader.0.into(),
        new.ticket.0.into(),
        new.name.as_str().into(),
        new.bytes.into(),
        Vec::<u8>::new().into(),
        uploading.object_key.as_str().into(),
        new.client_id.0.into(),
        uploading.lease.into(),
        (now + UPLOAD_LEASE_MS).into(),
        now.into(),
        "uploading".into(),
    ];
    run(tx, Sql::with(text, row)).await?;
    Ok(())
}

/// The file that an upload has become; nobody but its holder makes one of it.
async fn kept(tx: &DatabaseTransaction, upload: &Uploading) -> Outcome<Option<Attachment>> {
    let mut sql = Sql::new(format!("select {ATTACHMENT} from attachment a where a.state = 'stored' and a.id = "));
    sql.bind(upload.id.0);
    one(tx, sql).await?.as_ref().map(attachment).transpose()
}

/// What an upload that is still its holder's has set aside.
async fn set_aside(tx: &DatabaseTransaction, upload: &Uploading) -> Outcome<Option<i64>> {
    let mut sql = Sql::new("select bytes from attachment where state = 'uploading' and id = ");
    sql.bind(upload.id.0).push(" and lease = ").bind(upload.lease);
    if tx.get_database_backend() == DbBackend::Postgres {
        sql.push(" for update");
    }
    one(tx, sql).await?.map(|row| row.get("bytes")).transpose()
}

impl Leftover {
    pub(super) fn read(row: &sea_orm::QueryResult) -> Outcome<Self> {
        Ok(Self {
            id: row.id("id")?,
            site: row.id("site_id")?,
            object_key: object_key(row)?,
            parts: row.get("parts_id")?,
        })
    }
}
