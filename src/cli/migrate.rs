//! `xueshi migrate`: brings a database to the form of this program.

use std::io::Write;

use super::installation::Place;
use super::{Context, Failed, Outcome};
use crate::app::installation::open;
use crate::domain::message::Message;
use crate::locale::message;
use crate::store::migrate::standing;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi migrate
  xueshi migrate --status
  xueshi migrate --config /etc/xueshi.toml

An SQLite database is migrated at every start anyway; a PostgreSQL database only by this command.
SQLite 数据库每次启动时自动迁移；PostgreSQL 数据库只由本命令迁移。

Exit status: 0 done, 1 (--status) something is still to be applied, 2 nothing could be done.";

/// Arguments of `xueshi migrate`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only say what is applied and what is not 只查看状态
    #[arg(long)]
    status: bool,
    #[command(flatten)]
    place: Place,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let settings = args.place.settings()?;
    let mut out = std::io::stdout().lock();
    let mut tell = |told: &Message| writeln!(out, "{}", message(context.lang, told));
    if args.status {
        let standing = standing(&settings.database_url())?;
        for name in &standing.applied {
            tell(&Message::new("migration_applied").with("name", name))?;
        }
        for name in &standing.pending {
            tell(&Message::new("migration_pending").with("name", name))?;
        }
        return Ok(if standing.pending.is_empty() { Outcome::Well } else { Outcome::Wanting });
    }
    let applied = open::migrate(&settings)?;
    for name in &applied {
        tell(&Message::new("migration_applied").with("name", name))?;
    }
    if applied.is_empty() {
        tell(&Message::new("migration_none"))?;
    }
    Ok(Outcome::Well)
}
