//! `xueshi check`: one answer for every case, in the order of the input.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::input::{Input, Item};
use super::{Context, Failed, Outcome};
use crate::app::compliance::case_answer::{self, Answer, Depth, ErrorBody, Failure};
use crate::app::presentation::wording;
use crate::domain::declaration::AsOf;
use crate::domain::policy::judge::Judge;
use crate::sheet::export::{Cell, CsvWriter};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi check cases.ndjson > answers.ndjson
  xueshi check --format text --lang zh < cases.ndjson
  xueshi check --declarations declarations.csv --records records.csv --format csv
  xueshi check --explain deciding cases.ndjson

A case is one line of JSON: {\"id\": \"1\", \"declaration\": {\"jurisdiction\": \"331100\",
\"year\": 2023, \"level\": \"intermediate\", \"series\": \"engineering\", \"required_years\": 4,
\"tenure_start\": 2020}, \"records\": [{\"year\": 2023, \"category\": \"professional\",
\"hours\": \"60\", \"source\": \"lishui-registry\"}]}

Exit status: 0 every case was answered, 1 some were not, 2 nothing could be done.";

/// Arguments of `xueshi check`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// NDJSON cases; standard input where there is none 案例文件
    file: Option<PathBuf>,
    /// CSV of declarations, with --records 申报表
    #[arg(long, value_name = "CSV", requires = "records", conflicts_with = "file")]
    declarations: Option<PathBuf>,
    /// CSV of records, with --declarations 学时表
    #[arg(long, value_name = "CSV", requires = "declarations")]
    records: Option<PathBuf>,
    /// How much of the proof to give 说明程度
    #[arg(long, value_enum, default_value_t = Explain::None)]
    explain: Explain,
    /// Form of the answers 输出格式
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// The instant that cases without an `as_of` are asked for 截至时间
    #[arg(long, value_name = "DATE", value_parser = as_of)]
    as_of: Option<AsOf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Explain {
    /// The answer alone
    None,
    /// What decides
    Deciding,
    /// Every clause, year and record
    Full,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// NDJSON: the contract
    Json,
    /// A few lines for a person
    Text,
    /// A row for a spreadsheet
    Csv,
}

fn as_of(text: &str) -> Result<AsOf, String> {
    AsOf::new(text).ok_or_else(|| "2023-06-30, 2023-06-30T08:00:00+08:00".to_owned())
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let judge = context.judge()?;
    let mut input =
        Input::open(args.file.as_deref(), args.declarations.as_deref(), args.records.as_deref())?;
    let depth = match args.explain {
        Explain::None => Depth::None,
        Explain::Deciding => Depth::Deciding,
        Explain::Full => Depth::Full,
    };
    let mut writer = Writer {
        out: BufWriter::new(std::io::stdout().lock()),
        format: args.format,
        context,
        rows: 0,
    };
    let bar = progress(&input);
    let (mut failed, mut count) = (0u64, 0u64);
    while let Some(item) = input.next()? {
        count += 1;
        match answer(&judge, item, depth, args) {
            Ok(answer) => writer.answer(&answer)?,
            Err(failure) => {
                failed += 1;
                writer.failure(&failure)?;
            }
        }
        if let Some((read, _)) = input.progress().filter(|_| count.is_multiple_of(256)) {
            bar.set_position(read);
        }
        // A caller that feeds cases one by one gets each answer before the next is read.
        if input.would_wait() {
            writer.out.flush()?;
        }
    }
    bar.finish_and_clear();
    writer.out.flush()?;
    Ok(input.ended(context, failed, count))
}

fn answer(judge: &Judge, item: Item, depth: Depth, args: &Args) -> Result<Answer, Box<Failure>> {
    let line = item.line;
    let fail = |id, problems: &[_]| Box::new(Failure { id, error: ErrorBody::of(line, problems) });
    let mut case = item.case.map_err(|(id, problems)| fail(id, &problems))?;
    if case.declaration.as_of.is_none() {
        case.declaration.as_of.clone_from(&args.as_of);
    }
    case_answer::answer(judge, &case, depth).map_err(|problems| fail(case.id.clone(), &problems))
}

/// A bar on standard error, where that is a terminal and the length is known.
fn progress(input: &Input) -> ProgressBar {
    let Some((_, total)) = input.progress().filter(|_| std::io::stderr().is_terminal()) else {
        return ProgressBar::hidden();
    };
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {eta}") {
        bar.set_style(style);
    }
    bar
}

struct Writer<'c, W: Write> {
    out: W,
    format: Format,
    context: &'c Context,
    rows: u64,
}

impl<W: Write> Writer<'_, W> {
    fn answer(&mut self, answer: &Answer) -> Result<(), Failed> {
        let lang = self.context.lang;
        match self.format {
            Format::Json => self.json(answer),
            Format::Text => Ok(writeln!(self.out, "{}", wording::answer(lang, answer))?),
            Format::Csv => self.row(&wording::answer_row(answer)),
        }
    }

    fn failure(&mut self, failure: &Failure) -> Result<(), Failed> {
        let lang = self.context.lang;
        match self.format {
            Format::Json => self.json(failure),
            Format::Text => Ok(writeln!(self.out, "{}", wording::failure(lang, failure))?),
            Format::Csv => self.row(&wording::failure_row(lang, failure)),
        }
    }

    fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failed> {
        serde_json::to_writer(&mut self.out, value).map_err(std::io::Error::from)?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn row(&mut self, cells: &[String]) -> Result<(), Failed> {
        let headings: &[&str] = if self.rows == 0 { &wording::ROW_HEADER } else { &[] };
        self.rows += 1;
        let mut writer = CsvWriter::new(&mut self.out, headings)?;
        let cells: Vec<Cell<'_>> = cells.iter().map(|cell| Cell::Text(cell)).collect();
        writer.row(&cells)?;
        Ok(writer.flush()?)
    }
}
