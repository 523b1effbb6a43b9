//! Draws people, as columns and as cases.

use proptest::prelude::*;
use xueshi::domain::category::Category;
use xueshi::domain::declaration::{Declaration, Facts, Jurisdiction, Level, Profile};
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::columns::Amount;
use xueshi::domain::policy::columns::{
    Cells, Columns, Fact, Matter, OpenPeople, OpenRecord, Source,
};
use xueshi::domain::policy::plan::{Plan, Rule};
use xueshi::domain::record::{Record, Status};
use xueshi::domain::year::Year;

const FIRST: i16 = 2016;
const YEARS: usize = 11;
const SOURCES: [&str; 3] = ["huzhou-xsglt", "hzhret", "paper"];

pub(super) const AMOUNTS: &[Amount] =
    &[Amount::Total, Amount::Professional, Amount::Public, Amount::Industry, Amount::General];

/// Some people.
#[derive(Clone, Debug)]
pub(super) struct Crowd {
    pub(super) people: usize,
    /// Hundredths in a unit of the cells.
    unit: i64,
    /// Cells, in units: by year, category, person.
    cells: Vec<Vec<i32>>,
    /// The same, where 16 bits hold them all and are wanted.
    narrow: Option<Vec<Vec<i16>>>,
    /// Columns left out, by year and category.
    absent: Vec<bool>,
    required_years: Vec<u8>,
    tenure_start: Vec<i16>,
    /// One value for everybody instead: required years, start of tenure.
    same: Option<(Option<u8>, Option<i16>)>,
    pub(super) profiles: Vec<u8>,
    own_source: usize,
    open: Vec<OpenRecord>,
    matters: Vec<Matter>,
}

impl Default for Crowd {
    fn default() -> Crowd {
        Crowd {
            people: 1,
            unit: 10,
            cells: vec![vec![0]; YEARS * 3],
            narrow: Some(vec![vec![0]; YEARS * 3]),
            absent: vec![false; YEARS * 3],
            required_years: vec![4],
            tenure_start: vec![2018],
            same: None,
            profiles: vec![0],
            own_source: 0,
            open: Vec::new(),
            matters: Vec::new(),
        }
    }
}

fn year(number: i16) -> Year {
    Year::new(number.into()).unwrap()
}

impl Crowd {
    pub(super) fn columns(&self) -> Columns<'_> {
        let mut columns = Columns::new(self.people, self.unit).unwrap();
        for (at, number) in (0..YEARS).zip(FIRST..) {
            let cells = [0, 1, 2].map(|category| {
                let place = at * 3 + category;
                let column = match &self.narrow {
                    Some(narrow) => Cells::Narrow(&narrow[place]),
                    None => Cells::Wide(&self.cells[place]),
                };
                (!self.absent[place]).then_some(column)
            });
            columns = columns.year(year(number), cells).unwrap();
        }
        let (required, tenure) = match self.same {
            Some((required, tenure)) => (Fact::All(required), Fact::All(tenure)),
            None => (Fact::Each(&self.required_years), Fact::Each(&self.tenure_start)),
        };
        let source = |at: usize| Source { name: SOURCES[at].into(), basis: None };
        columns
            .facts(required, tenure)
            .unwrap()
            .profiles(&self.profiles)
            .unwrap()
            .sources(source(self.own_source), [source(0), source(1), source(2)])
    }

    pub(super) fn open(&self) -> OpenPeople {
        OpenPeople::new(self.open.clone(), self.matters.clone())
    }

    /// One person, as the judge of single people takes them.
    pub(super) fn case(&self, person: usize, plan: &Plan) -> (Declaration, Vec<Record>) {
        let mut records = Vec::new();
        for (place, cells) in self.cells.iter().enumerate() {
            let number = FIRST + i16::try_from(place / 3).unwrap();
            if cells[person] != 0 && !self.absent[place] {
                records.push(Record {
                    year: year(number),
                    category: Category::ALL[place % 3],
                    hours: Hours::from_hundredths(i64::from(cells[person]) * self.unit),
                    source: SOURCES[self.own_source].into(),
                    basis: None,
                    status: Status::Confirmed,
                });
            }
        }
        let is_mine = |of: u32| usize::try_from(of).unwrap() == person;
        records.extend(self.open.iter().filter(|r| is_mine(r.person)).map(|r| Record {
            year: r.year,
            category: r.category,
            hours: r.hours,
            source: match r.source {
                0 => SOURCES[self.own_source].into(),
                n => SOURCES[usize::from(n) - 1].into(),
            },
            basis: None,
            status: if r.pending { Status::Pending } else { Status::Confirmed },
        }));
        let matter = self.matters.iter().find(|m| is_mine(m.person));
        let own = match self.same {
            Some((required, tenure)) => {
                Facts { required_years: required.map(i16::from), tenure_start: tenure }
            }
            None => Facts {
                required_years: Some(self.required_years[person].into()),
                tenure_start: Some(self.tenure_start[person]),
            },
        };
        let declaration = Declaration {
            jurisdiction: Jurisdiction::new("330000").unwrap(),
            year: year(plan.frame.declaring()),
            profile: Profile {
                level: Level::Junior,
                series: "".into(),
                specialty: None,
                employer_sector: None,
            },
            facts: matter.map_or(own, |m| m.facts),
            excused: matter.map_or(Vec::new(), |m| m.excused.clone()),
            reviewed: matter.map_or(Vec::new(), |m| m.reviewed.clone()),
            as_of: None,
        };
        (declaration, records)
    }
}

