//! `xueshi key`: the master keys.

use std::io::Write;

use clap::Subcommand;

use super::installation::{Place, bar, people};
use super::{Context, Failed, Outcome};
use crate::app::installation::master_key;
use crate::app::installation::open::keys_file;
use crate::domain::message::Message;
use crate::locale::message;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi key list
  xueshi key rotate
  xueshi key rotate --finish

Rotating makes a new master key, and wraps every person's key by it. Back up keys.toml before and
after, and restart the servers after: they know the keys that were there when they started. A
rotation that was broken off goes on when it is run again. Former keys stay in the file.
轮换会生成新主密钥并重新包裹每个人的密钥。轮换前后都要备份 keys.toml，之后重启服务；中断后再次运行即可继续。";

/// The commands about keys.
#[derive(Subcommand)]
pub(super) enum Command {
    /// The master keys, and how many persons' keys each wraps 主密钥清单
    List(List),
    /// A new master key for everybody 轮换主密钥
    Rotate(Rotate),
}

/// Arguments of `xueshi key list`.
#[derive(clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
}

/// Arguments of `xueshi key rotate`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Rotate {
    /// Make no new key: only wrap by the newest what a former one still wraps 只完成，不新建
    #[arg(long)]
    finish: bool,
    #[command(flatten)]
    place: Place,
}

/// Runs one of them.
pub(super) fn run(command: &Command, context: &Context) -> Result<Outcome, Failed> {
    let lang = context.lang;
    let mut told = Vec::new();
    match command {
        Command::List(args) => {
            let (settings, service) = args.place.open(context)?;
            for master in master_key::masters(&service, &keys_file(&settings))? {
                let code = if master.active { "key_active" } else { "key_former" };
                let line = Message { code, args: Vec::new() };
                let line = line.with("id", master.id).with("at", master.created_at);
                told.push(line.with("people", master.people));
            }
        }
        Command::Rotate(args) => {
            let (settings, service) = args.place.open(context)?;
            let bar = bar(Some(people(&service)?));
            let keys = keys_file(&settings);
            let done =
                master_key::rotate(&service, &keys, args.finish, |done| bar.set_position(done))?;
            bar.finish_and_clear();
            let code = if done.made { "key_rotated" } else { "key_finished" };
            let line = Message { code, args: Vec::new() };
            told.push(line.with("id", done.master).with("people", done.rewrapped));
            told.push(Message::new("key_back_up").with("path", keys.display()));
        }
    }
    let mut out = std::io::stdout().lock();
    for line in &told {
        writeln!(out, "{}", message(lang, line))?;
    }
    Ok(Outcome::Well)
}
