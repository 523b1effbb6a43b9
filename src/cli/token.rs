//! `xueshi token`: tokens of an installation without an identity provider.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use super::{Context, Failed, Outcome};
use crate::api::auth::Role;
use crate::api::auth::local::{LocalKey, Statement};
use crate::clock::Clock;
use crate::config::{self, KeySource};
use crate::domain::category::Category;
use crate::domain::declaration::Jurisdiction;
use crate::domain::ids::PersonId;
use crate::domain::message::Message;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi token issue --role provider --subject lishui-academy --source lishui-academy
  xueshi token issue --role reviewer --subject liu --jurisdiction 331100 --category professional
  xueshi token issue --role admin --subject ops --hours 1

The token goes to standard output, alone. It is signed with the key in the data folder.
令牌单独写到标准输出，以数据目录中的密钥签名。";

/// The commands about tokens.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Sign a token with the local key 签发令牌
    Issue(Args),
}

/// Arguments of `xueshi token issue`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What the caller may be 角色: provider, person, declaration, reviewer, admin
    #[arg(long, value_parser = role)]
    role: Role,
    /// Who it is for 使用者
    #[arg(long, value_name = "NAME", value_parser = claim)]
    subject: String,
    /// The source whose rows a provider posts 来源
    #[arg(long, required_if_eq("role", "provider"), value_parser = claim)]
    source: Option<String>,
    /// Where a reviewer or declaration office answers for 行政区划代码
    #[arg(long, value_name = "CODE", value_parser = jurisdiction)]
    jurisdiction: Option<Jurisdiction>,
    /// A specialty of a reviewer; may be given more than once 专业
    #[arg(long, value_parser = claim)]
    specialty: Vec<String>,
    /// A category of a reviewer; may be given more than once 科目
    #[arg(long, value_parser = category)]
    category: Vec<Category>,
    /// Whose record an individual reads 个人编号
    #[arg(long, value_name = "ID", required_if_eq("role", "person"), value_parser = super::verify::person)]
    person: Option<PersonId>,
    /// For how many hours it is valid 有效小时数
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(i64).range(1..=8784))]
    hours: i64,
    /// File of settings 设置文件
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| Role::ALL.map(Role::name).join(", "))
}

fn jurisdiction(text: &str) -> Result<Jurisdiction, String> {
    Jurisdiction::new(text)
        .ok_or_else(|| "six digits of GB/T 2260, such as 331100 六位行政区划代码".to_owned())
}

fn category(text: &str) -> Result<Category, String> {
    Category::from_name(text).ok_or_else(|| Category::ALL.map(Category::name).join(", "))
}

/// As long as a server accepts it.
fn claim(text: &str) -> Result<String, String> {
    let accepted = (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
    accepted
        .then(|| text.to_owned())
        .ok_or_else(|| "1–256 bytes of text 1 至 256 字节的文本".to_owned())
}

/// Runs one of them.
pub(super) fn run(command: &Command, _: &Context) -> Result<Outcome, Failed> {
    let Command::Issue(args) = command;
    let settings = config::load(args.config.as_deref())?;
    let local = settings.auth.issuers.iter().find(|issuer| issuer.keys == KeySource::Local);
    let issuer = local.ok_or_else(|| Message::new("token_no_local"))?;
    let (key, _) = LocalKey::open(&settings.data.folder)?;
    let said = Statement {
        iss: issuer.issuer.clone(),
        aud: issuer.audience.clone(),
        source: args.source.clone(),
        jurisdiction: args.jurisdiction.map(|place| place.to_string()),
        specialties: args.specialty.clone(),
        categories: args.category.iter().map(|category| category.name().to_owned()).collect(),
        person: args.person.map(|person| person.to_string()),
        ..Statement::of(args.role, &args.subject)
    };
    let token = key.issue(&said, Clock::System.now(), args.hours.saturating_mul(3600))?;
    writeln!(std::io::stdout(), "{token}")?;
    Ok(Outcome::Well)
}
