//! `hub backup`: a copy of everything in one folder, taken while the hub runs, and the look whether such a copy
//! is whole (R-K17).
//!
//! The rows are those of one state of the database. The files come after them: what was removed meanwhile is
//! written down as gone. The folder has its name only once all of it is on the disk.

use std::fs::{File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::{StreamExt, stream};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::copying::{Copied, CopyFailure, copy};
use super::manifest::{
    Backup, FileLine, KeptLine, KeyPart, Manifest, TablePart, files_in, keys_path, list_path, table_path, write_private,
};
use super::parts::{Part, PartReader, PartWriter};
use super::{KeepFailure, disk};
use crate::auth::Keys;
use crate::domain::Clock;
use crate::domain::file::{ObjectKey, hex};
use crate::domain::limits::{FILES_AT_ONCE_MAX, SWEPT_AT_ONCE_MAX};
use crate::files::{Files, FilesError};
use crate::store::keep::{Column, Look, Wrong};

/// What a backup's folder holds, and nothing else.
const PARTS: [&str; 6] = ["manifest.json", "manifest.sha256", "tables", "files.jsonl", "files", "keys"];

/// What is copied, and where to.
pub struct Wanted<'a> {
    pub look: &'a Look,
    pub files: &'a Files,
    /// The keys' folder, when they are wanted too.
    pub keys: Option<&'a Path>,
    pub to: &'a Path,
    pub clock: &'a Clock,
}

/// What was made.
pub struct Made {
    pub manifest: Manifest,
    /// Files that a row says are stored, and that are not there, cannot be read or have other bytes.
    pub not_well: Wrong,
}

/// Makes a backup.
///
/// # Errors
/// When something is there by its name already, or anything could not be read or written: then nothing is left
/// under that name.
pub async fn back_up(wanted: &Wanted<'_>) -> Result<Made, KeepFailure> {
    let Half { path: half, _held } = begin(wanted.to)?;
    let mut manifest = tables(wanted, &half).await?;
    let mut not_well = Wrong::default();
    files(wanted, &half, &mut manifest, &mut not_well).await?;
    if let Some(keys) = wanted.keys {
        manifest.keys = Some(copy_keys(keys, &keys_path(&half))?);
    }
    manifest.write(&half)?;
    finish(&half, wanted.to)?;
    Ok(Made { manifest, not_well })
}

/// A folder in which a backup is made, by one process at a time.
pub(super) struct Half {
    pub path: PathBuf,
    _held: File,
}

/// A new folder beside the place that the backup is to have. What a try that was cut off left goes.
pub(super) fn begin(to: &Path) -> Result<Half, KeepFailure> {
    if to.exists() {
        return Err(KeepFailure::Refused(format!("{} is there already: a backup is a new folder", to.display())));
    }
    let name = to.file_name().ok_or_else(|| KeepFailure::Refused("a backup needs a folder's name".to_owned()))?;
    let half = to.with_file_name(format!("{}.half", name.to_string_lossy()));
    if half.exists() {
        hold(&half)?;
        if !is_cut_off(&half)? {
            let path = half.display();
            return Err(KeepFailure::Refused(format!("{path} is in the way, and is no backup that was cut off")));
        }
        std::fs::remove_dir_all(&half).map_err(disk(&half))?;
    }
    std::fs::DirBuilder::new().mode(0o700).create(&half).map_err(disk(&half))?;
    let held = hold(&half)?;
    let tables = half.join("tables");
    std::fs::DirBuilder::new().mode(0o700).create(&tables).map_err(disk(&tables))?;
    Ok(Half { path: half, _held: held })
}

/// Until it is dropped, or the process dies.
fn hold(half: &Path) -> Result<File, KeepFailure> {
    let folder = File::open(half).map_err(disk(half))?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::WouldBlock) => {
            Err(KeepFailure::Refused(format!("another backup is being made in {}", half.display())))
        }
        Err(TryLockError::Error(why)) => Err(disk(half)(why)),
    }
}

