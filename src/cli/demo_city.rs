//! The city of `xueshi demo`: a stand-in city that is pulled, and somebody whose verdict hangs on what its
//! registry holds.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::rt::SystemRunner;
use serde_json::{Value, json};

use super::{Failed, city};
use crate::api::App;
use crate::app::demo;
use crate::app::posting::{Mode, Poster, Prepared, prepare};
use crate::app::reviews::Reviewer;
use crate::app::reviews::years::YearRuling;
use crate::app::service::Failure;
use crate::city::{Fault, Serving, Standing, System, Town, TrueRecord, serve};
use crate::domain::answer::Verdict;
use crate::domain::case;
use crate::domain::category::Category;
use crate::domain::declaration::Declaration;
use crate::domain::fields::Problems;
use crate::domain::hours::Hours;
use crate::domain::identity::IdNumber;
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::raw_row::RawRow;
use crate::domain::node::Node;
use crate::domain::person_name::PersonName;
use crate::domain::policy::judge::Judge;
use crate::domain::policy::remedy::proposal::Add;
use crate::domain::record::{Record, Status};
use crate::domain::year::Year;

/// The same town each time.
const SEED: u64 = 1;
const PEOPLE: usize = 30;
/// Whose reviewers and office are asked.
pub(super) const PLACE: &str = "330500";
/// The year that hangs on the city's record; a notice of 2021 asks for it.
pub(super) const YEAR: i16 = 2019;
/// The source whose hours count on arrival.
pub(super) const COLLEGE: &str = "huzhou-college";
/// Who recognised the other years of the notice, long ago.
const BEFORE: &str = "huzhou-xsglt";
const OTHER_YEARS: [i16; 3] = [2017, 2018, 2020];
/// Years for which a reviewer has to close what is on record.
const LEGACY: [i16; 3] = [2017, 2018, 2019];
/// Enough for a year.
const ENOUGH: [(Category, i64); 3] =
    [(Category::Professional, 72), (Category::Industry, 6), (Category::General, 12)];

/// A city that answers, in this process.
pub(super) struct DemoCity {
    town: Arc<Mutex<Town>>,
    serving: Serving,
}

/// Somebody whose verdict hangs on a record of the city.
pub(super) struct Story {
    /// Number and name, as a question names them.
    pub(super) who: Value,
    /// What is declared.
    pub(super) declaration: Value,
    /// What they lack beside the city's record.
    pub(super) missing: Vec<Add>,
    /// The city's record in the ledger.
    pub(super) entry: Entry,
}

/// What is true of somebody, and the record on which it hangs.
struct Chosen<'t> {
    record: &'t TrueRecord,
    missing: Vec<Add>,
}

impl DemoCity {
    /// Starts it on a free port.
    pub(super) fn start() -> Result<DemoCity, Failed> {
        let town = Arc::new(Mutex::new(Town::new(SEED, PEOPLE)));
        let serving = serve(town.clone(), TcpListener::bind("127.0.0.1:0")?)?;
        Ok(DemoCity { town, serving })
    }

    /// Where it answers.
    pub(super) fn url(&self) -> String {
        self.serving.url()
    }

    /// The lines of the settings that connect to it.
    pub(super) fn settings(&self) -> String {
        city::connections(&self.serving.url())
    }

    /// Pulls the city once, and puts on record what is not from it.
    pub(super) fn fill(
        &self,
        app: &App,
        system: &SystemRunner,
        judge: &Judge,
    ) -> Result<Option<Story>, Failed> {
        let pulling = app.pulling.clone();
        system.block_on(async move {
            let handle = tokio::runtime::Handle::current();
            let pulled = tokio::task::spawn_blocking(move || {
                for feed in [System::Huzhou, System::Hzhret] {
                    pulling.pull(&handle, feed.code(), &mut |_| {})?;
                }
                Ok::<_, Failure>(())
            });
            pulled.await.map_err(std::io::Error::other)??;
            Ok::<_, Failed>(())
        })?;
        let (truth, hidden) = {
            let town = self.town.lock().unwrap_or_else(PoisonError::into_inner);
            (town.truth(), town.struck_by(Fault::HuzhouRowsVanish))
        };
        let declared = declared();
        let declaration = read(&declared)?;
        let Some(chosen) = choose(judge, &declaration, &truth, &hidden)? else { return Ok(None) };
        let record = chosen.record;
        let entry = system.block_on(put_down(app, record))?;
        Ok(entry.map(|entry| Story {
            who: json!({"number": record.number, "name": record.name}),
            declaration: declared,
            missing: chosen.missing,
            entry,
        }))
    }
}

fn declared() -> Value {
    json!({"jurisdiction": PLACE, "year": 2021, "level": "intermediate",
        "series": "engineering", "specialty": "electromechanical"})
}

/// As the ledger will judge it: with the legacy years closed.
fn read(declared: &Value) -> Result<Declaration, Problems> {
    let mut problems = Vec::new();
    let node: Option<Node> = serde_json::from_value(declared.clone()).ok();
    let read = node.and_then(|node| case::declaration(&node, String::new(), &mut problems));
    let mut read = read.ok_or(problems)?;
    read.reviewed = LEGACY.iter().filter_map(|year| Year::new((*year).into())).collect();
    Ok(read)
}

