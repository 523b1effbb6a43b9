//! Loads policies: the ones in the binary, or those of a folder.

pub mod diff;
pub mod lint;
pub mod list;
pub mod scenario;
pub mod show;
pub mod simulate;
pub mod sweep;
pub mod trial;

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::policy::notice::catalog::Catalog;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/config/policies");

/// The text of policy files, by name.
pub type Texts = Vec<(String, String)>;

/// The texts of a folder's `*.toml`, or of the embedded ones.
pub fn texts(folder: Option<&Path>) -> Result<Texts, Problems> {
    match folder {
        Some(folder) => toml_files(folder),
        None => Ok(EMBEDDED
            .files()
            .filter(|file| file.path().extension().is_some_and(|ext| ext == "toml"))
            .filter_map(|file| {
                let name = file.path().to_string_lossy().into_owned();
                Some((name, file.contents_utf8()?.to_owned()))
            })
            .collect()),
    }
}

/// The catalog of a folder, or the embedded one.
pub fn load(folder: Option<&Path>) -> Result<Catalog, Problems> {
    let texts = texts(folder)?;
    Catalog::from_texts(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

/// Every `*.toml` of a folder, sorted by name.
pub fn toml_files(folder: &Path) -> Result<Texts, Problems> {
    toml_paths(folder)?.iter().map(|path| read(path)).collect()
}

/// The paths of every `*.toml` of a folder, sorted by name.
pub fn toml_paths(folder: &Path) -> Result<Vec<PathBuf>, Problems> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .collect();
    paths.sort();
    if paths.is_empty() {
        let message = Message::new("no_toml").with("path", folder.display());
        return Err(vec![Problem::at("", 0, message)]);
    }
    Ok(paths)
}

/// The name and text of a file.
pub fn read(path: &Path) -> Result<(String, String), Problems> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok((path.display().to_string(), text))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problems {
    let message = Message::new("unreadable").with("path", path.display()).with("why", error);
    vec![Problem::at("", 0, message).in_file(&path.display().to_string())]
}
