//! Lines of a part: counted and digested as they are written, read, or only looked at.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{KeepFailure, disk};
use crate::domain::file::hex;
use crate::domain::limits::PART_LINE_BYTES_MAX;
use crate::store::StoreError;
use crate::store::keep::Rows;

/// What a part holds, to compare it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub lines: u64,
    pub bytes: u64,
    pub sha256: String,
}

/// Lines so far.
#[derive(Default)]
pub(super) struct Tally {
    lines: u64,
    bytes: u64,
    digest: Sha256,
}

impl Tally {
    /// A line without its end.
    pub fn add(&mut self, line: &str) {
        self.lines += 1;
        self.bytes += line.len() as u64 + 1;
        self.digest.update(line);
        self.digest.update(b"\n");
    }

    pub fn part(self) -> Part {
        Part { lines: self.lines, bytes: self.bytes, sha256: hex(&self.digest.finalize()) }
    }
}

/// What the rows of a table are, read and thrown away.
pub(super) async fn tally(mut rows: Rows<'_>) -> Result<Part, StoreError> {
    let mut tally = Tally::default();
    loop {
        let lines = rows.next().await?;
        if lines.is_empty() {
            return Ok(tally.part());
        }
        lines.iter().for_each(|line| tally.add(line));
    }
}

/// A part that is written into a file, private and new.
pub(super) struct PartWriter {
    path: PathBuf,
    file: BufWriter<File>,
    tally: Tally,
}

impl PartWriter {
    pub fn create(path: &Path) -> Result<Self, KeepFailure> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(disk(path))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), tally: Tally::default() })
    }

    pub fn add(&mut self, line: &str) -> Result<(), KeepFailure> {
        self.tally.add(line);
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.write_all(b"\n"));
        written.map_err(disk(&self.path))
    }

    /// After this it is safe on the disk.
    pub fn finish(self) -> Result<Part, KeepFailure> {
        let file = self.file.into_inner().map_err(|error| disk(&self.path)(error.into_error()))?;
        file.sync_all().map_err(disk(&self.path))?;
        Ok(self.tally.part())
    }
}

/// A part that is read from a file.
pub(super) struct PartReader {
    path: PathBuf,
    file: BufReader<File>,
    tally: Tally,
}

impl PartReader {
    pub fn open(path: &Path) -> Result<Self, KeepFailure> {
        let file = BufReader::new(File::open(path).map_err(disk(path))?);
        Ok(Self { path: path.to_owned(), file, tally: Tally::default() })
    }

    /// At most so many lines; none at the end.
    pub fn next(&mut self, max: usize) -> Result<Vec<String>, KeepFailure> {
        let mut lines = Vec::new();
        while lines.len() < max {
            let mut line = Vec::new();
            let read = (&mut self.file).take(PART_LINE_BYTES_MAX).read_until(b'\n', &mut line);
            if read.map_err(disk(&self.path))? == 0 {
                break;
            }
            if line.pop() != Some(b'\n') {
                return Err(self.spoilt("a line has no end"));
            }
            let line = String::from_utf8(line).map_err(|_| self.spoilt("a line is no text"))?;
            self.tally.add(&line);
            lines.push(line);
        }
        Ok(lines)
    }

    /// Reads the rest, and says what all of it is.
    pub fn part(mut self) -> Result<Part, KeepFailure> {
        while !self.next(LINES_AT_ONCE)?.is_empty() {}
        Ok(self.tally.part())
    }

    fn spoilt(&self, why: &str) -> KeepFailure {
        KeepFailure::Refused(format!("{} is spoilt: {why}", self.path.display()))
    }
}

/// Lines that are read to be thrown away.
const LINES_AT_ONCE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read_and_spoilt_lines_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jsonl");
        let mut writer = PartWriter::create(&path).expect("a new file");
        let lines = ["[1]", "", "[\"é\"]"];
        lines.iter().for_each(|line| writer.add(line).expect("written"));
        let part = writer.finish().expect("written");
        assert_eq!((part.lines, part.bytes), (3, 12));
        assert_eq!(part.sha256, hex(&Sha256::digest("[1]\n\n[\"é\"]\n")));
        let mut reader = PartReader::open(&path).expect("it is there");
        assert_eq!(reader.next(2).expect("lines"), ["[1]", ""]);
        assert_eq!(reader.part().expect("the rest"), part);
        assert!(PartWriter::create(&path).is_err(), "never over another one");
        std::fs::write(&path, "[1]\n[2").expect("written");
        assert!(PartReader::open(&path).expect("it is there").part().is_err());
    }
}
