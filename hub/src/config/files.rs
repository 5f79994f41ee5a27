//! `[files]`: where attachments are kept, and how much they may take.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::raw::{secret, value};
use super::{ConfigError, Secret};
use crate::actions::files::FileLimits;
use crate::domain::network::is_private_host;
use crate::domain::{Clock, Origin};
use crate::files::preview::Previewer;
use crate::files::{BucketSettings, FilesError};
use crate::store::files::Space;

#[derive(Clone, Debug)]
pub struct Files {
    pub kept: Kept,
    pub limits: FileLimits,
    pub previews: bool,
    /// `None`: the hub's own.
    pub preview_program: Option<PathBuf>,
    /// The bucket that is named, in use or not; or why it could not be.
    bucket: Result<S3, String>,
}

/// No bucket to move files to.
#[derive(Debug, Error)]
pub enum BucketMissing {
    #[error("the bucket is not named as a whole in [files]: {0}")]
    Settings(String),
    #[error(transparent)]
    Files(#[from] FilesError),
}

#[derive(Clone, Debug)]
pub enum Kept {
    /// `None`: in the data directory.
    Local {
        folder: Option<PathBuf>,
    },
    S3(S3),
}

#[derive(Clone, Debug)]
pub struct S3 {
    /// Empty: Amazon's own of the region.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: Secret,
    pub secret_key: Secret,
    pub path_style: bool,
    /// Whether the endpoint may be plain http in a private network.
    pub allow_http: bool,
}

impl Files {
    pub(super) fn open(&self, data_dir: &Path, clock: Clock) -> Result<crate::files::Files, FilesError> {
        let previewer = self.previews.then(|| match &self.preview_program {
            Some(program) => Previewer::with(program.clone()),
            None => Previewer::default(),
        });
        match &self.kept {
            Kept::Local { folder } => {
                let folder = folder.clone().unwrap_or_else(|| data_dir.join("files"));
                Ok(crate::files::Files::in_folder(folder, previewer, clock))
            }
            Kept::S3(s3) => crate::files::Files::in_bucket(&s3.settings(), previewer, clock),
        }
    }

    pub(super) fn bucket(&self, clock: Clock) -> Result<crate::files::Files, BucketMissing> {
        let s3 = self.bucket.as_ref().map_err(|why| BucketMissing::Settings(why.clone()))?;
        Ok(crate::files::Files::in_bucket(&s3.settings(), None, clock)?)
    }

