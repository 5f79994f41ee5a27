//! A folder of this machine: `site/ticket/name`, each file 0600.
//!
//! Written under another name in the same folder, synced, renamed, and the folder synced, before anybody is
//! told (R-K8). Every step into the tree refuses symbolic links: opened relative to the folder before, so
//! that nothing can be put in the way meanwhile. The folder itself may be one: an operator's choice.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bytes::BytesMut;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use protocol::SiteId;
use rustix::fs::{AtFlags, Mode, OFlags, fsync, mkdirat, openat, renameat, unlinkat};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, SeekFrom};

use super::{ByteStream, FilesError, Kept};
use crate::domain::file::ObjectKey;
use crate::domain::limits::FILE_CHUNK_BYTES;

#[derive(Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

/// A file that is not whole yet. Dropped, it is gone.
pub struct HalfFile {
    folder: Folder,
    key: ObjectKey,
    file: tokio::fs::File,
    is_whole: bool,
}

impl Folder {
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub async fn begin(&self, key: &ObjectKey) -> Result<HalfFile, FilesError> {
        let (folder, half) = (self.clone(), key.half());
        let file = blocking(move || {
            let directory = folder.directory(&half, Absent::Make)?;
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            Ok(File::from(openat(&directory, name(&half), flags, Mode::RUSR | Mode::WUSR)?))
        });
        let file = tokio::fs::File::from_std(file.await?);
        Ok(HalfFile { folder: self.clone(), key: key.clone(), file, is_whole: false })
    }

    pub async fn read(&self, key: &ObjectKey, range: Range<u64>) -> Result<ByteStream, FilesError> {
        let (folder, key) = (self.clone(), key.clone());
        let mut file = tokio::fs::File::from_std(blocking(move || folder.open(&key)).await?);
        file.seek(SeekFrom::Start(range.start)).await?;
        let left = range.end - range.start;
        Ok(stream::try_unfold((file, left), |(file, left)| next_chunk(file, left)).boxed())
    }

    pub async fn bytes(&self, key: &ObjectKey) -> Result<u64, FilesError> {
        let (folder, key) = (self.clone(), key.clone());
        blocking(move || Ok(folder.open(&key)?.metadata()?.len())).await
    }

    pub async fn remove(&self, key: &ObjectKey) -> Result<(), FilesError> {
        for part in [key.half(), key.preview().half(), key.preview(), key.clone()] {
            self.remove_one(&part).await?;
        }
        Ok(())
    }

    pub async fn remove_one(&self, key: &ObjectKey) -> Result<(), FilesError> {
        let (folder, key) = (self.clone(), key.clone());
        match blocking(move || folder.unlink(&key)).await {
            Err(FilesError::Missing) => Ok(()),
            done => done,
        }
    }

    pub fn kept(&self, site: SiteId) -> BoxStream<'static, Result<Kept, FilesError>> {
        let site = self.root.join(site.to_string());
        let tickets = stream::once(blocking(move || directories(&site))).map_ok(|found| {
            stream::iter(found.into_iter().map(Ok)).and_then(|ticket| blocking(move || files_of(&ticket)))
        });
        tickets.try_flatten().map_ok(|files| stream::iter(files.into_iter().map(Ok))).try_flatten().boxed()
    }

    fn open(&self, key: &ObjectKey) -> io::Result<File> {
        let directory = self.directory(key, Absent::Tell)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(openat(&directory, name(key), flags, Mode::empty())?))
    }

    fn unlink(&self, key: &ObjectKey) -> io::Result<()> {
        let directory = self.directory(key, Absent::Tell)?;
        unlinkat(&directory, name(key), AtFlags::empty())?;
        // So that what was erased does not come back after a power cut.
        Ok(fsync(&directory)?)
    }

    /// The folder of a key's file.
    fn directory(&self, key: &ObjectKey, absent: Absent) -> io::Result<OwnedFd> {
        let [site, ticket, _] = key.parts();
        let root = match File::open(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && absent == Absent::Make => {
                make_root(&self.root)?;
                File::open(&self.root)?
            }
            opened => opened?,
        };
        let site = step(root.as_fd(), site, absent)?;
        step(site.as_fd(), ticket, absent)
    }
}

/// What to do where a folder is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    Tell,
    Make,
}

fn step(from: impl AsFd, name: &str, absent: Absent) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(&from, name, flags, Mode::empty()) {
        Err(rustix::io::Errno::NOENT) if absent == Absent::Make => {
            match mkdirat(&from, name, Mode::RWXU) {
                // Somebody else was first.
                Ok(()) | Err(rustix::io::Errno::EXIST) => fsync(&from)?,
                Err(error) => return Err(error.into()),
            }
            Ok(openat(&from, name, flags, Mode::empty())?)
        }
        opened => Ok(opened?),
    }
}

fn make_root(root: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(root)?;
    match root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => Ok(fsync(File::open(parent)?)?),
        None => Ok(()),
    }
}

fn name(key: &ObjectKey) -> &str {
    key.parts()[2]
}

/// Folders right under this one; links to folders are none.
fn directories(path: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn files_of(ticket: &Path) -> io::Result<Vec<Kept>> {
    let under = ticket.parent().and_then(Path::file_name).zip(ticket.file_name());
    let (site, ticket_name) = under.map(|(a, b)| (a.to_string_lossy(), b.to_string_lossy())).unwrap_or_default();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(ticket)? {
        let entry = entry?;
        let key = ObjectKey::parse(&format!("{site}/{ticket_name}/{}", entry.file_name().to_string_lossy()));
        // What is no key of ours was put there by somebody else.
        let Some(key) = key else { continue };
        let changed = match entry.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata?.modified()?,
        };
        let at = changed.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        found.push(Kept { key, at: i64::try_from(at).unwrap_or(i64::MAX) });
    }
    Ok(found)
}

async fn next_chunk(
    mut file: tokio::fs::File,
    left: u64,
) -> Result<Option<(bytes::Bytes, (tokio::fs::File, u64))>, FilesError> {
    if left == 0 {
        return Ok(None);
    }
    let mut chunk = BytesMut::with_capacity(FILE_CHUNK_BYTES);
    let read = (&mut file).take(left.min(FILE_CHUNK_BYTES as u64)).read_buf(&mut chunk).await?;
    match read {
        0 => Err(FilesError::Failed("a file is shorter than it was".to_owned())),
        read => Ok(Some((chunk.freeze(), (file, left - read as u64)))),
    }
}

impl HalfFile {
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), FilesError> {
        Ok(self.file.write_all(bytes).await?)
    }

    pub(super) async fn finish(mut self) -> Result<(), FilesError> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let (folder, key) = (self.folder.clone(), self.key.clone());
        blocking(move || {
            let directory = folder.directory(&key, Absent::Tell)?;
            renameat(&directory, name(&key.half()), &directory, name(&key))?;
            Ok(fsync(&directory)?)
        })
        .await?;
        self.is_whole = true;
        Ok(())
    }
}

impl Drop for HalfFile {
    fn drop(&mut self) {
        if !self.is_whole {
            // What cannot be taken away now, the sweeper takes.
            let _ = self.folder.unlink(&self.key.half());
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, FilesError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(FilesError::Failed(error.to_string())),
    }
}
