//! `xueshi policy diff`.

use super::Format;
use crate::app::policies::diff::{self, Operand};
use crate::app::presentation::policy_diff;
use crate::cli::{Context, Failed, Outcome};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi policy diff 330500/2021 331100/2023
  xueshi policy diff 331100/2023 drafts/lishui-2024.toml --lang zh
  xueshi policy diff 331100/2023 drafts/:331100/2024
  xueshi policy diff policies-2025/ policies-2026/ --format json

Each side is a policy id, a policy file, a folder of them, or FOLDER:ID; ids are those of --policies
or the built-in ones. A folder beside a single policy stands for the policy of the same id in it.
每一边可以是政策编号、政策文件、目录或“目录:编号”；目录与单个政策相比时，取其中同编号的政策。";

/// Arguments of `xueshi policy diff`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// The old policy or folder 旧政策
    old: String,
    /// The new policy or folder 新政策
    new: String,
    /// Form of the comparison 输出格式
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let base = context.catalog()?;
    let (old, new) = (Operand::open(&args.old, &base)?, Operand::open(&args.new, &base)?);
    let report = diff::compare(&old, &new)?;
    super::write(args.format, &report, |report| policy_diff::lines(context.lang, report))?;
    Ok(Outcome::Well)
}
