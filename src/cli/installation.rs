//! The installation that a command works on: its settings, its opening, its progress.

use std::io::IsTerminal;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use super::{Context, Failed, note};
use crate::app::installation::export::ExportError;
use crate::app::installation::open::{self, Missing};
use crate::app::service::{Failure, Service};
use crate::config::{self, Settings};
use crate::domain::ids::BatchId;
use crate::domain::message::{Message, Problem};
use crate::store::{StoreError, Surroundings};

/// Which installation.
#[derive(clap::Args)]
pub(super) struct Place {
    /// File of settings 设置文件
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    /// Its settings.
    pub(super) fn settings(&self) -> Result<Settings, Failed> {
        Ok(config::load(self.config.as_deref())?)
    }

    /// How a command is told which one, so that what is printed can be pasted.
    pub(super) fn words(&self) -> String {
        self.config
            .as_ref()
            .map_or_else(String::new, |path| format!(" --config {}", path.display()))
    }

    /// Opens it, and tells what was made or changed. A database has to be there.
    pub(super) fn open(&self, context: &Context) -> Result<(Settings, Service), Failed> {
        let settings = self.settings()?;
        let judge = context.judge()?;
        let opened = open::open(&settings, Missing::Refused, judge, Surroundings::system())?;
        for told in &opened.notes {
            note(context.lang, told);
        }
        Ok((settings, opened.service))
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Failed {
        let field = match &failure {
            Failure::Refused(field, _) => field.as_str(),
            _ => "",
        };
        Problem::at(field, 0, for_operator(&failure)).into()
    }
}

/// What to tell an operator: also why a database cannot be used, unless that repeats its address, in
/// which a password may be.
pub(super) fn for_operator(failure: &Failure) -> Message {
    match failure {
        Failure::Store(StoreError::Unavailable(why)) if !why.contains("://") => {
            Message::new("database_unusable").with("why", why.trim())
        }
        Failure::Store(error) => error.message_for_operator(),
        Failure::Vault(error) => error.message(),
        Failure::Internal(what) => Message::new("internal_fault").with("what", what),
        other => other.message(),
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Failed {
        Failure::from(error).into()
    }
}

impl From<ExportError> for Failed {
    fn from(stopped: ExportError) -> Failed {
        match stopped {
            ExportError::Failure(failure) => failure.into(),
            ExportError::Output(error) => error.into(),
        }
    }
}

/// The id of a batch, as it is given.
pub(super) fn batch(text: &str) -> Result<BatchId, String> {
    text.parse().map_err(|_| super::ID_FORM.to_owned())
}

/// How many persons are on record.
pub(super) fn people(service: &Service) -> Result<u64, Failure> {
    service.store.read_waiting(|tx| tx.count_people().map_err(Failure::from))
}

/// A bar on standard error where that is a terminal; it only counts where the end is not known.
pub(super) fn bar(total: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), "{wide_bar} {percent}% {eta} {msg}"),
        None => (ProgressBar::new_spinner(), "{spinner} {human_pos} {elapsed} {msg}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
