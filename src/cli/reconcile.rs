//! `xueshi reconcile`: the ledger against what a feed has.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::installation::{Place, bar};
use super::{Context, Failed, Outcome};
use crate::app::feed_runs::FeedRunner;
use crate::app::feed_runs::compare::Compared;
use crate::app::installation::new_file::NewFile;
use crate::app::reconciliation::Reconciled;
use crate::app::reconciliation::report::{self, Form};
use crate::domain::year::Year;
use crate::locale::{Lang, text};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi reconcile huzhou-registry
  xueshi reconcile huzhou-registry --year 2024 --report differences.xlsx
  xueshi reconcile lishui-registry --file LS_XS_20230514_full_01.csv

Asks the source for everything, and compares it record by record, by its totals and by its sums of
persons. What differs becomes a difference that a reviewer settles; an open one counts as pending hours.
逐条、按合计、按个人汇总核对来源与台账。差异由主管部门处理；未处理的差异按待认定学时计。

Exit status: 0 everything agrees, 1 something differs, 2 it could not be compared.";

/// Arguments of `xueshi reconcile`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The feed's code 数据源代码
    feed: String,
    /// Only this year 仅此年度
    #[arg(long, value_parser = year)]
    year: Option<Year>,
    /// A whole listing of the source, instead of asking it 完整清单文件
    #[arg(long)]
    file: Option<PathBuf>,
    /// Write every difference to a new file 差异表
    #[arg(long, value_name = "OUT.csv|OUT.xlsx", value_parser = report_file)]
    report: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

fn year(text: &str) -> Result<Year, String> {
    text.parse().ok().and_then(Year::new).ok_or_else(|| "2024".to_owned())
}

fn report_file(text: &str) -> Result<PathBuf, String> {
    form(Path::new(text)).map(|_| PathBuf::from(text)).ok_or_else(|| "OUT.csv, OUT.xlsx".to_owned())
}

fn form(path: &Path) -> Option<Form> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "csv" => Some(Form::Csv),
        "xlsx" => Some(Form::Xlsx),
        _ => None,
    }
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let new = args.report.as_deref().map(NewFile::begin).transpose()?;
    let (settings, service) = args.place.open(context)?;
    let pulling = FeedRunner::new(&service, &settings)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let bar = bar(None);
    let compared =
        pulling.compare(runtime.handle(), &args.feed, args.year, args.file.as_deref(), &mut |at| {
            let pages = at.pages.to_string();
            bar.set_message(text(context.lang, "feed.fetching", &[("pages", &pages)]));
        });
    bar.finish_and_clear();
    let compared = compared?;
    tell(context.lang, &compared)?;
    if let (Some(new), Some(form)) = (new, args.report.as_deref().and_then(form)) {
        let mut all = compared.listing.clone();
        for (_, sums) in &compared.sums {
            all.findings.extend(sums.findings.iter().cloned());
        }
        report::write(&all, form, Some(&settings.data.folder), new.open()?)?;
        new.finish()?;
    }
    Ok(if compared.agrees() { Outcome::Well } else { Outcome::Wanting })
}

fn tell(lang: Lang, compared: &Compared) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    told(&mut out, lang, "reconcile.listing", &compared.listing)?;
    for gap in &compared.gaps {
        let (year, category) = (gap.year.to_string(), gap.category.name());
        let [here, there] =
            [gap.here, gap.there].map(|(records, hours)| format!("{records} / {hours}"));
        let args =
            [("year", year.as_str()), ("category", category), ("here", &here), ("there", &there)];
        writeln!(out, "{}", text(lang, "reconcile.gap", &args))?;
    }
    for (year, sums) in &compared.sums {
        if !sums.agrees() {
            writeln!(out, "{}", text(lang, "reconcile.year", &[("year", &year.to_string())]))?;
            told(&mut out, lang, "reconcile.sums", sums)?;
        }
    }
    if compared.agrees() {
        writeln!(out, "{}", text(lang, "reconcile.agrees", &[]))?;
    }
    Ok(())
}

fn told(
    out: &mut impl Write,
    lang: Lang,
    word: &'static str,
    found: &Reconciled,
) -> Result<(), Failed> {
    let counts = [found.listed, found.matched, found.unreadable, found.opened, found.closed];
    let [listed, matched, unreadable, opened, closed] = counts.map(|count| count.to_string());
    let args = [
        ("listed", listed.as_str()),
        ("matched", &matched),
        ("unreadable", &unreadable),
        ("opened", &opened),
        ("closed", &closed),
    ];
    writeln!(out, "{}", text(lang, word, &args))?;
    for (kind, count) in &found.counts {
        writeln!(out, "  {:<22} {count}", kind.name())?;
    }
    Ok(())
}