/// Whether there is nothing in it but what a backup is made of: nobody else's folder is removed.
fn is_cut_off(half: &Path) -> Result<bool, KeepFailure> {
    for entry in std::fs::read_dir(half).map_err(disk(half))? {
        let name = entry.map_err(disk(half))?.file_name();
        if !PARTS.iter().any(|part| name == *part) {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) async fn tables(wanted: &Wanted<'_>, half: &Path) -> Result<Manifest, KeepFailure> {
    let state = wanted.look.hold().await?;
    let mut manifest = Manifest::new(state.about().clone(), wanted.clock.now());
    for table in state.tables() {
        let mut writer = PartWriter::create(&table_path(half, table.name))?;
        let mut rows = state.rows(table);
        loop {
            let lines = rows.next().await?;
            if lines.is_empty() {
                break;
            }
            for line in &lines {
                writer.add(line)?;
            }
        }
        let (name, columns) = (table.name.to_owned(), table.columns.clone());
        manifest.tables.push(TablePart { name, columns, part: writer.finish()? });
    }
    // Before the files, which take long: nothing is held for them.
    state.end().await?;
    sync_folder(&half.join("tables"))?;
    Ok(manifest)
}

pub(super) async fn files(
    wanted: &Wanted<'_>,
    half: &Path,
    manifest: &mut Manifest,
    not_well: &mut Wrong,
) -> Result<(), KeepFailure> {
    let mut list = PartWriter::create(&list_path(half))?;
    let to = files_in(half, wanted.clock.clone());
    if let Some(table) = manifest.tables.iter().find(|table| table.name == "attachment") {
        let columns = FileColumns::of(&table.columns);
        let mut rows = PartReader::open(&table_path(half, &table.name))?;
        loop {
            let lines = rows.next(usize::try_from(SWEPT_AT_ONCE_MAX).unwrap_or(1))?;
            if lines.is_empty() {
                break;
            }
            let mut stored = Vec::new();
            for line in &lines {
                stored.extend(columns.read(line)?);
            }
            let copies = stream::iter(stored).map(|file| async {
                let copied = copy(wanted.files, &to, &file.key).await;
                (file, copied)
            });
            let copies: Vec<_> = copies.buffered(FILES_AT_ONCE_MAX).collect().await;
            for (file, copied) in copies {
                let kept = what_is_kept(wanted.look, &file, copied, not_well).await?;
                if let KeptLine::Kept { bytes, .. } = &kept {
                    manifest.files.count += 1;
                    manifest.files.bytes += bytes;
                }
                list.add(&FileLine::new(&file.key, kept).write()?)?;
            }
        }
    }
    manifest.files.list = list.finish()?;
    Ok(())
}

async fn what_is_kept(
    look: &Look,
    file: &StoredFile,
    copied: Result<Copied, CopyFailure>,
    not_well: &mut Wrong,
) -> Result<KeptLine, KeepFailure> {
    match copied {
        Ok(Copied { bytes, sha256 }) => {
            if bytes != file.bytes || sha256[..] != file.sha256[..] {
                not_well.add(|| format!("{} has other bytes than those that came", file.key.as_str()));
            }
            Ok(KeptLine::Kept { bytes, sha256: hex(&sha256) })
        }
        Err(CopyFailure::From(FilesError::Missing)) if !look.is_stored(&file.key.of_file()).await? => {
            Ok(KeptLine::Gone)
        }
        Err(CopyFailure::From(error @ (FilesError::Missing | FilesError::Failed(_)))) => {
            not_well.add(|| match error {
                FilesError::Missing => format!("{} is missing", file.key.as_str()),
                why => format!("{} cannot be read: {why}", file.key.as_str()),
            });
            Ok(KeptLine::Missing)
        }
        Err(failure) => Err(FilesError::from(failure).into()),
    }
}

/// A file that has to be there, by its row.
struct StoredFile {
    key: ObjectKey,
    bytes: u64,
    sha256: Vec<u8>,
}

/// Where a row of `attachment` says what.
struct FileColumns {
    state: Option<usize>,
    key: Option<usize>,
    bytes: [Option<usize>; 2],
    sha256: [Option<usize>; 2],
}

impl FileColumns {
    fn of(columns: &[Column]) -> Self {
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        Self {
            state: place("state"),
            key: place("object_key"),
            bytes: [place("bytes"), place("preview_bytes")],
            sha256: [place("sha256"), place("preview_sha256")],
        }
    }

    /// The file and its preview; neither when it is not stored.
    fn read(&self, line: &str) -> Result<Vec<StoredFile>, KeepFailure> {
        let spoilt = || KeepFailure::Refused("a row of attachment cannot be read".to_owned());
        let row: Vec<Json> = serde_json::from_str(line).map_err(|_| spoilt())?;
        let cell = |place: Option<usize>| place.and_then(|place| row.get(place));
        if cell(self.state).and_then(Json::as_str) != Some("stored") {
            return Ok(Vec::new());
        }
        let key = cell(self.key).and_then(Json::as_str).and_then(ObjectKey::parse).ok_or_else(spoilt)?;
        let mut found = Vec::new();
        for (key, bytes, sha256) in
            [(key.clone(), self.bytes[0], self.sha256[0]), (key.preview(), self.bytes[1], self.sha256[1])]
        {
            if let (Some(bytes), Some(sha256)) =
                (cell(bytes).and_then(Json::as_u64), cell(sha256).and_then(Json::as_str))
            {
                let sha256 = BASE64_URL_SAFE_NO_PAD.decode(sha256).map_err(|_| spoilt())?;
                found.push(StoredFile { key, bytes, sha256 });
            }
        }
        Ok(found)
    }
}

fn copy_keys(from: &Path, to: &Path) -> Result<Vec<KeyPart>, KeepFailure> {
    // Whatever is no key is not taken for one.
    let keys = Keys::read(from)?;
    let mut builder = std::fs::DirBuilder::new();
    builder.mode(0o700).create(to).map_err(disk(to))?;
    let mut copied = Vec::new();
    for kid in keys.kids() {
        let name = format!("{kid}.key");
        let bytes = std::fs::read(from.join(&name)).map_err(disk(&from.join(&name)))?;
        write_private(&to.join(&name), &bytes)?;
        copied.push(KeyPart { kid, sha256: hex(&Sha256::digest(&bytes)) });
    }
    sync_folder(to)?;
    Ok(copied)
}

pub(super) fn finish(half: &Path, to: &Path) -> Result<(), KeepFailure> {
    sync_folder(half)?;
    if to.exists() {
        return Err(KeepFailure::Refused(format!("{} is there by now", to.display())));
    }
    std::fs::rename(half, to).map_err(disk(to))?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync_folder(parent)
}

fn sync_folder(path: &Path) -> Result<(), KeepFailure> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(disk(path))
}

/// Reads every byte of a backup and compares it with the manifest. Answers what is not as it was written.
pub async fn look_at(backup: &Backup, clock: &Clock) -> Result<Wrong, KeepFailure> {
    let mut wrong = look_at_lines(backup)?;
    let files = backup.files(clock.clone());
    let mut list = backup.file_list()?;
    loop {
        let lines = list.next(usize::try_from(SWEPT_AT_ONCE_MAX).unwrap_or(1))?;
        if lines.is_empty() {
            break;
        }
        for line in &lines {
            let (key, kept) = FileLine::read(line)?;
            let KeptLine::Kept { bytes, sha256 } = kept else { continue };
            match digest(&files, &key).await {
                Ok(found) if found == (bytes, sha256) => {}
                Ok(_) => wrong.add(|| format!("files/{} has other bytes", key.as_str())),
                Err(error) => wrong.add(|| format!("files/{}: {error}", key.as_str())),
            }
        }
    }
    for key in backup.manifest.keys.iter().flatten() {
        let found = std::fs::read(backup.keys_dir().join(format!("{}.key", key.kid)));
        if !found.is_ok_and(|bytes| hex(&Sha256::digest(&bytes)) == key.sha256) {
            wrong.add(|| format!("keys/{}.key is not what was written", key.kid));
        }
    }
    Ok(wrong)
}

/// The rows and the list of files.
pub(super) fn look_at_lines(backup: &Backup) -> Result<Wrong, KeepFailure> {
    let mut wrong = Wrong::default();
    let mut look = |name: String, found: Result<Part, KeepFailure>, written: &Part| match found {
        Ok(found) if found == *written => {}
        Ok(found) => wrong.add(|| format!("{name} has {} lines with other bytes, of {}", found.lines, written.lines)),
        Err(error) => wrong.add(|| error.to_string()),
    };
    for table in &backup.manifest.tables {
        let found = backup.table(&table.name).and_then(PartReader::part);
        look(format!("tables/{}.jsonl", table.name), found, &table.part);
    }
    look("files.jsonl".to_owned(), backup.file_list().and_then(PartReader::part), &backup.manifest.files.list);
    Ok(wrong)
}

pub(super) async fn digest(files: &Files, key: &ObjectKey) -> Result<(u64, String), FilesError> {
    let bytes = files.bytes(key).await?;
    let mut digest = Sha256::new();
    let mut stream = files.read(key, 0..bytes).await?;
    while let Some(chunk) = stream.next().await {
        digest.update(chunk?);
    }
    Ok((bytes, hex(&digest.finalize())))
}
