//! A bucket of S3, or of whatever speaks its language.
//!
//! Every call has an end: the library's own limits (connecting, silence, repeats), and one around them on
//! the hub's clock. A file larger than a part goes up in parts, one at a time, so that one part is all that
//! is held.

use std::ops::Range;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig};
use protocol::{Millis, SiteId};

use super::{ByteStream, FilesError, Kept};
use crate::domain::Clock;
use crate::domain::file::ObjectKey;
use crate::domain::ids::new_id;
use crate::domain::limits::{S3_CALL_MS, S3_CONNECT_MS, S3_PART_BYTES, S3_REPEATS_MAX, S3_SILENT_MAX_MS};

/// Where the bucket is and who asks.
#[derive(Clone)]
pub struct BucketSettings {
    /// Empty: Amazon's own of the region.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
    /// `endpoint/bucket/key` rather than `bucket.endpoint/key`.
    pub path_style: bool,
}

#[derive(Clone)]
pub(super) struct Bucket {
    s3: AmazonS3,
    clock: Clock,
}

/// A file on its way up. Dropped, what has arrived stays until somebody takes it away by its id.
pub struct Parts {
    bucket: Bucket,
    path: Path,
    buffer: BytesMut,
    id: Option<String>,
    parts: Vec<PartId>,
}

impl Bucket {
    pub fn new(settings: &BucketSettings, clock: Clock) -> Result<Self, FilesError> {
        let limits = ClientOptions::new()
            // Of a whole answer: a person on a slow line reads one for long.
            .with_timeout_disabled()
            .with_connect_timeout(Duration::from_millis(S3_CONNECT_MS))
            .with_read_timeout(Duration::from_millis(S3_SILENT_MAX_MS))
            .with_allow_http(settings.endpoint.starts_with("http://"));
        let retry = RetryConfig {
            max_retries: S3_REPEATS_MAX,
            retry_timeout: Duration::from_millis(S3_CALL_MS),
            backoff: BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() },
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key)
            .with_virtual_hosted_style_request(!settings.path_style)
            // Servers other than Amazon's often lack it, and one file goes at a time.
            .with_disable_bulk_delete(true)
            .with_client_options(limits)
            .with_retry(retry);
        if let Some(endpoint) = endpoint(settings) {
            builder = builder.with_endpoint(endpoint);
        }
        let s3 = builder.build().map_err(|error| FilesError::Failed(error.to_string()))?;
        Ok(Self { s3, clock })
    }

    pub async fn begin(&self, key: &ObjectKey, bytes: Option<u64>) -> Result<Parts, FilesError> {
        let path = Path::from(key.as_str());
        let id = match bytes.is_none_or(|bytes| bytes > S3_PART_BYTES as u64) {
            true => Some(self.call("to begin a file", self.s3.create_multipart(&path)).await?),
            false => None,
        };
        Ok(Parts { bucket: self.clone(), path, buffer: BytesMut::new(), id, parts: Vec::new() })
    }

    pub async fn read(&self, key: &ObjectKey, range: Range<u64>) -> Result<ByteStream, FilesError> {
        let path = Path::from(key.as_str());
        let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
        let found = self.call("to read a file", self.s3.get_opts(&path, options)).await?;
        if found.range != range {
            return Err(FilesError::Failed("a file is shorter than it was".to_owned()));
        }
        Ok(found.into_stream().map_err(|error| fault("to read a file", &error)).boxed())
    }

    pub async fn bytes(&self, key: &ObjectKey) -> Result<u64, FilesError> {
        let path = Path::from(key.as_str());
        Ok(self.call("to look at a file", self.s3.head(&path)).await?.size)
    }

    pub async fn remove(&self, key: &ObjectKey, parts: Option<&str>) -> Result<(), FilesError> {
        if let Some(id) = parts {
            self.abandon(key, id).await?;
        }
        for part in [key.preview(), key.clone()] {
            self.remove_one(&part).await?;
        }
        Ok(())
    }

    /// Has S3 forget the parts that have arrived. Where it may not be asked, or denies that there ever were
    /// any, the bucket's own rule has to do it: that must not keep the rest of a file.
    async fn abandon(&self, key: &ObjectKey, id: &str) -> Result<(), FilesError> {
        use object_store::Error::{NotFound, PermissionDenied, Unauthenticated};
        let (path, id) = (Path::from(key.as_str()), id.to_owned());
        match self.clock.within(S3_CALL_MS, self.s3.abort_multipart(&path, &id)).await {
            Some(Ok(()) | Err(NotFound { .. })) => Ok(()),
            Some(Err(error @ (PermissionDenied { .. } | Unauthenticated { .. }))) => {
                tracing::warn!(%error, "S3 does not let an upload be abandoned");
                Ok(())
            }
            Some(Err(error)) => Err(fault("to abandon a file", &error)),
            None => Err(silent("to abandon a file")),
        }
    }

    pub async fn remove_one(&self, key: &ObjectKey) -> Result<(), FilesError> {
        let path = Path::from(key.as_str());
        is_gone(self.call("to remove a file", self.s3.delete(&path)).await)
    }

    pub fn kept(&self, site: SiteId) -> BoxStream<'static, Result<Kept, FilesError>> {
        let listed = self.s3.list(Some(&Path::from(site.to_string())));
        let kept = listed.map_err(|error| fault("to list the files", &error)).try_filter_map(|object| async move {
            let at = object.last_modified.timestamp_millis();
            // What is no key of ours was put there by somebody else.
            Ok(ObjectKey::parse(object.location.as_ref()).map(|key| Kept { key, at }))
        });
        stream::unfold((kept.boxed(), self.clock.clone()), |(mut kept, clock)| async move {
            let next = clock.within(S3_CALL_MS, kept.next()).await;
            match next {
                None => Some((Err(silent("to list the files")), (stream::empty().boxed(), clock))),
                Some(next) => next.map(|next| (next, (kept, clock))),
            }
        })
        .boxed()
    }

    async fn call<T>(
        &self,
        what: &'static str,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, FilesError> {
        match self.clock.within(S3_CALL_MS, work).await {
            Some(done) => done.map_err(|error| fault(what, &error)),
            None => Err(silent(what)),
        }
    }
}