/// The first whose verdict hangs on one record that the registry will not list any more, and on no other.
fn choose<'t>(
    judge: &Judge,
    declaration: &Declaration,
    truth: &'t [TrueRecord],
    hidden: &BTreeSet<String>,
) -> Result<Option<Chosen<'t>>, Problems> {
    let recognised: Vec<&TrueRecord> =
        truth.iter().filter(|record| record.standing == Standing::Recognised).collect();
    // An event of two systems is told by neither alone.
    let alone = |one: &TrueRecord| truth.iter().filter(|two| two.event == one.event).count() == 1;
    let goes = |one: &TrueRecord| one.system == System::Huzhou && hidden.contains(&one.key);
    let fits = |one: &&&TrueRecord| one.year == YEAR && goes(one) && alone(one);
    for record in recognised.iter().filter(fits) {
        let better = |one: &TrueRecord, two: &TrueRecord| {
            one.event == two.event && one.system.rank() < two.system.rank()
        };
        let kept = |two: &TrueRecord| !recognised.iter().any(|one| better(one, two));
        let own = |two: &&&TrueRecord| two.number == record.number && kept(two);
        let own: Vec<&TrueRecord> = recognised.iter().filter(own).copied().collect();
        let given = |status: &dyn Fn(&TrueRecord) -> Option<Status>, missing: &[Add]| {
            let pulled = own.iter().filter_map(|one| stated(one, status(one)?));
            pulled.chain(before()).chain(missing.iter().filter_map(added)).collect::<Vec<Record>>()
        };
        let first = given(&|_| Some(Status::Confirmed), &[]);
        let judged = judge.judge(declaration, &first)?;
        let remedy = judge.prove(declaration, &first, &judged)?.remedy;
        let Some(plan) = remedy.and_then(|remedy| remedy.any_year) else { continue };
        let verdict = |status: &dyn Fn(&TrueRecord) -> Option<Status>| {
            Ok::<_, Problems>(judge.judge(declaration, &given(status, &plan.add))?.verdict)
        };
        let waits = |is: bool| if is { Status::Pending } else { Status::Confirmed };
        let is_it = |one: &TrueRecord| one.key == record.key;
        let hangs = judged.verdict == Verdict::NotMet
            && verdict(&|_| Some(Status::Confirmed))? == Verdict::Met
            && verdict(&|one| Some(waits(goes(one))))? == Verdict::Indeterminate
            && verdict(&|one| Some(waits(goes(one) && !is_it(one))))? == Verdict::Met
            && verdict(&|one| (!is_it(one)).then_some(Status::Confirmed))? == Verdict::NotMet;
        if hangs {
            return Ok(Some(Chosen { record, missing: plan.add }));
        }
    }
    Ok(None)
}

fn stated(one: &TrueRecord, status: Status) -> Option<Record> {
    let (year, source) = (Year::new(one.year.into())?, one.system.code().into());
    let (category, hours) = (one.category, one.hours);
    Some(Record { year, category, hours, source, basis: None, status })
}

/// What other years need, from another source.
fn before() -> impl Iterator<Item = Record> {
    OTHER_YEARS.into_iter().filter_map(|year| Year::new(year.into())).flat_map(|year| {
        ENOUGH.into_iter().map(move |(category, hours)| Record {
            year,
            category,
            hours: Hours::from_hundredths(hours * 100),
            source: BEFORE.into(),
            basis: None,
            status: Status::Confirmed,
        })
    })
}

fn added(add: &Add) -> Option<Record> {
    Some(Record {
        year: Year::new(add.year.into())?,
        category: add.category,
        hours: add.hours,
        source: COLLEGE.into(),
        basis: None,
        status: Status::Confirmed,
    })
}

/// The other years, the closing of the legacy ones, the college; then the entry of the record.
async fn put_down(app: &App, record: &TrueRecord) -> Result<Option<Entry>, Failure> {
    let service = &app.service;
    demo::add_source(service, COLLEGE, &Category::ALL, Some(PLACE.to_owned())).await?;
    service.put_client(COLLEGE, "xueshi", COLLEGE, true).await?;
    let directory = service.directory().await?;
    let lost = || Failure::internal("the town is not as it was made");
    let source = directory.source(BEFORE).ok_or_else(lost)?;
    let poster = Poster { subject: BEFORE.into(), source };
    let rows: Vec<Prepared> =
        (1..).zip(before()).map(|(n, one)| row(app, n, record, &one)).collect();
    service.record_batch(&poster, rows, Mode::Continue, false).await?;
    let number = IdNumber::parse(&record.number).map_err(|_| lost())?;
    let name = PersonName::parse(&record.name).map_err(|_| lost())?;
    let reviewer = Reviewer {
        issuer: "xueshi".to_owned(),
        subject: "huzhou-hr-bureau".to_owned(),
        jurisdiction: Some(PLACE.to_owned()),
        ..Reviewer::default()
    };
    let person = service.find_person(reviewer.clone(), &number, &name).await?;
    for year in LEGACY.into_iter().filter_map(|year| Year::new(year.into())) {
        let (ruling, reason) = (YearRuling::Close, "sample: proof seen".to_owned());
        service.rule_year(reviewer.clone(), person, year, ruling, reason).await?;
    }
    let registry = service.directory().await?.source(record.system.code());
    let registry = registry.ok_or_else(lost)?.id();
    let entries = service.store.read(move |tx| Ok::<_, Failure>(tx.entries(person, None)?)).await?;
    let title = Some(&*record.title);
    Ok(entries.into_iter().find(|entry| {
        entry.source == registry && entry.posting.particulars.course_title.as_deref() == title
    }))
}

fn row(app: &App, row_no: i64, whose: &TrueRecord, what: &Record) -> Prepared {
    let fields = RawRow {
        key: Some(format!("sample-{}-{}", what.year, what.category.name())),
        number: Some(whose.number.clone()),
        name: Some(whose.name.clone()),
        year: Some(what.year.to_string()),
        category: Some(what.category.name().to_owned()),
        hours: Some(what.hours.to_string()),
        ..RawRow::default()
    };
    let service = &app.service;
    prepare(&service.vault, row_no, b"demo".to_vec(), &fields, service.clock.today())
}
