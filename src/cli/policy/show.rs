//! `xueshi policy show`.

use super::Format;
use crate::app::policies::show;
use crate::app::presentation::policy_text;
use crate::cli::{Context, Failed, Outcome};
use crate::domain::declaration::Level;
use crate::domain::policy::compare::amend;
use crate::domain::policy::notice::model::Matching;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi policy show 331100/2023
  xueshi policy show 331100/2023 --lang zh
  xueshi policy show 330500/2021 --level intermediate --series engineering
  xueshi policy show 330400/2022 --format json

With --level, --series, --specialty or --sector, only the clauses that concern such a declaration.
给出级别、系列、专业或单位系统时，只列出相关条款。";

/// Arguments of `xueshi policy show`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Its id, such as 331100/2023 政策编号
    id: String,
    /// Only clauses that concern this level 级别
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    level: Option<Level>,
    /// Only clauses that concern this series 系列
    #[arg(long)]
    series: Option<String>,
    /// Only clauses that concern this specialty 专业
    #[arg(long)]
    specialty: Option<String>,
    /// Only clauses that concern this employer sector 单位系统
    #[arg(long)]
    sector: Option<String>,
    /// Form of the policy 输出格式
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

fn level(text: &str) -> Result<Level, String> {
    let names = Level::ALL.map(Level::name).join(", ");
    Level::from_name(text).ok_or(names)
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let catalog = context.catalog()?;
    let Some(policy) = catalog.get(&args.id) else {
        return Err(amend::unknown_policy(&catalog, &args.id).into());
    };
    let shown = show::show(&catalog, policy, |applies| args.concerned(applies));
    super::write(args.format, &shown, |shown| policy_text::lines(context.lang, shown))?;
    Ok(Outcome::Well)
}

impl Args {
    fn concerned(&self, applies: &Matching) -> bool {
        let among = |names: &[String], asked: &Option<String>| {
            names.is_empty() || asked.as_ref().is_none_or(|asked| names.contains(asked))
        };
        (applies.levels.is_empty()
            || self.level.is_none_or(|asked| applies.levels.contains(&asked)))
            && among(&applies.series, &self.series)
            && among(&applies.specialties, &self.specialty)
            && among(&applies.employer_sectors, &self.sector)
    }
}
