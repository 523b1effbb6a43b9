//! `xueshi backup`: a proved copy of the database, made while others write.

use std::path::PathBuf;

use super::installation::Place;
use super::{Context, Failed, Outcome, note};
use crate::app::installation::backup;
use crate::app::installation::open::keys_file;
use crate::domain::message::Message;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi backup /backup/xueshi-2026-03-01.db
  xueshi backup --config /etc/xueshi.toml /backup/today.db

The server may go on. The copy is examined before it is put in its place, and never takes the place
of another file. The keys (keys.toml in the data folder) are not in it: back them up elsewhere.
服务可继续运行；备份先核对再落盘，从不覆盖已有文件。备份不含密钥（数据目录中的 keys.toml），须另行保管。

Exit status: 0 there is a copy, 2 there is none.";

/// Arguments of `xueshi backup`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A new file 备份文件
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let settings = args.place.settings()?;
    let bytes = backup::backup(&settings, &args.file)?;
    let told = Message::new("backed_up").with("path", args.file.display()).with("bytes", bytes);
    note(context.lang, &told.with("keys", keys_file(&settings).display()));
    Ok(Outcome::Well)
}
