//! Files: sending one up, taking it back, reading one. A message names it later, in its own transaction.
//!
//! A row comes before the first byte and goes after the last one, so that nothing is kept that nobody knows
//! of; `sweeper` repairs what a death left in between.

pub mod sweeper;
mod turns;
pub mod verify;

use std::ops::Range;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use protocol::model::{Attachment, Preview};
use protocol::{AttachmentId, ClientId, ErrorCode, TicketId};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Hub;
use super::conversation::find;
use crate::domain::Refusal;
use crate::domain::access::{self, Who};
use crate::domain::file::{FileName, ObjectKey};
use crate::domain::limits::UPLOAD_LEASE_RENEW_MS;
use crate::files::{ByteStream, FilesError, Sniffer, is_image};
use crate::store::StoreError;
use crate::store::files::{Begun, Dropped, FileRow, NewUpload, Space, Stored, StoredPicture, Uploading};

pub use turns::Uploads;

/// How large files may be, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct FileLimits {
    pub bytes_max: i64,
    pub space: Space,
}

/// Why a file was not taken or given.
#[derive(Debug, Error)]
pub enum FileFailure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Files(#[from] FilesError),
}

impl From<Refusal> for FileFailure {
    fn from(refusal: Refusal) -> Self {
        Self::Store(refusal.into())
    }
}

/// What somebody wants to send up, as it came in.
#[derive(Clone, Debug)]
pub struct RawUpload {
    pub ticket: TicketId,
    pub key: ClientId,
    pub name: String,
    /// What the sender says: a file that is larger ends at the limit all the same.
    pub bytes_told: Option<u64>,
}

/// A file that is kept now, or was before under the same key.
#[derive(Clone, Debug)]
pub struct Uploaded {
    pub attachment: Attachment,
    pub repeated: bool,
}

/// Takes a file in parts. It goes on when nobody waits for the answer any more: then a repeat gets it.
pub async fn upload<B>(hub: &Hub, who: &Who, raw: RawUpload, body: B) -> Result<Uploaded, FileFailure>
where
    B: Stream<Item = Result<Bytes, Refusal>> + Send + Unpin + 'static,
{
    let found = find(hub, who, raw.ticket).await?;
    let uploader = access::read(who, &found).ok_or(Refusal::new(ErrorCode::NotFound))?.reader();
    let name = FileName::parse(&raw.name)?;
    let limits = hub.settings.files;
    let told = raw.bytes_told.map(|told| i64::try_from(told).unwrap_or(i64::MAX));
    if told.is_some_and(|told| told > limits.bytes_max) {
        return Err(too_large(limits.bytes_max).into());
    }
    let turn = hub.uploads.turn(uploader, &hub.clock).await?;
    let new = NewUpload {
        site: found.site,
        ticket: found.id,
        uploader,
        client_id: raw.key,
        name,
        bytes: told.unwrap_or(limits.bytes_max),
        space: limits.space,
    };
    let taking = hub.uploads.spawn({
        let hub = hub.clone();
        async move {
            let _turn = turn;
            take(&hub, &new, told, body).await
        }
    });
    taking.await.map_err(|error| StoreError::Failed(error.to_string()))?
}

fn too_large(bytes_max: i64) -> Refusal {
    Refusal::new(ErrorCode::TooLarge).with_limit(bytes_max.unsigned_abs())
}

async fn take<B>(hub: &Hub, new: &NewUpload, told: Option<i64>, body: B) -> Result<Uploaded, FileFailure>
where
    B: Stream<Item = Result<Bytes, Refusal>> + Unpin,
{
    let uploading = match hub.store.begin_upload(new).await? {
        Begun::Repeated(attachment) => return Ok(Uploaded { attachment, repeated: true }),
        Begun::Uploading(uploading) => uploading,
    };
    let mut coming =
        Coming { hub, uploading: &uploading, received: 0, sniffer: Sniffer::default(), digest: Sha256::new() };
    match coming.take(told, body).await {
        Ok(attachment) => Ok(Uploaded { attachment, repeated: false }),
        Err(why) => {
            let received = coming.received;
            fail(hub, &uploading, received).await;
            Err(why)
        }
    }
}

/// Shows that this node lives while it takes the file and what follows from it. Ends when the upload is no
/// longer its own.
async fn alive(hub: &Hub, uploading: &Uploading) -> FileFailure {
    loop {
        hub.clock.sleep(UPLOAD_LEASE_RENEW_MS).await;
        match hub.store.renew_upload(uploading, None).await {
            Ok(true) => {}
            Ok(false) => return taken_for_dead(),
            // The database may be away for a moment; the end of the lease says whether it was too long.
            Err(error) => tracing::debug!(%error, "an upload was not renewed"),
        }
    }
}

/// What has come is of no use: its key is free at once, its bytes go when the place they are at answers.
async fn fail(hub: &Hub, uploading: &Uploading, received: i64) {
    match hub.store.fail_upload(uploading, received).await {
        Ok(Some(leftover)) => {
            let hub_too = hub.clone();
            drop(hub.uploads.spawn(async move { sweeper::remove(&hub_too, &leftover).await }));
        }
        // Taken for dead: the sweeper may have passed already, and bytes have come since.
        Ok(None) => drop(hub.files.remove(&uploading.object_key, None).await),
        // The lease ends, and the sweeper comes by.
        Err(error) => tracing::warn!(%error, "could not give an upload up"),
    }
}

