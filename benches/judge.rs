//! How long verdicts take: `cargo bench`. With `XUESHI_BENCH_DATA=DIR` the million comes from a
//! folder of raw columns (see `people`) and the checksums of the verdicts are held against those on
//! file; without, people are drawn.

mod people;

use std::path::PathBuf;
use std::sync::LazyLock;

use divan::{Bencher, black_box};
use people::{People, crc32};
use xueshi::app::compliance::batch;
use xueshi::app::compliance::case_answer;
use xueshi::app::compliance::case_answer::Depth;
use xueshi::app::policies;
use xueshi::domain::answer::Verdict;
use xueshi::domain::case::{Case, CaseId};
use xueshi::domain::category::Category;
use xueshi::domain::declaration::{Declaration, Level};
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::columns::Amount;
use xueshi::domain::policy::columns::{Batch, Dial, OpenPeople};
use xueshi::domain::policy::judge::Judge;
use xueshi::domain::policy::notice::ancestry::Ancestry;
use xueshi::domain::policy::notice::model::Policy;
use xueshi::domain::policy::notice::readings;
use xueshi::domain::policy::plan::Plan;
use xueshi::domain::record::{Record, Status};
use xueshi::domain::year::Year;

fn main() {
    divan::main();
}

static JUDGE: LazyLock<Judge> =
    LazyLock::new(|| policies::load(None).map_or_else(|p| panic!("{p:?}"), Judge::new));

#[expect(clippy::disallowed_methods, reason = "a bench has no configuration")]
static PEOPLE: LazyLock<People> = LazyLock::new(|| {
    let folder = std::env::var_os("XUESHI_BENCH_DATA").map(PathBuf::from);
    People::load(folder.as_deref())
});

/// City, declaring year, and the checksum of the verdicts on file.
#[derive(Clone, Copy)]
struct City(&'static str, i16, &'static str);

const CITIES: [City; 2] = [City("331100", 2023, "3afa742f"), City("330400", 2022, "8742b108")];

impl std::fmt::Display for City {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

/// Three confirmed records in each of six years, all compliant but the first two.
fn case(city: City) -> (Declaration, Vec<Record>) {
    let mut records = Vec::new();
    for year in city.1 - 5..=city.1 {
        let few = i64::from(year >= city.1 - 3);
        for (category, hours) in [
            (Category::Professional, 7000),
            (Category::Industry, 700),
            (Category::General, 1500 * few),
        ] {
            records.push(Record {
                year: Year::new(year.into()).unwrap_or_else(|| panic!("{year}")),
                category,
                hours: Hours::from_hundredths(hours),
                source: "registry".into(),
                basis: None,
                status: Status::Confirmed,
            });
        }
    }
    (people::declaration(city.0, city.1, Level::Intermediate), records)
}

fn policy(declaration: &Declaration) -> &'static Policy {
    let selected = JUDGE.catalog().select(declaration.jurisdiction, declaration.year);
    selected.map_or_else(|| panic!("{declaration:?}"), |selected| selected.policy)
}

/// The rules looked up, and the verdict.
#[divan::bench(args = CITIES)]
fn verdict(bencher: Bencher<'_, '_>, city: City) {
    let (declaration, records) = case(city);
    let policy = policy(&declaration);
    bencher.bench(|| {
        let rules = JUDGE.rules(black_box(policy), black_box(&declaration));
        rules.map(|rules| rules.verdict(black_box(&declaration), black_box(&records)))
    });
}

/// The same, and whether every open reading agrees.
#[divan::bench(args = CITIES)]
fn verdict_and_firm(bencher: Bencher<'_, '_>, city: City) {
    let (declaration, records) = case(city);
    let policy = policy(&declaration);
    bencher.bench(|| {
        let rules = JUDGE.rules(black_box(policy), black_box(&declaration));
        rules.map(|rules| rules.verdict_and_firm(black_box(&declaration), black_box(&records)))
    });
}

/// The same with a pending record that decides.
#[divan::bench(args = CITIES)]
fn open_and_firm(bencher: Bencher<'_, '_>, city: City) {
    let (declaration, mut records) = case(city);
    if let Some(last) = records.last_mut() {
        last.status = Status::Pending;
    }
    let policy = policy(&declaration);
    bencher.bench(|| {
        let rules = JUDGE.rules(black_box(policy), black_box(&declaration));
        rules.map(|rules| rules.verdict_and_firm(black_box(&declaration), black_box(&records)))
    });
}

/// The whole answer: verdict and reasons.
#[divan::bench(args = CITIES)]
fn answer(bencher: Bencher<'_, '_>, city: City) {
    answer_of(bencher, city, Depth::None);
}

