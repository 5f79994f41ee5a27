//! The local mailbox: a folder with one JSON file per mail, the newest ones kept.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use protocol::http::LocalMail;
use serde::{Deserialize, Serialize};
use tokio::fs;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::Mail;

/// Enough to look back on an afternoon of trying things.
const KEPT_MAX: usize = 200;

/// What stands in a file.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    mail: LocalMail,
    html: String,
}

/// Numbers the files that are being written. One process uses a folder.
static HALVES: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Debug)]
pub struct Folder {
    path: Arc<Path>,
}

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        // Sign-in codes are read here.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        Ok(Self { path: path.into() })
    }

    /// Written under another name and renamed, so that no half mail is ever read.
    pub(super) async fn keep(&self, mail: &Mail) -> io::Result<()> {
        let kept = Kept { mail: on_the_wire(mail), html: mail.html.clone() };
        // Thirteen digits of milliseconds: names sort by time.
        let name = format!("{:013}-{}", mail.at, mail.id);
        // Of its own: a worker whose lease ended may still be writing the same mail.
        let half = self.path.join(format!("{name}.{}.half", HALVES.fetch_add(1, Ordering::Relaxed)));
        let mut file = fs::File::create(&half).await?;
        file.write_all(&serde_json::to_vec_pretty(&kept)?).await?;
        file.sync_all().await?;
        fs::rename(half, self.path.join(format!("{name}.json"))).await?;
        self.drop_oldest().await
    }

    pub(super) async fn kept(&self) -> io::Result<Vec<LocalMail>> {
        let mut mails = Vec::new();
        for file in self.files().await? {
            // One that was dropped since the look is no longer there; one that cannot be read is skipped.
            if let Ok(text) = fs::read(&file).await
                && let Ok(kept) = serde_json::from_slice::<Kept>(&text)
            {
                mails.push(kept.mail);
            }
        }
        Ok(mails)
    }

    pub(super) async fn html(&self, id: Uuid) -> io::Result<Option<String>> {
        let end = format!("-{id}.json");
        let files = self.files().await?;
        let file = files.iter().rev().find(|file| file.to_str().is_some_and(|path| path.ends_with(&end)));
        let Some(file) = file else { return Ok(None) };
        let kept = serde_json::from_slice::<Kept>(&fs::read(file).await?);
        Ok(kept.ok().map(|kept| kept.html))
    }

    async fn drop_oldest(&self) -> io::Result<()> {
        let files = self.files().await?;
        for file in files.iter().take(files.len().saturating_sub(KEPT_MAX)) {
            match fs::remove_file(file).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// The mails' files, oldest first.
    async fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        let mut entries = fs::read_dir(&self.path).await?;
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

pub(super) fn on_the_wire(mail: &Mail) -> LocalMail {
    let raw = String::from_utf8_lossy(&mail.raw);
    let headers = raw.split_once("\r\n\r\n").map_or(&*raw, |(headers, _)| headers);
    LocalMail {
        id: mail.id,
        at: mail.at,
        from: mail.from.clone(),
        to: mail.to.clone(),
        subject: mail.subject.clone(),
        text: mail.text.clone(),
        headers: headers.replace("\r\n", "\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::tests::mail;

    fn mail_at(n: u128) -> Mail {
        Mail { at: i64::try_from(n).expect("small"), ..mail(n) }
    }

    #[tokio::test]
    async fn the_newest_mails_are_kept_in_order_and_a_repeat_replaces() {
        let directory = tempfile::tempdir().expect("a directory");
        let folder = Folder::open(&directory.path().join("mailbox")).expect("a folder");
        for n in 1..=KEPT_MAX as u128 + 5 {
            folder.keep(&mail_at(n)).await.expect("kept");
        }
        folder.keep(&mail_at(KEPT_MAX as u128)).await.expect("kept again");
        let kept = folder.kept().await.expect("read");
        assert_eq!(kept.len(), KEPT_MAX);
        assert_eq!(kept.first().map(|mail| mail.at), Some(6));
        assert_eq!(kept.last().map(|mail| mail.at), Some(KEPT_MAX as i64 + 5));
        let html = folder.html(Uuid::from_u128(KEPT_MAX as u128)).await.expect("read");
        assert_eq!(html, Some(mail(1).html));
        assert_eq!(folder.html(Uuid::from_u128(1)).await.expect("read"), None);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_same_mail_may_be_kept_by_several_at_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let folder = Folder::open(&directory.path().join("mailbox")).expect("a folder");
        let keeps = (0..50).map(|_| {
            let folder = folder.clone();
            tokio::spawn(async move { folder.keep(&mail(1)).await })
        });
        for kept in futures_util::future::join_all(keeps).await {
            kept.expect("no panic").expect("kept");
        }
        assert_eq!(folder.kept().await.expect("read").len(), 1);
    }
}