/// A file on its way in.
struct Coming<'a> {
    hub: &'a Hub,
    uploading: &'a Uploading,
    received: i64,
    sniffer: Sniffer,
    digest: Sha256,
}

impl Coming<'_> {
    async fn take<B>(&mut self, told: Option<i64>, body: B) -> Result<Attachment, FileFailure>
    where
        B: Stream<Item = Result<Bytes, Refusal>> + Unpin,
    {
        let (hub, uploading) = (self.hub, self.uploading);
        // Not beside the end: once it is kept there is no lease to renew, and that would look like a loss.
        let (media_type, picture) = tokio::select! {
            kept = self.keep(told, body) => kept?,
            lost = alive(hub, uploading) => return Err(lost),
        };
        let sha256 = self.digest.clone().finalize().into();
        let stored = Stored { media_type, bytes: self.received, sha256, picture };
        self.hub.store.finish_upload(self.uploading, &stored).await?.ok_or_else(taken_for_dead)
    }

    /// The bytes are safe, and a picture is made of them if it can be.
    async fn keep<B>(
        &mut self,
        told: Option<i64>,
        body: B,
    ) -> Result<(&'static str, Option<StoredPicture>), FileFailure>
    where
        B: Stream<Item = Result<Bytes, Refusal>> + Unpin,
    {
        self.write(told, body).await?;
        let media_type = self.sniffer.media_type();
        let picture = match is_image(media_type) {
            true => self.picture().await,
            false => None,
        };
        Ok((media_type, picture))
    }

    async fn write<B>(&mut self, told: Option<i64>, mut body: B) -> Result<(), FileFailure>
    where
        B: Stream<Item = Result<Bytes, Refusal>> + Unpin,
    {
        let (hub, bytes_max) = (self.hub, self.hub.settings.files.bytes_max);
        let mut writing = hub.files.begin(&self.uploading.object_key, told.map(i64::unsigned_abs)).await?;
        let parts = writing.parts();
        if parts.is_some() && !hub.store.renew_upload(self.uploading, parts).await? {
            return Err(taken_for_dead());
        }
        while let Some(bytes) = body.next().await {
            let bytes = bytes?;
            self.received += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            if self.received > bytes_max {
                return Err(too_large(bytes_max).into());
            }
            self.sniffer.look(&bytes);
            self.digest.update(&bytes);
            writing.write(&bytes).await?;
        }
        Ok(writing.finish().await?)
    }

    /// A file without a picture is as good a file.
    async fn picture(&self) -> Option<StoredPicture> {
        let key = &self.uploading.object_key;
        let picture = self.hub.files.preview(key, self.received.unsigned_abs()).await?;
        if let Err(error) = self.hub.files.put(&key.preview(), &picture.bytes).await {
            tracing::warn!(%error, "a preview could not be kept");
            return None;
        }
        Some(StoredPicture {
            media_type: picture.media_type,
            bytes: i64::try_from(picture.bytes.len()).unwrap_or(i64::MAX),
            sha256: Sha256::digest(&picture.bytes).into(),
            size: Preview { width: picture.width, height: picture.height },
        })
    }
}

fn taken_for_dead() -> FileFailure {
    FilesError::Unavailable("an upload took so long that it was given up".to_owned()).into()
}

/// Takes one's own upload back, while no message names it.
pub async fn remove(hub: &Hub, who: &Who, ticket: TicketId, id: AttachmentId) -> Result<(), FileFailure> {
    let found = find(hub, who, ticket).await?;
    let readable = access::read(who, &found).ok_or(Refusal::new(ErrorCode::NotFound))?;
    match hub.store.drop_upload(&readable, id).await? {
        Dropped::Yes(leftover) => {
            let hub_too = hub.clone();
            drop(hub.uploads.spawn(async move { sweeper::remove(&hub_too, &leftover).await }));
            Ok(())
        }
        Dropped::Bound => Err(Refusal::new(ErrorCode::Conflict).into()),
        Dropped::Missing => Err(Refusal::new(ErrorCode::NotFound).into()),
    }
}

/// A file that somebody may have, now (R-F5).
pub async fn file(hub: &Hub, who: &Who, ticket: TicketId, id: AttachmentId) -> Result<FileRow, FileFailure> {
    let found = find(hub, who, ticket).await?;
    let readable = access::read(who, &found).ok_or(Refusal::new(ErrorCode::NotFound))?;
    let row = hub.store.file(&readable, id).await?;
    Ok(row.ok_or(Refusal::new(ErrorCode::NotFound))?)
}

/// The bytes of a file that was found for somebody.
pub async fn read(hub: &Hub, key: &ObjectKey, range: Range<u64>) -> Result<ByteStream, FileFailure> {
    Ok(hub.files.read(key, range).await?)
}
