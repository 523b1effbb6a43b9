//! `xueshi explain`: one case as a tree that a person can read.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{Context, Failed, Outcome, demo};
use crate::app::compliance::case_answer::{self, Depth};
use crate::app::policies::scenario;
use crate::app::presentation::wording;
use crate::domain::case::{Case, CaseId};
use crate::domain::message::{Message, Problem};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi explain --demo P07
  xueshi explain --demo P07 --lang zh
  xueshi explain case.json
  xueshi explain cases.ndjson --id 42
  xueshi explain tests/policies/jiaxing-2022.toml --id JX-05";

/// The most that is read of a file of cases.
const MOST: u64 = 256 * 1024 * 1024;

/// Arguments of `xueshi explain`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A case as JSON, NDJSON cases, or a scenario file; standard input where there is none 案例
    file: Option<PathBuf>,
    /// Which case 案例编号
    #[arg(long)]
    id: Option<String>,
    /// A made-up person of `xueshi demo` instead 示例人员
    #[arg(long, value_name = "ID", conflicts_with_all = ["file", "id"])]
    demo: Option<String>,
    /// How much to show 说明程度
    #[arg(long, value_enum, default_value_t = Show::Full)]
    depth: Show,
}

#[derive(Clone, Copy, ValueEnum)]
enum Show {
    /// What decides
    Deciding,
    /// Every clause, year and record
    Full,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let case = match &args.demo {
        Some(id) => demo::case(id)?.ok_or_else(|| no_case(Some(id)))?,
        None => find(args.file.as_deref(), args.id.as_deref())?,
    };
    let depth = match args.depth {
        Show::Deciding => Depth::Deciding,
        Show::Full => Depth::Full,
    };
    let answer = case_answer::answer(&context.judge()?, &case, depth)?;
    writeln!(anstream::stdout().lock(), "{}", wording::answer(context.lang, &answer))?;
    Ok(Outcome::Well)
}

fn find(file: Option<&Path>, id: Option<&str>) -> Result<Case, Failed> {
    let name = file.map_or_else(|| "-".to_owned(), |path| path.display().to_string());
    let unreadable = |error: std::io::Error| {
        Failed::from(Message::new("unreadable").with("path", &name).with("why", error))
    };
    let mut bytes = Vec::new();
    match file.filter(|path| path.as_os_str() != "-") {
        Some(path) => {
            let file = std::fs::File::open(path).map_err(unreadable)?;
            file.take(MOST).read_to_end(&mut bytes).map_err(unreadable)?;
        }
        None => {
            std::io::stdin().take(MOST).read_to_end(&mut bytes).map_err(unreadable)?;
        }
    }
    let text = crate::app::compliance::case_table::decode(&name, &bytes)?;
    if Path::new(&name).extension().is_some_and(|extension| extension == "toml") {
        return of_scenarios(&name, &text, id);
    }
    // One case, however it is laid out; else a case on every line.
    if let Ok(case) = case_answer::read_line(&text)
        && id.is_none_or(|id| case.id.to_string() == id)
    {
        return Ok(case);
    }
    let mut problems = None;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match case_answer::read_line(line) {
            Ok(case) if id.is_none_or(|id| case.id.to_string() == id) => return Ok(case),
            Ok(_) => {}
            Err((found, these)) => {
                if problems.is_none() && id.is_none_or(|id| found.to_string() == id) {
                    problems = Some((index, these));
                }
            }
        }
    }
    match problems {
        Some((index, problems)) => {
            let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let placed = |p: Problem| Problem { line, ..p }.in_file(&name);
            Err(Failed::Problems(problems.into_iter().map(placed).collect()))
        }
        None => Err(no_case(id)),
    }
}

fn of_scenarios(name: &str, text: &str, id: Option<&str>) -> Result<Case, Failed> {
    let found = scenario::read(name, text)?
        .into_iter()
        .find(|scenario| id.is_none_or(|id| scenario.id == id));
    found.map_or_else(
        || Err(no_case(id)),
        |scenario| {
            Ok(Case {
                id: CaseId::Text(scenario.id),
                declaration: scenario.declaration,
                records: scenario.records,
                receipt: None,
            })
        },
    )
}

fn no_case(id: Option<&str>) -> Failed {
    Message::new("no_case").with("id", id.unwrap_or("*")).into()
}
