//! The command line: a file per command. Only this module writes to the terminal.

mod backup;
mod check;
mod city;
mod demo;
mod demo_city;
mod demo_lines;
mod demo_server;
mod explain;
mod export;
mod feed;
mod feed_mapping;
mod import;
mod inbox;
mod input;
mod installation;
mod key;
mod migrate;
mod policy;
mod reconcile;
mod restore;
mod serve;
mod simulate;
mod token;
mod verify;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::app::policies;
use crate::app::posting::problems::Told;
use crate::config;
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::policy::judge::Judge;
use crate::domain::policy::notice::catalog::Catalog;
use crate::locale::{self, Lang};

/// What an id looks like.
const ID_FORM: &str = "16 hexadecimal digits, such as 0123456789abcdef 16 位十六进制数";

const ABOUT: &str = "学时 — judges continuing-education hours by the official notices\n\
                     按官方通知判定继续教育学时";

/// The command line as a whole.
#[derive(Parser)]
#[command(name = "xueshi", version, about = ABOUT, disable_help_subcommand = true)]
struct Cli {
    /// Language of sentences (default: the terminal's) 语言
    #[arg(long, global = true, value_name = "zh|en", value_parser = lang)]
    lang: Option<Lang>,
    /// Folder of policy files, instead of the built-in ones 政策目录
    #[arg(long, global = true, value_name = "DIR")]
    policies: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge cases, one answer for each 判定
    Check(check::Args),
    /// What the notices say 政策
    #[command(subcommand)]
    Policy(policy::Command),
    /// Judge the same cases under another rule 模拟
    Simulate(simulate::Args),
    /// Show how one case is judged, clause by clause 说明
    Explain(explain::Args),
    /// A dozen made-up people in three cities 演示
    Demo(demo::Args),
    /// Take a file of hours into the ledger 导入
    Import(import::Args),
    /// What arrived, and what became of it 收件箱
    Inbox(inbox::Args),
    /// Write the entries of the ledger as rows 导出
    Export(export::Args),
    /// Prove the ledger 核对
    Verify(verify::Args),
    /// Bring the database to the form of this program 迁移
    Migrate(migrate::Args),
    /// Copy the database while it is used 备份
    Backup(backup::Args),
    /// Put a copy in the place of the database 恢复
    Restore(restore::Args),
    /// The master keys 密钥
    #[command(subcommand)]
    Key(key::Command),
    /// What the city learning systems say 数据源
    #[command(subcommand)]
    Feed(feed::Command),
    /// Compare the ledger with what a feed has 核对数据源
    Reconcile(reconcile::Args),
    /// Answer over HTTP 服务
    Serve(serve::Args),
    /// Tokens of an installation without an identity provider 令牌
    #[command(subcommand)]
    Token(token::Command),
    /// Write a shell completion script 补全脚本
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

fn lang(text: &str) -> Result<Lang, String> {
    match text {
        "zh" => Ok(Lang::Zh),
        "en" => Ok(Lang::En),
        _ => Err("zh or en".to_owned()),
    }
}

/// What every command is given.
pub(crate) struct Context {
    pub(crate) lang: Lang,
    pub(crate) folder: Option<PathBuf>,
}

impl Context {
    /// The policies of `--policies`, or the built-in ones.
    pub(crate) fn catalog(&self) -> Result<Catalog, Failed> {
        Ok(policies::load(self.folder.as_deref())?)
    }

