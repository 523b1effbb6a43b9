//! `xueshi simulate`: the same people under the rule as it stands and under another.

use std::path::PathBuf;

use super::input::Input;
use super::policy::{self, Format};
use super::{Context, Failed, Outcome};
use crate::app::policies::simulate::Simulation;
use crate::app::policies::sweep::Sweep;
use crate::app::presentation::simulation;
use crate::domain::case::Case;
use crate::domain::fields::Problems;
use crate::domain::message::Problem;
use crate::domain::policy::compare::amend::Setting;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi simulate --set '331100/2023#annual.total=80' cases.ndjson
  xueshi simulate --set '331100/2023#annual.min.general=18' --witnesses 10 < cases.ndjson
  xueshi simulate --set '330400/2022#transition-360.when={ always = true }' cases.ndjson --lang zh
  xueshi simulate --sweep '331100/2023#annual.total=60..120:5' cases.ndjson --format json
  xueshi simulate --set '331100/2023#count.at_least=3' --declarations d.csv --records r.csv

KEY is POLICY#CLAUSE.FIELD; a part of a field is named like window.length or min.general. The value
is TOML, as a policy file would say it; hours may stand without quotes.
KEY 为“政策#条款.字段”；值按政策文件的 TOML 写法，学时可不加引号。

Exit status: 0 every case was judged, 1 some could not be read, 2 nothing could be done.";

/// The most unreadable cases that are told one by one.
const MOST_TOLD: u64 = 20;

/// Arguments of `xueshi simulate`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// NDJSON cases; standard input where there is none 案例文件
    file: Option<PathBuf>,
    /// Another value for a field of a clause; may be repeated 改动
    #[arg(long, value_name = "KEY=VALUE", required_unless_present = "sweep")]
    set: Vec<String>,
    /// Every value of one quantity 逐值比较
    #[arg(long, value_name = "KEY=FROM..TO[:STEP]")]
    sweep: Option<String>,
    /// How many examples to name for each change of verdict 示例人数
    #[arg(long, value_name = "N", default_value_t = 3)]
    witnesses: u8,
    /// CSV of declarations, with --records 申报表
    #[arg(long, value_name = "CSV", requires = "records", conflicts_with = "file")]
    declarations: Option<PathBuf>,
    /// CSV of records, with --declarations 学时表
    #[arg(long, value_name = "CSV", requires = "declarations")]
    records: Option<PathBuf>,
    /// Form of the report 输出格式
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let catalog = context.catalog()?;
    let read: Vec<Result<Setting, Problem>> =
        args.set.iter().map(|text| Setting::read(text)).collect();
    let wrong: Problems = read.iter().filter_map(|setting| setting.clone().err()).collect();
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let settings: Vec<Setting> = read.into_iter().filter_map(Result::ok).collect();
    let lang = context.lang;
    if let Some(asked) = &args.sweep {
        let mut sweep = Sweep::new(&catalog, &settings, asked)?;
        let outcome = each(args, context, |_, case| sweep.add(case))?;
        let report = sweep.report()?;
        policy::write(args.format, &report, |r| simulation::sweep_lines(lang, r))?;
        return Ok(outcome);
    }
    let mut simulation = Simulation::new(&catalog, &settings, args.witnesses.into())?;
    let outcome = each(args, context, |line, case| simulation.add(line, case))?;
    let report = simulation.report()?;
    policy::write(args.format, &report, |r| simulation::lines(lang, r))?;
    Ok(outcome)
}

/// Gives every readable case to `judge`; the others are told, the first of them one by one.
fn each(
    args: &Args,
    context: &Context,
    mut judge: impl FnMut(u64, &Case) -> Result<(), Problems>,
) -> Result<Outcome, Failed> {
    let mut input =
        Input::open(args.file.as_deref(), args.declarations.as_deref(), args.records.as_deref())?;
    let name = args.file.as_ref().or(args.declarations.as_ref());
    let name = name.map_or_else(|| "-".to_owned(), |path| path.display().to_string());
    let (mut failed, mut count) = (0u64, 0u64);
    while let Some(item) = input.next()? {
        count += 1;
        match item.case {
            Ok(case) => judge(item.line, &case)?,
            Err((_, problems)) => {
                failed += 1;
                if failed <= MOST_TOLD {
                    let line = u32::try_from(item.line).unwrap_or(u32::MAX);
                    let placed = |problem: Problem| match problem.file {
                        Some(_) => problem,
                        None => Problem { line, ..problem }.in_file(&name),
                    };
                    let problems: Problems = problems.into_iter().map(placed).collect();
                    super::complain(context.lang, &problems);
                }
            }
        }
    }
    Ok(input.ended(context, failed, count))
}
