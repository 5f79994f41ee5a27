//! What has to be so, in the database and where the files are: `hub check` (R-K19).

use futures_util::{StreamExt, TryStreamExt, stream};
use protocol::Millis;

use crate::actions::files::FileFailure;
use crate::actions::files::verify::{Depth, Differs, Part, parts};
use crate::domain::limits::FILES_AT_ONCE_MAX;
use crate::files::{Files, FilesError};
use crate::store::StoreError;
use crate::store::keep::{Finding, Look, Wrong};

/// Looks at everything and changes nothing. The database's schema has to be up to date.
pub async fn check(look: &Look, files: &Files, depth: Depth, now: Millis) -> Result<Vec<Finding>, FileFailure> {
    let mut found = look.check(now).await?;
    let wrong = match of_files(look, files, depth).await {
        // Rows that cannot be read are a finding, as with all other lines.
        Err(FileFailure::Store(StoreError::Failed(why))) => {
            let mut wrong = Wrong::default();
            wrong.add(|| format!("cannot be looked at: {why}"));
            wrong
        }
        looked => looked?,
    };
    found.push(Finding { invariant: "files", wrong });
    Ok(found)
}

/// Every file that a row says is stored has its bytes, and its preview's.
async fn of_files(look: &Look, files: &Files, depth: Depth) -> Result<Wrong, FileFailure> {
    let mut wrong = Wrong::default();
    let mut after = None;
    loop {
        let rows = look.stored_files(after).await?;
        let Some(last) = rows.last() else { return Ok(wrong) };
        after = Some(last.file.attachment.id);
        let looks = stream::iter(rows.iter().flat_map(parts)).map(|part| looked_at(files, part, depth));
        let looked: Vec<_> = looks.buffered(FILES_AT_ONCE_MAX).try_collect().await?;
        for (part, differs) in looked {
            let Some(differs) = differs else { continue };
            // It may have been removed since the row was read.
            if !look.is_stored(&part.key.of_file()).await? {
                continue;
            }
            wrong.add(|| match differs {
                Differs::Missing => format!("{} is missing", part.named()),
                Differs::Changed(how) => format!("{}: {how}", part.named()),
            });
        }
    }
}

async fn looked_at(files: &Files, part: Part, depth: Depth) -> Result<(Part, Option<Differs>), FilesError> {
    let differs = part.differs(files, depth).await?;
    Ok((part, differs))
}
