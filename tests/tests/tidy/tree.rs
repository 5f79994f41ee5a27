//! The files of the project, as a fresh clone has them: what is built or installed is left out.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders and files that no clone has.
const NOT_OURS: [&str; 7] = [".git", "target", "node_modules", "dist", "data", "out", "test-results"];

pub struct Tree {
    pub files: Vec<File>,
}

pub struct File {
    /// From the project's root, with slashes.
    pub path: String,
    /// Empty when it is not text.
    pub text: String,
}

impl Tree {
    pub fn read() -> Self {
        let mut files = Vec::new();
        collect(&root(), &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(files.len() > 50, "the walk found the project");
        Self { files }
    }

    pub fn file(&self, path: &str) -> &str {
        let file = self.files.iter().find(|file| file.path == path);
        &file.unwrap_or_else(|| panic!("{path} exists")).text
    }

    /// Every Rust file.
    pub fn sources(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// Every Markdown file.
    pub fn documents(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".md"))
    }

    /// Every line of every file with its path and number.
    pub fn lines(&self) -> impl Iterator<Item = (&str, usize, &str)> {
        self.files.iter().flat_map(|file| file.text.lines().zip(1..).map(|(line, n)| (file.path.as_str(), n, line)))
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if NOT_OURS.contains(&&*name) || name.ends_with(".log") {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else {
            let relative = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            files.push(File { path: relative, text: String::from_utf8(fs::read(&path).unwrap()).unwrap_or_default() });
        }
    }
}
