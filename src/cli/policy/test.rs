//! `xueshi policy test`.

use std::path::{Path, PathBuf};

use super::Format;
use crate::app::policies::lint;
use crate::app::policies::trial;
use crate::app::policies::{self, Texts};
use crate::cli::{Context, Failed, Outcome};
use crate::domain::message::Message;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi policy test
  xueshi policy test scenarios/ more/lishui.toml --lang zh
  xueshi policy test --policies drafts/ scenarios/ --format json

Without files: those of tests/policies in this folder. 不给文件时，运行本目录下 tests/policies 中的情形。
Exit status: 0 every scenario holds, 1 some do not, 2 nothing could be run.";

/// Where scenarios are looked for when none are named.
const FOLDER: &str = "tests/policies";

/// Arguments of `xueshi policy test`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Scenario files, or folders of them 情形文件
    #[arg(value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Form of the report 输出格式
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let judge = context.judge()?;
    let texts = texts(&args.paths)?;
    let scenarios = trial::read(&texts)?;
    let mut report = trial::run(&judge, texts.len(), &scenarios)?;
    report.untouched = lint::untouched(context.folder.as_deref(), scenarios)?;
    super::write(args.format, &report, |report| trial::lines(context.lang, report))?;
    Ok(if report.failed == 0 { Outcome::Well } else { Outcome::Wanting })
}

fn texts(paths: &[PathBuf]) -> Result<Texts, Failed> {
    if paths.is_empty() {
        let folder = Path::new(FOLDER);
        if !folder.is_dir() {
            return Err(Message::new("no_scenarios").with("folder", FOLDER).into());
        }
        return Ok(policies::toml_files(folder)?);
    }
    let mut texts = Vec::new();
    for path in paths {
        if path.is_dir() {
            texts.extend(policies::toml_files(path)?);
            continue;
        }
        texts.push(policies::read(path)?);
    }
    Ok(texts)
}
