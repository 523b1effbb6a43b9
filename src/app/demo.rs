//! A dozen made-up people in three cities: each kind of verdict, each transition rule; and the same
//! people in a ledger.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::installation::sources::NewSource;
use crate::app::policies::scenario::{self, Scenario};
use crate::app::posting::{Mode, Poster, Prepared, prepare};
use crate::app::service::{Failure, Service};
use crate::domain::category::Category;
use crate::domain::fields::Problems;
use crate::domain::identity;
use crate::domain::ledger::raw_row::RawRow;
use crate::domain::record::{Record, Status};

const PEOPLE: &str = include_str!("../../config/demo.toml");

/// The source whose hours wait for the competent authority.
pub const ACADEMY: &str = "lishui-academy";
/// Where they wait.
pub const PLACE: &str = "331100";

/// The people.
pub fn people() -> Result<Vec<Scenario>, Problems> {
    scenario::read("config/demo.toml", PEOPLE)
}

/// The identity number of the nth of them: made up, of a person born in 1900.
pub fn number(n: usize) -> String {
    identity::with_check_digit(&format!(
        "3311001900{:02}{:02}{:03}",
        n % 12 + 1,
        n % 28 + 1,
        n + 101
    ))
}

/// The name of the nth of them.
pub fn name(n: usize) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: usize| DIGITS.get(n % 10).copied().unwrap_or_default();
    let n = n + 1;
    if n < 10 {
        format!("样例{}", digit(n))
    } else {
        format!("样例{}{}", digit(n / 10), digit(n))
    }
}

/// Puts the people and their sources into an empty ledger. Hours that their records call pending are
/// posted by a source that may not recognise them.
pub async fn fill(service: &Service, people: &[Scenario]) -> Result<(), Failure> {
    let mut sources: BTreeSet<&str> = BTreeSet::new();
    for record in people.iter().flat_map(|person| &person.records) {
        sources.insert(&record.source);
    }
    for code in sources {
        add_source(service, code, &Category::ALL, None).await?;
    }
    add_source(service, ACADEMY, &[], Some(PLACE.to_owned())).await?;
    service.put_client(ACADEMY, "xueshi", ACADEMY, true).await?;
    let directory = service.directory().await?;
    for (n, person) in people.iter().enumerate() {
        for (place, record) in person.records.iter().enumerate() {
            let waits = record.status == Status::Pending;
            let code = if waits { ACADEMY } else { &*record.source };
            let source = directory.source(code);
            let source = source.ok_or_else(|| Failure::internal("a source of the demo is gone"))?;
            let poster = Poster { subject: Arc::from(code), source };
            let row = row(service, n, place, person, record);
            service.record_batch(&poster, vec![row], Mode::Continue, false).await?;
        }
    }
    Ok(())
}

/// A sample source.
pub async fn add_source(
    service: &Service,
    code: &str,
    recognises: &[Category],
    jurisdiction: Option<String>,
) -> Result<(), Failure> {
    let new = NewSource {
        code: code.to_owned(),
        name_zh: format!("样例来源 {code}"),
        name_en: format!("sample source {code}"),
        jurisdiction,
        recognises: recognises.to_vec(),
        rank: None,
        active: true,
    };
    service.put_source(new).await.map(drop)
}

fn row(service: &Service, n: usize, place: usize, person: &Scenario, record: &Record) -> Prepared {
    let fields = RawRow {
        key: Some(format!("{}-{}-{}-{place}", person.id, record.year, record.category.name())),
        number: Some(number(n)),
        name: Some(name(n)),
        year: Some(record.year.to_string()),
        category: Some(record.category.name().to_owned()),
        hours: Some(record.hours.to_string()),
        basis: record.basis.as_deref().map(str::to_owned),
        ..RawRow::default()
    };
    prepare(&service.vault, 1, b"demo".to_vec(), &fields, service.clock.today())
}