    /// Every key with its value, as a TOML file would have it; secrets are masked.
    pub(super) fn entries(&self) -> Vec<(&'static str, String)> {
        let quoted = |text: &str| format!("{text:?}");
        let path =
            |path: &Option<PathBuf>| format!("{:?}", path.as_deref().unwrap_or(Path::new("")).display().to_string());
        let mut entries = match &self.kept {
            Kept::Local { folder } => vec![("store", quoted("local")), ("folder", path(folder))],
            Kept::S3(s3) => vec![
                ("store", quoted("s3")),
                ("s3_endpoint", quoted(&s3.endpoint)),
                ("s3_bucket", quoted(&s3.bucket)),
                ("s3_region", quoted(&s3.region)),
                ("s3_access_key", quoted("•••")),
                ("s3_secret_key", quoted("•••")),
                ("s3_path_style", s3.path_style.to_string()),
                ("s3_allow_http", s3.allow_http.to_string()),
            ],
        };
        entries.extend([
            ("bytes_max", self.limits.bytes_max.to_string()),
            ("ticket_bytes_max", self.limits.space.ticket_max.to_string()),
            ("person_day_bytes_max", self.limits.space.person_day_max.to_string()),
            ("site_bytes_max", self.limits.space.site_max.to_string()),
            ("previews", self.previews.to_string()),
            ("preview_program", path(&self.preview_program)),
        ]);
        entries
    }
}

impl S3 {
    /// Where the bucket is and who asks.
    pub fn settings(&self) -> BucketSettings {
        BucketSettings {
            endpoint: self.endpoint.clone(),
            bucket: self.bucket.clone(),
            region: self.region.clone(),
            access_key: self.access_key.reveal().to_owned(),
            secret_key: self.secret_key.reveal().to_owned(),
            path_style: self.path_style,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFiles {
    store: String,
    folder: PathBuf,
    s3_endpoint: String,
    s3_bucket: String,
    s3_region: String,
    s3_access_key: String,
    s3_access_key_file: PathBuf,
    s3_secret_key: String,
    s3_secret_key_file: PathBuf,
    s3_path_style: bool,
    s3_allow_http: bool,
    bytes_max: i64,
    ticket_bytes_max: i64,
    person_day_bytes_max: i64,
    site_bytes_max: i64,
    previews: bool,
    preview_program: PathBuf,
}

impl RawFiles {
    pub(super) fn check(self) -> Result<Files, ConfigError> {
        let (ticket_max, person_day_max, site_max) =
            (self.ticket_bytes_max, self.person_day_bytes_max, self.site_bytes_max);
        if self.bytes_max < 1 {
            return Err(value("files.bytes_max", "at least 1"));
        }
        for (key, max) in [
            ("files.ticket_bytes_max", ticket_max),
            ("files.person_day_bytes_max", person_day_max),
            ("files.site_bytes_max", site_max),
        ] {
            if max < self.bytes_max {
                return Err(value(key, "at least files.bytes_max: one file has to fit"));
            }
        }
        let limits = FileLimits { bytes_max: self.bytes_max, space: Space { ticket_max, person_day_max, site_max } };
        let set = |path: PathBuf| Some(path).filter(|path| !path.as_os_str().is_empty());
        let (previews, preview_program) = (self.previews, set(self.preview_program.clone()));
        let (store, folder) = (self.store.clone(), self.folder.clone());
        let s3 = self.s3();
        let bucket = s3.as_ref().map(Clone::clone).map_err(ToString::to_string);
        let kept = match store.as_str() {
            "local" => Kept::Local { folder: set(folder) },
            "s3" => Kept::S3(s3?),
            _ => return Err(value("files.store", "\"local\" or \"s3\"")),
        };
        Ok(Files { kept, limits, previews, preview_program, bucket })
    }

    fn s3(self) -> Result<S3, ConfigError> {
        let key = |key, by_value, file: &Path| secret(key, by_value, file)?.ok_or_else(|| value(key, "needed for s3"));
        if self.s3_bucket.is_empty() {
            return Err(value("files.s3_bucket", "needed for s3"));
        }
        if !self.s3_endpoint.is_empty() {
            check_endpoint(&self.s3_endpoint, self.s3_allow_http)?;
        }
        Ok(S3 {
            access_key: key("files.s3_access_key", self.s3_access_key, &self.s3_access_key_file)?,
            secret_key: key("files.s3_secret_key", self.s3_secret_key, &self.s3_secret_key_file)?,
            endpoint: self.s3_endpoint,
            bucket: self.s3_bucket,
            region: self.s3_region,
            path_style: self.s3_path_style,
            allow_http: self.s3_allow_http,
        })
    }
}

/// What people send goes over no network as it is, but for one that is the operator's own and is said to be.
fn check_endpoint(endpoint: &str, allow_http: bool) -> Result<(), ConfigError> {
    const KEY: &str = "files.s3_endpoint";
    let origin = Origin::parse(endpoint.trim_end_matches('/')).map_err(|why| value(KEY, why))?;
    match (origin.is_https() || origin.is_local(), allow_http) {
        (true, _) => Ok(()),
        (false, true) if is_private_host(origin.host()) => Ok(()),
        (false, true) => Err(value(KEY, "https: http goes to a private address or name alone, such as 10.0.0.7 or s3")),
        (false, false) => {
            Err(value(KEY, "https, or http to this machine alone (files.s3_allow_http for a private network)"))
        }
    }
}
