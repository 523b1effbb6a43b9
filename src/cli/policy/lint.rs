//! `xueshi policy lint`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Format;
use crate::app::policies::lint::{self, Body, Request};
use crate::cli::{Context, Failed, Outcome};
use crate::clock::Clock;
use crate::domain::policy::lint::Severity;
use crate::locale::text;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi policy lint
  xueshi policy lint --archive notices/
  xueshi policy lint --policies drafts/ --archive notices/ --scenarios scenarios/ --lang zh

Without --scenarios: coverage is judged by tests/policies in this folder, if it is there.
不给 --scenarios 时，以本目录下 tests/policies 的情形判断覆盖。
Exit status: 0 no errors (there may be warnings), 1 errors, 2 nothing could be examined.";

/// Where scenarios are looked for when none are named.
const FOLDER: &str = "tests/policies";

/// Arguments of `xueshi policy lint`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Folder with the texts of the archived notices: every quote is proved by them 通知存档目录
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Folder of scenarios, for coverage; may be given more than once 情形目录
    #[arg(long, value_name = "DIR")]
    scenarios: Vec<PathBuf>,
    /// Form of the findings 输出格式
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let default = Path::new(FOLDER);
    let mut scenarios: Vec<&Path> = args.scenarios.iter().map(PathBuf::as_path).collect();
    if scenarios.is_empty() && default.is_dir() {
        scenarios.push(default);
    }
    let findings = lint::lint(&Request {
        policies: context.folder.as_deref(),
        archive: args.archive.as_deref(),
        scenarios: &scenarios,
        today: Clock::System.today(),
    })?;
    let bodies: Vec<Body> = findings.into_iter().map(Body::from).collect();
    let errors = bodies.iter().filter(|body| body.severity == Severity::Error).count();
    match args.format {
        Format::Json => super::write(Format::Json, &bodies, |_| Vec::new())?,
        Format::Text => told(&bodies, errors, context)?,
    }
    Ok(if errors == 0 { Outcome::Well } else { Outcome::Wanting })
}

fn told(bodies: &[Body], errors: usize, context: &Context) -> Result<(), Failed> {
    let mut out = anstream::stdout().lock();
    for body in bodies {
        let (word, color) = match body.severity {
            Severity::Error => ("word.error", anstyle::AnsiColor::Red),
            Severity::Warning => ("word.warning", anstyle::AnsiColor::Yellow),
        };
        let style = anstyle::Style::new().fg_color(Some(color.into())).bold();
        let word = text(context.lang, word, &[]);
        writeln!(out, "{style}{word}{style:#} {}", lint::line(context.lang, body))?;
    }
    let args = [("errors", errors.to_string()), ("warnings", (bodies.len() - errors).to_string())];
    let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
    Ok(writeln!(out, "{}", text(context.lang, "word.linted", &args))?)
}
