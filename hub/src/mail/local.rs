//! The local mailbox: a folder with one JSON file per mail, the newest ones kept.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::http::LocalMail;
use tokio::fs;
use tokio::io::AsyncWriteExt;

use super::Mail;

/// Enough to look back on an afternoon of trying things.
const KEPT_MAX: usize = 200;

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
    pub(super) async fn keep(&self, mail: Mail) -> io::Result<()> {
        let mail = on_the_wire(mail);
        // Thirteen digits of milliseconds: names sort by time.
        let name = format!("{:013}-{}", mail.at, mail.id);
        let half = self.path.join(format!("{name}.half"));
        let mut file = fs::File::create(&half).await?;
        file.write_all(&serde_json::to_vec_pretty(&mail)?).await?;
        file.sync_all().await?;
        fs::rename(half, self.path.join(format!("{name}.json"))).await?;
        self.drop_oldest().await
    }

    pub(super) async fn kept(&self) -> io::Result<Vec<LocalMail>> {
        let mut mails = Vec::new();
        for file in self.files().await? {
            // One that was dropped since the look is no longer there; one that cannot be read is skipped.
            if let Ok(text) = fs::read(&file).await
                && let Ok(mail) = serde_json::from_slice(&text)
            {
                mails.push(mail);
            }
        }
        Ok(mails)
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

pub(super) fn on_the_wire(mail: Mail) -> LocalMail {
    LocalMail { id: mail.id, at: mail.at, to: mail.to, subject: mail.subject, text: mail.text }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn mail(n: u128) -> Mail {
        let at = i64::try_from(n).expect("small");
        Mail { id: Uuid::from_u128(n), at, to: "a@example.org".into(), subject: "S".into(), text: format!("{n}") }
    }

    #[tokio::test]
    async fn the_newest_mails_are_kept_in_order_and_a_repeat_replaces() {
        let directory = tempfile::tempdir().expect("a directory");
        let folder = Folder::open(&directory.path().join("mailbox")).expect("a folder");
        for n in 1..=KEPT_MAX as u128 + 5 {
            folder.keep(mail(n)).await.expect("kept");
        }
        folder.keep(mail(KEPT_MAX as u128)).await.expect("kept again");
        let kept = folder.kept().await.expect("read");
        assert_eq!(kept.len(), KEPT_MAX);
        assert_eq!(kept.first().map(|mail| mail.at), Some(6));
        assert_eq!(kept.last().map(|mail| mail.at), Some(KEPT_MAX as i64 + 5));
    }
}
