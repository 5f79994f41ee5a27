//! The bytes of files: in a folder of this machine, or in a bucket of S3. Both behave alike.
//!
//! Knows keys and bytes. Knows no row, no name, no ticket and nobody's rights: who may have what is decided
//! above. Files are never whole in memory: they come and go in parts.

mod bucket;
mod folder;
pub mod preview;
mod sniff;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use protocol::{Millis, SiteId};
use thiserror::Error;

use crate::domain::Clock;
use crate::domain::file::ObjectKey;
use bucket::{Bucket, Parts};
use folder::{Folder, HalfFile};
use preview::{Picture, Previewer};

pub use bucket::{BucketSettings, look_at_bucket};
pub use sniff::{OCTETS, Sniffer, is_image};

/// Why the bytes could not be kept or given.
#[derive(Debug, Error)]
pub enum FilesError {
    #[error("there is no such file")]
    Missing,
    #[error("the disk of the files is full")]
    Full,
    /// May succeed later.
    #[error("the files cannot be reached now: {0}")]
    Unavailable(String),
    #[error("the files failed: {0}")]
    Failed(String),
}

/// A file's bytes as they are read.
pub type ByteStream = BoxStream<'static, Result<Bytes, FilesError>>;

/// Where files are kept; clones are the same.
#[derive(Clone)]
pub struct Files {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    previewer: Option<Previewer>,
    clock: Clock,
}

enum Place {
    Folder(Folder),
    Bucket(Bucket),
}

/// What is kept under a key.
#[derive(Clone, Debug)]
pub struct Kept {
    pub key: ObjectKey,
    pub at: Millis,
}

impl Files {
    /// In a folder, which is made when the first file comes.
    pub fn in_folder(path: PathBuf, previewer: Option<Previewer>, clock: Clock) -> Self {
        Self::new(Place::Folder(Folder::new(path)), previewer, clock)
    }

    /// # Errors
    /// When the settings do not make an address of a bucket.
    pub fn in_bucket(
        settings: &BucketSettings,
        previewer: Option<Previewer>,
        clock: Clock,
    ) -> Result<Self, FilesError> {
        let bucket = Bucket::new(settings, clock.clone())?;
        Ok(Self::new(Place::Bucket(bucket), previewer, clock))
    }

    fn new(place: Place, previewer: Option<Previewer>, clock: Clock) -> Self {
        Self { inner: Arc::new(Inner { place, previewer, clock }) }
    }

    /// Begins to write a file. `bytes` is how large it will be, where that is known.
    pub async fn begin(&self, key: &ObjectKey, bytes: Option<u64>) -> Result<Writing, FilesError> {
        Ok(match &self.inner.place {
            Place::Folder(folder) => Writing::Half(folder.begin(key).await?),
            Place::Bucket(bucket) => Writing::Parts(bucket.begin(key, bytes).await?),
        })
    }

    /// Writes a small file in one go.
    pub async fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), FilesError> {
        let mut writing = self.begin(key, Some(bytes.len() as u64)).await?;
        writing.write(bytes).await?;
        writing.finish().await
    }

    /// These bytes of a file. What is missing at the end of it is an error of the stream.
    pub async fn read(&self, key: &ObjectKey, range: Range<u64>) -> Result<ByteStream, FilesError> {
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        match &self.inner.place {
            Place::Folder(folder) => folder.read(key, range).await,
            Place::Bucket(bucket) => bucket.read(key, range).await,
        }
    }

    /// How large a file is.
    pub async fn bytes(&self, key: &ObjectKey) -> Result<u64, FilesError> {
        match &self.inner.place {
            Place::Folder(folder) => folder.bytes(key).await,
            Place::Bucket(bucket) => bucket.bytes(key).await,
        }
    }

    /// Takes away whatever is there of a file, with its preview; nothing may be there.
    pub async fn remove(&self, key: &ObjectKey, parts: Option<&str>) -> Result<(), FilesError> {
        match &self.inner.place {
            Place::Folder(folder) => folder.remove(key).await,
            Place::Bucket(bucket) => bucket.remove(key, parts).await,
        }
    }

    /// Takes away what a writer that died has left of a file. In S3 nothing stands under a key before it is
    /// whole.
    pub async fn remove_half(&self, key: &ObjectKey) -> Result<(), FilesError> {
        match &self.inner.place {
            Place::Folder(folder) => folder.remove_one(&key.half()).await,
            Place::Bucket(_) => Ok(()),
        }
    }

    /// Takes away one key, and not what belongs to it.
    pub async fn remove_one(&self, key: &ObjectKey) -> Result<(), FilesError> {
        match &self.inner.place {
            Place::Folder(folder) => folder.remove_one(key).await,
            Place::Bucket(bucket) => bucket.remove_one(key).await,
        }
    }

    /// Everything that is kept of a site, as a listing gives it.
    pub fn kept(&self, site: SiteId) -> BoxStream<'static, Result<Kept, FilesError>> {
        match &self.inner.place {
            Place::Folder(folder) => folder.kept(site),
            Place::Bucket(bucket) => bucket.kept(site),
        }
    }

    /// A small picture of an image that is kept whole; none when it cannot be made.
    pub async fn preview(&self, key: &ObjectKey, bytes: u64) -> Option<Picture> {
        let previewer = self.inner.previewer.as_ref()?;
        let image = self.read(key, 0..bytes).await.ok()?;
        previewer.make(image, &self.inner.clock).await
    }
}

/// A file that is being written. Under its key nothing stands until it is finished.
pub enum Writing {
    Half(HalfFile),
    Parts(Parts),
}

impl Writing {
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), FilesError> {
        match self {
            Self::Half(file) => file.write(bytes).await,
            Self::Parts(parts) => parts.write(bytes).await,
        }
    }

    /// After this the bytes are safe.
    pub async fn finish(self) -> Result<(), FilesError> {
        match self {
            Self::Half(file) => file.finish().await,
            Self::Parts(parts) => parts.finish().await,
        }
    }

    /// Under what S3 keeps the parts that have arrived: [`Files::remove`] needs it.
    pub fn parts(&self) -> Option<&str> {
        match self {
            Self::Half(_) => None,
            Self::Parts(parts) => parts.id(),
        }
    }
}

impl From<std::io::Error> for FilesError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, NotFound, QuotaExceeded, StorageFull};
        match error.kind() {
            NotFound => Self::Missing,
            StorageFull | QuotaExceeded | FileTooLarge => Self::Full,
            _ => Self::Failed(error.to_string()),
        }
    }
}
