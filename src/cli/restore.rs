//! `xueshi restore`: puts a copy in the place of the database.

use std::path::PathBuf;

use super::installation::Place;
use super::{Context, Failed, Outcome, note};
use crate::app::installation::backup;
use crate::clock::Clock;
use crate::domain::message::Message;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi restore /backup/xueshi-2026-03-01.db
  xueshi restore --replace /backup/xueshi-2026-03-01.db && xueshi verify

The server has to be stopped. The copy is examined, and the keys (keys.toml in the data folder) have
to be those it was used with. A database that is replaced is kept beside, under another name.
须先停止服务。恢复前核对备份及其密钥；被替换的数据库改名保留。

Exit status: 0 the copy is in its place, 2 nothing was changed.";

/// Arguments of `xueshi restore`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A copy that `xueshi backup` made 备份文件
    file: PathBuf,
    /// Replace the database that is there 替换现有数据库
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    place: Place,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let settings = args.place.settings()?;
    let kept = backup::restore(&settings, &args.file, args.replace, Clock::System.now())?;
    note(context.lang, &Message::new("restored").with("url", settings.database_url()));
    if let Some(kept) = kept {
        note(context.lang, &Message::new("restored_kept").with("path", kept.display()));
    }
    Ok(Outcome::Well)
}