/// Hundredths, mostly near some threshold of the notices.
fn hundredths() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => prop::sample::select(vec![0i64, 600, 1000, 1200, 1800, 3000, 6000, 7200, 9000])
            .prop_flat_map(|near| (near - 20..=near + 20).prop_map(|h| h.max(0))),
        2 => 0i64..12_000,
        1 => prop::sample::select(vec![32_767i64, 32_768, 327_670, 327_680, 9_999_999]),
    ]
}

fn years() -> impl Strategy<Value = Year> {
    (FIRST - 1..FIRST + 12).prop_map(year)
}

fn facts() -> impl Strategy<Value = Facts> {
    (prop::option::of(0i16..9), prop::option::of(2008i16..2028))
        .prop_map(|(required_years, tenure_start)| Facts { required_years, tenure_start })
}

fn records(people: u32) -> impl Strategy<Value = Vec<OpenRecord>> {
    let record = (
        0..people,
        years(),
        prop::sample::select(&Category::ALL[..]),
        prop::bool::weighted(0.8),
        0u16..4,
        prop_oneof![hundredths(), (0i64..400).prop_map(|tenths| tenths * 10)],
    )
        .prop_map(|(person, year, category, pending, source, hours)| OpenRecord {
            person,
            year,
            category,
            pending,
            source,
            hours: Hours::from_hundredths(hours.min(50_000)),
        });
    prop::collection::vec(record, 0..16)
}

fn matters(people: u32) -> impl Strategy<Value = Vec<Matter>> {
    let few = || prop::collection::vec(years(), 0..3);
    let matter = (0..people, facts(), few(), few())
        .prop_map(|(person, facts, excused, reviewed)| Matter { person, facts, excused, reviewed });
    prop::collection::vec(matter, 0..4).prop_map(|mut matters| {
        matters.sort_by_key(|matter| matter.person);
        matters.dedup_by_key(|matter| matter.person);
        matters
    })
}

type Same = Option<(Option<u8>, Option<i16>)>;

fn same() -> impl Strategy<Value = Same> {
    prop_oneof![
        4 => Just(None),
        1 => (prop::option::of(0u8..9), prop::option::of(2008i16..2028)).prop_map(Some),
    ]
}

/// Some people, a few of them particular.
pub(super) fn crowd() -> impl Strategy<Value = Crowd> {
    let unit = prop::sample::select(vec![10i64, 10, 10, 1, 1, 100, 7]);
    (1usize..24, unit, any::<bool>(), same(), 0..3usize).prop_flat_map(
        |(people, unit, wants_narrow, same, own_source)| {
            let many = u32::try_from(people).unwrap();
            let cell = hundredths().prop_map(move |h| i32::try_from(h / unit).unwrap());
            let column = prop::collection::vec(cell, people);
            (
                prop::collection::vec(column, YEARS * 3),
                prop::collection::vec(prop::bool::weighted(0.1), YEARS * 3),
                prop::collection::vec(0u8..9, people),
                prop::collection::vec(2008i16..2028, people),
                prop::collection::vec(0u8..3, people),
                records(many),
                matters(many),
            )
                .prop_map(
                    move |(mut cells, absent, required, tenure, profiles, open, matters)| {
                        let fit = |cell: &mut i32| *cell = (*cell).min(32_767);
                        if wants_narrow {
                            cells.iter_mut().flatten().for_each(fit);
                        }
                        let narrow = |cells: &Vec<i32>| {
                            cells.iter().map(|cell| i16::try_from(*cell).unwrap()).collect()
                        };
                        Crowd {
                            people,
                            unit,
                            narrow: wants_narrow.then(|| cells.iter().map(narrow).collect()),
                            cells,
                            absent,
                            required_years: required,
                            tenure_start: tenure,
                            same,
                            profiles,
                            own_source,
                            open,
                            matters,
                        }
                    },
                )
        },
    )
}

/// New thresholds.
#[derive(Clone, Debug)]
pub(super) struct Changes(Vec<Option<i64>>);

pub(super) fn changes() -> impl Strategy<Value = Changes> {
    prop::collection::vec(prop::option::weighted(0.4, hundredths()), 24).prop_map(Changes)
}

impl Changes {
    /// The plan with other thresholds, in a fixed order.
    pub(super) fn apply(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        let mut changes = self.0.iter().copied().chain(std::iter::repeat(None));
        let mut next = move || changes.next().flatten();
        for piece in plan.slots.iter_mut().flat_map(|slot| &mut slot.pieces) {
            let need = &mut piece.need;
            let all = [
                &mut need.total,
                &mut need.professional,
                &mut need.public,
                &mut need.industry,
                &mut need.general,
            ];
            for (threshold, to) in all.into_iter().zip([next(), next(), next(), next(), next()]) {
                *threshold = to.unwrap_or(*threshold).min(9_999_999);
            }
        }
        for requirement in &mut plan.requirements {
            let own = match &mut requirement.rule {
                Rule::Sum { need, .. } => Some(need),
                _ => None,
            };
            let others = requirement.exceptions.iter_mut().map(|e| &mut e.need);
            for need in own.into_iter().chain(others) {
                for part in [&mut need.total, &mut need.professional, &mut need.public] {
                    if let Some(to) = next() {
                        *part = Some(Hours::from_hundredths(to));
                    }
                }
            }
        }
        plan
    }
}

/// The clauses of a plan that state a threshold.
pub(super) fn clauses(plan: &Plan) -> Vec<Box<str>> {
    let pieces = plan.slots.iter().flat_map(|slot| &slot.pieces).map(|piece| piece.clause.clone());
    let requirements = plan.requirements.iter().flat_map(|r| {
        let exceptions = r.exceptions.iter().map(|e| e.clause.clone());
        std::iter::once(r.clause.clone()).chain(exceptions)
    });
    pieces.chain(requirements).collect()
}