impl Parts {
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), FilesError> {
        self.buffer.extend_from_slice(bytes);
        while self.id.is_some() && self.buffer.len() >= S3_PART_BYTES {
            let part = self.buffer.split_to(S3_PART_BYTES).freeze();
            self.put_part(part).await?;
        }
        Ok(())
    }

    async fn put_part(&mut self, part: Bytes) -> Result<(), FilesError> {
        let Some(id) = &self.id else { return Ok(()) };
        let put = self.bucket.s3.put_part(&self.path, id, self.parts.len(), part.into());
        self.parts.push(self.bucket.call("to write a part of a file", put).await?);
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<(), FilesError> {
        let rest = self.buffer.split().freeze();
        let Some(id) = self.id.clone().filter(|_| !self.parts.is_empty() || !rest.is_empty()) else {
            // Small, or nothing at all came: one call, and no part.
            let (s3, path) = (&self.bucket.s3, &self.path);
            self.bucket.call("to write a file", s3.put(path, rest.into())).await?;
            return match &self.id {
                Some(id) => is_gone(self.bucket.call("to abandon a file", s3.abort_multipart(path, id)).await),
                None => Ok(()),
            };
        };
        if !rest.is_empty() {
            self.put_part(rest).await?;
        }
        let parts = std::mem::take(&mut self.parts);
        let complete = self.bucket.s3.complete_multipart(&self.path, &id, parts);
        self.bucket.call("to finish a file", complete).await?;
        Ok(())
    }
}

/// Uses every right that the hub needs, on an object that is gone afterwards: for an operator who asks. Answers the
/// server's time, in whole seconds.
///
/// One that stays behind is no key of a file's, so that nothing reads, counts or removes it.
///
/// # Errors
/// What the bucket does not let its key do, or why there is no way to it.
pub async fn look_at_bucket(settings: &BucketSettings, clock: &Clock) -> Result<Millis, String> {
    let Bucket { s3, .. } = Bucket::new(settings, clock.clone()).map_err(|error| error.to_string())?;
    let probe = Path::from(format!("guichet-doctor/{}", new_id(clock)));
    let listed = async { s3.list(Some(&probe)).next().await.transpose() };
    may("list (ListBucket)", listed).await?;
    may("write (PutObject)", s3.put(&probe, Bytes::from_static(b"x").into())).await?;
    let read = may("read (GetObject)", s3.get(&probe)).await;
    let begun = may("write (PutObject)", s3.create_multipart(&probe)).await;
    let abandoned = match begun {
        Ok(id) => may("abandon an upload (AbortMultipartUpload)", s3.abort_multipart(&probe, &id)).await,
        Err(error) => Err(error),
    };
    may("remove (DeleteObject)", s3.delete(&probe)).await?;
    abandoned?;
    Ok(read?.meta.last_modified.timestamp_millis())
}

async fn may<T>(what: &str, work: impl Future<Output = object_store::Result<T>>) -> Result<T, String> {
    use object_store::Error::{PermissionDenied, Unauthenticated};
    work.await.map_err(|error| match error {
        PermissionDenied { .. } | Unauthenticated { .. } => format!("may not {what}: {error}"),
        error => format!("cannot {what}: {error}"),
    })
}

fn endpoint(settings: &BucketSettings) -> Option<String> {
    let given = settings.endpoint.trim_end_matches('/');
    match (given.is_empty(), settings.path_style, given.split_once("://")) {
        (true, ..) => None,
        (false, false, Some((scheme, host))) => Some(format!("{scheme}://{}.{host}", settings.bucket)),
        (false, ..) => Some(given.to_owned()),
    }
}

/// What is not there needs not be removed.
fn is_gone(removed: Result<(), FilesError>) -> Result<(), FilesError> {
    match removed {
        Err(FilesError::Missing) => Ok(()),
        removed => removed,
    }
}

fn silent(what: &str) -> FilesError {
    FilesError::Unavailable(format!("no answer within {} s {what}", S3_CALL_MS / 1000))
}

/// Whatever S3 says, a later try may succeed: also when it refuses the key, once somebody has put it right.
fn fault(what: &str, error: &object_store::Error) -> FilesError {
    match error {
        object_store::Error::NotFound { .. } => FilesError::Missing,
        error => FilesError::Unavailable(format!("{what}: {error}")),
    }
}
