//! `xueshi feed mapping` and `xueshi feed read`: what a source calls things, and how a file is read by it.

use std::io::Write;
use std::path::Path;

use super::installation::for_operator;
use super::{Failed, Outcome, note};
use crate::app::feed_runs::FeedRunner;
use crate::app::installation::export::ExportError;
use crate::config::Settings;
use crate::domain::message::{Message, Problem};
use crate::locale::Lang;

/// Writes the mapping file of a feed.
pub(super) fn write(code: &str, settings: &Settings) -> Result<Outcome, Failed> {
    std::io::stdout().write_all(FeedRunner::mapping(settings, code)?.as_bytes())?;
    Ok(Outcome::Well)
}

/// Writes each row of a file as it would be read.
pub(super) fn read(
    lang: Lang,
    pulling: &FeedRunner,
    code: &str,
    file: &Path,
) -> Result<Outcome, Failed> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let trial = pulling.try_file(code, file, |row| {
        serde_json::to_writer(&mut out, row)?;
        out.write_all(b"\n")
    });
    let trial = trial.map_err(|stopped| match stopped {
        ExportError::Failure(failure) => {
            let problem = Problem::at("", 0, for_operator(&failure));
            problem.in_file(&file.display().to_string()).into()
        }
        ExportError::Output(error) => Failed::from(error),
    })?;
    out.flush()?;
    let told = Message::new("feed_tried").with("read", trial.read).with("unread", trial.unread);
    note(lang, &told.with("skipped", trial.skipped));
    for notice in &trial.notices {
        note(lang, notice);
    }
    Ok(if trial.unread == 0 { Outcome::Well } else { Outcome::Wanting })
}