    /// A judge over them.
    pub(crate) fn judge(&self) -> Result<Judge, Failed> {
        Ok(Judge::new(self.catalog()?))
    }
}

/// Why a command stopped.
pub(crate) enum Failed {
    /// Something the user gave was wrong.
    Problems(Problems),
    /// Writing failed.
    Output(std::io::Error),
}

impl From<Problems> for Failed {
    fn from(problems: Problems) -> Failed {
        Failed::Problems(problems)
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Failed {
        Failed::Problems(vec![problem])
    }
}

impl From<Message> for Failed {
    fn from(message: Message) -> Failed {
        Failed::Problems(vec![Problem::at("", 0, message)])
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Failed {
        Failed::Output(error)
    }
}

/// How a command ended: everything well, or some of what was asked did not hold or could not be
/// answered (exit status 1). A command that could not begin ends with 2.
pub(crate) enum Outcome {
    /// Exit status 0.
    Well,
    /// Exit status 1.
    Wanting,
}

/// Runs the command line.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let context = Context { lang: cli.lang.unwrap_or_else(config::language), folder: cli.policies };
    let outcome = match cli.command {
        Command::Check(args) => check::run(&args, &context),
        Command::Policy(command) => policy::run(&command, &context),
        Command::Simulate(args) => simulate::run(&args, &context),
        Command::Explain(args) => explain::run(&args, &context),
        Command::Import(args) => import::run(&args, &context),
        Command::Inbox(args) => inbox::run(&args, &context),
        Command::Export(args) => export::run(&args, &context),
        Command::Verify(args) => verify::run(&args, &context),
        Command::Migrate(args) => migrate::run(&args, &context),
        Command::Backup(args) => backup::run(&args, &context),
        Command::Restore(args) => restore::run(&args, &context),
        Command::Key(command) => key::run(&command, &context),
        Command::Demo(args) => demo::run(&args, &context),
        Command::Feed(command) => feed::run(&command, &context),
        Command::Reconcile(args) => reconcile::run(&args, &context),
        Command::Serve(args) => serve::run(&args, &context),
        Command::Token(command) => token::run(&command, &context),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "xueshi", &mut script);
            std::io::stdout().write_all(&script).map(|()| Outcome::Well).map_err(Failed::from)
        }
    };
    end(outcome, context.lang)
}

fn end(outcome: Result<Outcome, Failed>, lang: Lang) -> ExitCode {
    match outcome {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Wanting) => ExitCode::from(1),
        // Whoever reads has had enough, as `head` does: nothing is wrong.
        Err(Failed::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failed::Output(error)) => {
            let message = Message::new("output").with("why", error);
            complain(lang, &[Problem::at("", 0, message)]);
            ExitCode::from(2)
        }
        Err(Failed::Problems(problems)) => {
            complain(lang, &problems);
            ExitCode::from(2)
        }
    }
}

/// Writes problems to standard error, a line each.
pub(crate) fn complain(lang: Lang, problems: &[Problem]) {
    let mut err = anstream::stderr().lock();
    for problem in problems {
        let line = locale::problem(lang, problem);
        let red = anstyle::Style::new().fg_color(Some(anstyle::AnsiColor::Red.into())).bold();
        let word = locale::text(lang, "word.error", &[]);
        // Nothing is left to tell it to.
        let _ = writeln!(err, "{red}{word}{red:#} {line}");
    }
}

/// Writes a note to standard error.
pub(crate) fn note(lang: Lang, message: &Message) {
    let _ = writeln!(anstream::stderr().lock(), "{}", locale::message(lang, message));
}

/// What was told, as a sentence with its code.
pub(crate) fn sentence(lang: Lang, told: &Told) -> String {
    let sentence = if lang == Lang::Zh { &told.message.zh } else { &told.message.en };
    let field = if told.field.is_empty() { "" } else { &format!("{}: ", told.field) };
    format!("{field}{sentence} [{}]", told.code)
}

/// How wide the terminal is; 100 columns where nothing says.
pub(crate) fn width() -> usize {
    console_width().unwrap_or(100).clamp(40, 160)
}

fn console_width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

/// The program as it was called, so that what is printed can be pasted.
pub(crate) fn program() -> String {
    let called = std::env::args().next().filter(|name| !name.chars().any(char::is_whitespace));
    called.unwrap_or_else(|| "xueshi".to_owned())
}
