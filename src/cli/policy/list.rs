//! `xueshi policy list`.

use super::Format;
use crate::app::policies::list;
use crate::cli::{Context, Failed, Outcome};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi policy list
  xueshi policy list --lang zh --policies drafts/
  xueshi policy list --format json";

/// Arguments of `xueshi policy list`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Form of the list 输出格式
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let entries = list::entries(&context.catalog()?);
    super::write(args.format, &entries, |entries| list::lines(context.lang, entries))?;
    Ok(Outcome::Well)
}
