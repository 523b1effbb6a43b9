//! `xueshi verify`: proves the ledger, and names the first fault.

use std::io::Write;

use super::installation::{Place, bar};
use super::{Context, Failed, Outcome};
use crate::app::installation::export::unknown;
use crate::app::verification;
use crate::domain::ids::PersonId;
use crate::domain::message::{Message, Problem};
use crate::locale::message;
use crate::store::StoreError;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi verify
  xueshi verify --person 0123456789abcdef
  xueshi verify --config /etc/xueshi.toml && xueshi backup /backup/today.db

Every chain of hashes, its numbers, reversals with what they take back, balances, what sources state
and its control totals. Others may go on writing meanwhile.
核对每个人的哈希链、序号、冲销与原记录、余额，以及来源所述的记录和核对总数；核对期间可继续写入。

Exit status: 0 the ledger is whole, 1 there is a fault, 2 nothing could be examined.";

/// Arguments of `xueshi verify`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only this person's chain 个人编号
    #[arg(long, value_name = "ID", value_parser = person)]
    person: Option<PersonId>,
    #[command(flatten)]
    place: Place,
}

/// A person's id, from the command line.
pub(super) fn person(text: &str) -> Result<PersonId, String> {
    text.parse().map_err(|_| super::ID_FORM.to_owned())
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let (_, service) = args.place.open(context)?;
    let only = args.person;
    let (known, people) = service.store.read_waiting(|tx| {
        let after = only.map(|person| PersonId::stored(person.get() - 1));
        let known = tx.people_with_entries(after, 1)?.first().copied();
        Ok::<_, StoreError>((known == only, tx.count_people()?))
    })?;
    if let Some(person) = only.filter(|_| !known) {
        return Err(unknown(person).into());
    }
    let bar = bar(Some(if only.is_some() { 1 } else { people }));
    let proved = verification::verify(&service.store, only, |done| bar.set_position(done))?;
    bar.finish_and_clear();
    if let Some(fault) = &proved.fault {
        super::complain(context.lang, &[Problem::at("", 0, fault.message())]);
    }
    let code = if proved.fault.is_none() { "verified" } else { "verified_until_fault" };
    let told = Message { code, args: Vec::new() };
    let told = told.with("people", proved.people).with("entries", proved.entries);
    writeln!(std::io::stdout(), "{}", message(context.lang, &told))?;
    Ok(if proved.fault.is_none() { Outcome::Well } else { Outcome::Wanting })
}
