//! What a backup is made of: a folder with a manifest, a part for each table, the files, and perhaps the keys.
//!
//! ```text
//! manifest.json     versions, epoch, counts and the SHA-256 of every part
//! manifest.sha256   its own, as sha256sum writes and checks it
//! tables/*.jsonl    rows, in a form that knows no database
//! files.jsonl       each file's key, size and SHA-256
//! files/            their bytes, under these keys
//! keys/             with --with-keys alone
//! ```

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use protocol::Millis;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::parts::{Part, PartReader};
use super::{KeepFailure, disk};
use crate::domain::Clock;
use crate::domain::file::{ObjectKey, hex};
use crate::files::Files;
use crate::store::keep::{About, Column, TableShape};

/// Of the layout above. Another one is another number.
const FORMAT: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The version of the hub that made it.
    pub hub: String,
    pub made_at: Millis,
    pub database: About,
    pub tables: Vec<TablePart>,
    pub files: FilesPart,
    /// `None`: the keys are kept elsewhere.
    pub keys: Option<Vec<KeyPart>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePart {
    pub name: String,
    pub columns: Vec<Column>,
    #[serde(flatten)]
    pub part: Part,
}

/// The files that are there, and the list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesPart {
    pub count: u64,
    pub bytes: u64,
    pub list: Part,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPart {
    pub kid: String,
    pub sha256: String,
}

/// A line of the list of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileLine {
    pub key: String,
    #[serde(flatten)]
    pub kept: KeptLine,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(super) enum KeptLine {
    Kept {
        bytes: u64,
        sha256: String,
    },
    /// Removed while the backup was made: its message was erased, or nobody named it.
    Gone,
    /// Its row says that it is there, and it was not, or could not be read.
    Missing,
}

/// A backup that is complete: its manifest is what it was when it was made.
#[derive(Clone, Debug)]
pub struct Backup {
    root: PathBuf,
    pub manifest: Manifest,
    /// The SHA-256 of the manifest, and so of everything.
    pub id: String,
}

impl Manifest {
    pub(super) fn new(database: About, made_at: Millis) -> Self {
        Self {
            format: FORMAT,
            hub: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            database,
            tables: Vec::new(),
            files: FilesPart { count: 0, bytes: 0, list: Part { lines: 0, bytes: 0, sha256: String::new() } },
            keys: None,
        }
    }

    /// Writes it into a backup's folder. Answers its SHA-256.
    pub(super) fn write(&self, root: &Path) -> Result<String, KeepFailure> {
        let path = root.join("manifest.json");
        let json = serde_json::to_vec_pretty(self).map_err(|error| KeepFailure::Refused(error.to_string()))?;
        let id = hex(&Sha256::digest(&json));
        write_private(&path, &json)?;
        write_private(&root.join("manifest.sha256"), format!("{id}  manifest.json\n").as_bytes())?;
        Ok(id)
    }

    pub fn shapes(&self) -> Vec<TableShape> {
        let shape = |table: &TablePart| TableShape { name: table.name.clone(), columns: table.columns.clone() };
        self.tables.iter().map(shape).collect()
    }

    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.part.lines).sum()
    }
}

impl Backup {
    /// # Errors
    /// When it is none, not whole, or of another layout.
    pub fn open(root: &Path) -> Result<Self, KeepFailure> {
        let path = root.join("manifest.json");
        if !path.exists() {
            return Err(KeepFailure::Refused(format!("{} is no backup: it has no manifest.json", root.display())));
        }
        let json = std::fs::read(&path).map_err(disk(&path))?;
        let beside = root.join("manifest.sha256");
        let said = std::fs::read_to_string(&beside).map_err(disk(&beside))?;
        let id = hex(&Sha256::digest(&json));
        if said.split_whitespace().next() != Some(id.as_str()) {
            return Err(KeepFailure::Refused(format!("{} is not what was written", path.display())));
        }
        // Its number first: another layout may have other fields.
        let format = serde_json::from_slice::<serde_json::Value>(&json).ok().and_then(|json| json["format"].as_u64());
        let other =
            || KeepFailure::Refused(format!("{} is of a layout that this version does not know", root.display()));
        if format != Some(u64::from(FORMAT)) {
            return Err(other());
        }
        let manifest = serde_json::from_slice(&json).map_err(|_| other())?;
        Ok(Self { root: root.to_owned(), manifest, id })
    }

    pub(super) fn table(&self, name: &str) -> Result<PartReader, KeepFailure> {
        PartReader::open(&table_path(&self.root, name))
    }

    pub(super) fn file_list(&self) -> Result<PartReader, KeepFailure> {
        PartReader::open(&list_path(&self.root))
    }

    pub(super) fn files(&self, clock: Clock) -> Files {
        files_in(&self.root, clock)
    }

    pub(super) fn keys_dir(&self) -> PathBuf {
        keys_path(&self.root)
    }
}

pub(super) fn table_path(root: &Path, name: &str) -> PathBuf {
    root.join("tables").join(format!("{name}.jsonl"))
}

pub(super) fn list_path(root: &Path) -> PathBuf {
    root.join("files.jsonl")
}

pub(super) fn keys_path(root: &Path) -> PathBuf {
    root.join("keys")
}

pub(super) fn files_in(root: &Path, clock: Clock) -> Files {
    Files::in_folder(root.join("files"), None, clock)
}

impl FileLine {
    pub fn new(key: &ObjectKey, kept: KeptLine) -> Self {
        Self { key: key.as_str().to_owned(), kept }
    }

    pub fn write(&self) -> Result<String, KeepFailure> {
        serde_json::to_string(self).map_err(|error| KeepFailure::Refused(error.to_string()))
    }

    pub fn read(line: &str) -> Result<(ObjectKey, KeptLine), KeepFailure> {
        let spoilt = || KeepFailure::Refused("the list of files cannot be read".to_owned());
        let line: Self = serde_json::from_str(line).map_err(|_| spoilt())?;
        Ok((ObjectKey::parse(&line.key).ok_or_else(spoilt)?, line.kept))
    }
}

pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), KeepFailure> {
    let open = || std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = open().and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(disk(path))
}
