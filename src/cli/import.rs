//! `xueshi import`: a file of hours into the ledger.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::installation::{Place, bar, batch};
use super::{Context, Failed, Outcome, note};
use crate::app::imports::report::{self, Refused};
use crate::app::installation::new_file::NewFile;
use crate::app::posting::Poster;
use crate::app::service::Service;
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Counts;
use crate::domain::message::Message;
use crate::locale::{Lang, message};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi import hours.csv --source lishui-registry
  xueshi import hours.xlsx --source lishui-registry --report outcomes.xlsx
  xueshi import hours.csv --source lishui-registry --batch 0123456789abcdef

CSV, XLSX or NDJSON, gzip or not, as docs/imports.md describes. Every row has one outcome. An import
that was broken off goes on with --batch; a file that is sent twice has its effect once all the same.
每行恰有一个结果。中断后用 --batch 继续；同一文件重复导入也只生效一次。

Exit status: 0 every row did what it was sent for, 1 some did not, 2 the file could not be taken whole.";

/// The most rows that are told one by one.
const MOST_TOLD: usize = 20;

/// Who posts, in the books.
const SUBJECT: &str = "xueshi import";

/// Arguments of `xueshi import`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The file of rows 文件
    file: PathBuf,
    /// The code of the source that vouches for them 来源代码
    #[arg(long, value_name = "CODE")]
    source: String,
    /// Write every row with its outcome to a new file 结果表
    #[arg(long, value_name = "OUT.csv|OUT.xlsx", value_parser = report)]
    report: Option<PathBuf>,
    /// Go on with an import that was broken off 继续中断的批次
    #[arg(long, value_name = "ID", value_parser = batch)]
    batch: Option<BatchId>,
    #[command(flatten)]
    place: Place,
}

fn report(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let known = is_table(&path) || is_workbook(&path);
    if known { Ok(path) } else { Err("OUT.csv, OUT.xlsx".to_owned()) }
}

fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

fn is_workbook(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"))
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    // Better told before a batch is begun than after.
    if let Err(error) = std::fs::File::open(&args.file) {
        let message = Message::new("unreadable").with("path", args.file.display());
        return Err(message.with("why", error).into());
    }
    let new = args.report.as_deref().map(NewFile::begin).transpose()?;
    let (settings, service) = args.place.open(context)?;
    let poster = poster(&service, &args.source)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let limits = report::limits(&settings.limits);
    let batch = service.batch_of_file(runtime.handle(), &poster, args.batch)?;
    note(context.lang, &Message::new("import_batch").with("batch", batch));
    let bar = bar(None);
    let result =
        service.import(runtime.handle(), &poster, batch, &args.file, &limits, |progress| {
            if let Some((_, total)) = progress.bytes {
                let percent = progress.bytes.map_or(0, |(read, _)| read * 100 / total.max(1));
                bar.set_message(format!("{percent}%"));
            }
            bar.set_position(progress.counts.total());
        });
    bar.finish_and_clear();
    let source = poster.source.id();
    let counts = service.counted(batch)?;
    told(context.lang, &counts)?;
    let refused = report::first_refused(&service, source, batch, MOST_TOLD)?;
    complain(context.lang, &args.file, &refused);
    if let Some(new) = new {
        let xlsx = args.report.as_deref().is_some_and(is_workbook);
        let folder = &settings.data.folder;
        service.write_report(source, batch, xlsx, folder, context.lang, new.open()?)?;
        new.finish()?;
    }
    result?;
    let succeeded = counts.occurred().all(|(outcome, _)| outcome.is_success());
    Ok(if succeeded { Outcome::Well } else { Outcome::Wanting })
}

fn poster(service: &Service, code: &str) -> Result<Poster, Failed> {
    let source = service.directory_waiting()?.named(code)?;
    if !source.active {
        return Err(Message::new("source_inactive").with("code", code).into());
    }
    Ok(Poster { subject: Arc::from(SUBJECT), source })
}

/// The outcomes with their counts, on standard output.
fn told(lang: Lang, counts: &Counts) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    for (outcome, rows) in counts.occurred() {
        writeln!(out, "{:<12} {rows}", outcome.name())?;
    }
    let total = Message::new("import_rows").with("rows", counts.total());
    Ok(writeln!(out, "{}", message(lang, &total))?)
}

/// The first rows that came to nothing, as lines of the file.
fn complain(lang: Lang, file: &Path, refused: &[Refused]) {
    let mut err = anstream::stderr().lock();
    for row in refused {
        for problem in &row.problems {
            let sentence = match lang {
                Lang::Zh => &problem.message.zh,
                Lang::En => &problem.message.en,
            };
            let field = match problem.field.as_str() {
                "" => String::new(),
                field => format!("{field}: "),
            };
            let (file, outcome) = (file.display(), row.outcome.name());
            // Nothing is left to tell it to.
            let _ = writeln!(
                err,
                "{outcome} {file}:{}: {field}{sentence} [{}]",
                row.row_no, problem.code
            );
        }
    }
}