/// The whole answer with every clause, year and record explained.
#[divan::bench(args = CITIES)]
fn explained(bencher: Bencher<'_, '_>, city: City) {
    answer_of(bencher, city, Depth::Full);
}

/// The tree alone: what decides, without the answer, the remedy and the receipt around it.
#[divan::bench(args = CITIES)]
fn tree(bencher: Bencher<'_, '_>, city: City) {
    let (declaration, records) = case(city);
    let selected = JUDGE.catalog().select(declaration.jurisdiction, declaration.year);
    let rules = selected.map(|selected| JUDGE.rules(selected.policy, &declaration));
    let Some(Ok(rules)) = rules else { return };
    bencher.bench(|| rules.explain(black_box(&declaration), &records, Verdict::Met));
}

fn answer_of(bencher: Bencher<'_, '_>, city: City, depth: Depth) {
    let (declaration, records) = case(city);
    let case = Case { id: CaseId::Int(1), declaration, records, receipt: None };
    bencher.bench(|| case_answer::answer(&JUDGE, black_box(&case), depth));
}

fn plans(city: City) -> Vec<Plan> {
    let rules = people::rules(&JUDGE, city.0, city.1);
    let plans = rules.iter().filter_map(|rules| Some(rules.plans.chosen()?.plan.clone()));
    if has_levels(city) { plans.collect() } else { plans.skip(1).take(1).collect() }
}

fn has_levels(city: City) -> bool {
    city.0 == "330400"
}

fn run(bencher: Bencher<'_, '_>, city: City, open: &OpenPeople, threads: usize) {
    let plans = plans(city);
    let columns = PEOPLE.columns(has_levels(city));
    let mut codes = vec![0; PEOPLE.n];
    bencher.bench_local(|| {
        let batch = Batch::new(&columns, &plans).unwrap_or_else(|error| panic!("{error}"));
        batch::judge(&batch, open, threads, &mut codes);
    });
    if !open.is_empty() {
        assert_eq!(PEOPLE.judged_otherwise(&plans, &codes), 0, "{city}");
    } else if !PEOPLE.is_seeded {
        assert_eq!(crc32(&codes), city.2, "{city}");
    }
}

#[divan::bench(args = CITIES)]
fn confirmed(bencher: Bencher<'_, '_>, city: City) {
    run(bencher, city, &OpenPeople::default(), 1);
}

#[divan::bench(args = CITIES)]
fn confirmed_two_threads(bencher: Bencher<'_, '_>, city: City) {
    run(bencher, city, &OpenPeople::default(), 2);
}

#[divan::bench(args = CITIES)]
fn open_records(bencher: Bencher<'_, '_>, city: City) {
    run(bencher, city, &PEOPLE.open(), 1);
}

/// By hand, for comparison.
#[divan::bench(args = CITIES)]
fn by_hand(bencher: Bencher<'_, '_>, city: City) {
    let mut codes = vec![0; PEOPLE.n];
    let pass = if has_levels(city) { People::jiaxing_by_hand } else { People::lishui_by_hand };
    bencher.bench_local(|| pass(&PEOPLE, black_box(&mut codes)));
}

#[divan::bench(args = CITIES)]
fn every_annual_total(bencher: Bencher<'_, '_>, city: City) {
    let plans = plans(city);
    let columns = PEOPLE.columns(has_levels(city));
    let top = Hours::from_hundredths(30_000);
    let dial = Dial { clause: "annual".into(), amount: Amount::Total, top };
    let profile = has_levels(city).then_some(1);
    let plan = plans.get(usize::from(has_levels(city))).unwrap_or_else(|| panic!("{city}"));
    bencher.bench_local(|| batch::sweep(&columns, plan, &dial, profile, 1));
}

/// Reading the columns for what they may not hold: once for each set of columns.
#[divan::bench]
fn columns_checked() -> usize {
    PEOPLE.columns(true).people()
}

/// Every policy in the binary, from text.
#[divan::bench]
fn load_policies() -> usize {
    policies::load(None).map_or(0, |catalog| catalog.policies().len())
}

/// The plan of a profile.
#[divan::bench(args = CITIES)]
fn compile_plan(bencher: Bencher<'_, '_>, city: City) {
    let (declaration, _) = case(city);
    let policy = policy(&declaration);
    bencher.bench(|| {
        let ancestry = Ancestry::of(JUDGE.catalog(), policy);
        let choice = readings::chosen(&ancestry.readings);
        ancestry.plan(&choice, &declaration.profile, declaration.year)
    });
}
