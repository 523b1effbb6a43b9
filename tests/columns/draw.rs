//! Draws people, as columns and as cases.

use proptest::prelude::*;
use xueshi::domain::category::Category;
use xueshi::domain::declaration::{Declaration, Facts, Jurisdiction, Level, Profile};
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::columns::Amount;
use xueshi::domain::policy::columns::{
    Cells, Columns, Fact, Matter, OpenPeople, OpenRecord, Source,
};
use xueshi::domain::policy::notice::model::{Window, YearBase, YearExpr};
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
    /// One person, a tenth of an hour short of 90 in 2022 and complete before, with some pending
    /// records of a few hundredths.
    pub(super) fn just_short(hundredths: i64, count: usize) -> Crowd {
        let mut crowd = Crowd::default();
        for (place, cells) in crowd.cells.iter_mut().enumerate() {
            let last = FIRST + i16::try_from(place / 3).unwrap() == 2022;
            cells[0] = [if last { 719 } else { 720 }, 60, 120][place % 3];
        }
        let narrow = |cells: &Vec<i32>| cells.iter().map(|c| i16::try_from(*c).unwrap()).collect();
        crowd.narrow = Some(crowd.cells.iter().map(narrow).collect());
        let record = OpenRecord {
            person: 0,
            year: year(2022),
            category: Category::Professional,
            pending: true,
            source: 0,
            hours: Hours::from_hundredths(hundredths),
        };
        crowd.open = vec![record; count];
        crowd
    }

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

/// Hundredths near some threshold of the notices, or anywhere.
fn hundredths() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => prop::sample::select(vec![0i64, 600, 1000, 1200, 1800, 3000, 6000, 7200, 9000])
            .prop_flat_map(|near| (near - 20..=near + 20).prop_map(|h| h.max(0))),
        2 => 0i64..12_000,
        1 => prop::sample::select(vec![32_767i64, 32_768, 327_670, 327_680, 9_999_999]),
    ]
}

/// Hundredths of a category as most people have them: a year is compliant or just short of it.
fn usual(category: usize) -> impl Strategy<Value = i64> {
    let (enough, step) = [(7200i64, 1200i64), (600, 600), (1200, 300)][category];
    prop_oneof![
        8 => Just(enough),
        2 => (-3i64..=3).prop_map(move |n| (enough + n * step).max(0)),
        2 => (-12i64..=12).prop_map(move |n| (enough + n).max(0)),
        1 => hundredths(),
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
        prop_oneof![4 => (2018i16..2024).prop_map(year), 1 => years()],
        prop::sample::select(&Category::ALL[..]),
        prop::bool::weighted(0.8),
        0u16..4,
        prop_oneof![
            (1i64..=12).prop_map(|n| n * 300),
            (1i64..=30),
            (0i64..400).prop_map(|tenths| tenths * 10),
            hundredths(),
        ],
    )
        .prop_map(|(person, year, category, pending, source, hours)| OpenRecord {
            person,
            year,
            category,
            pending,
            source,
            hours: Hours::from_hundredths(hours.min(50_000)),
        });
    prop::collection::vec(record, 0..24)
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
    // So many that people are judged together, now and then.
    let people = prop_oneof![9 => 1usize..16, 1 => prop::sample::select(vec![64usize, 65, 192])];
    (people, unit, any::<bool>(), same(), 0..3usize).prop_flat_map(
        |(people, unit, wants_narrow, same, own_source)| {
            let many = u32::try_from(people).unwrap();
            let column = |category| {
                let cell = usual(category).prop_map(move |h| i32::try_from(h / unit).unwrap());
                prop::collection::vec(cell, people)
            };
            let columns: Vec<_> = (0..YEARS * 3).map(|place| column(place % 3)).collect();
            (
                columns,
                prop::collection::vec(prop::bool::weighted(0.04), YEARS * 3),
                prop::collection::vec(0u8..7, people),
                prop::collection::vec(2012i16..2024, people),
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

/// New thresholds and windows, and whether requirements of every year get a standard of their own.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    thresholds: Vec<Option<i64>>,
    windows: Vec<Option<Window>>,
    own_standard: bool,
}

fn window() -> impl Strategy<Value = Window> {
    let end = || {
        prop_oneof![
            2 => (-5i16..=1).prop_map(|n| YearExpr { base: YearBase::Declaring, offset: n }),
            1 => (2018i16..2026).prop_map(|n| YearExpr { base: YearBase::Fixed, offset: n }),
            1 => (-1i16..=2)
                .prop_map(|n| YearExpr { base: YearBase::DeclaringLessRequired, offset: n }),
            2 => (-1i16..=5).prop_map(|n| YearExpr { base: YearBase::TenureStart, offset: n }),
        ]
    };
    (end(), end()).prop_map(|(from, to)| Window { from, to })
}

pub(super) fn changes() -> impl Strategy<Value = Changes> {
    let thresholds = prop::collection::vec(prop::option::weighted(0.2, hundredths()), 40);
    let windows = prop::collection::vec(prop::option::weighted(0.3, window()), 8);
    (thresholds, windows, prop::bool::weighted(0.3)).prop_map(
        |(thresholds, windows, own_standard)| Changes { thresholds, windows, own_standard },
    )
}

impl Changes {
    /// The plan, changed; the changes are used up in a fixed order.
    pub(super) fn apply(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        if self.own_standard {
            give_own_standard(&mut plan);
        }
        let mut thresholds = self.thresholds.iter().copied();
        let mut next = move || thresholds.next().flatten();
        let mut windows = self.windows.iter().copied();
        let mut next_window = move || windows.next().flatten();
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
            match &mut requirement.rule {
                Rule::Sum { window, .. }
                | Rule::Count { window, .. }
                | Rule::EachYear { window, .. } => *window = next_window().unwrap_or(*window),
                Rule::Include(years) => years.extend(next_window().map(|window| window.from)),
            }
            let own = match &mut requirement.rule {
                Rule::Sum { need, .. } => Some(need),
                _ => None,
            };
            let mut needs: Vec<_> = own.into_iter().collect();
            for exception in &mut requirement.exceptions {
                exception.window = next_window().unwrap_or(exception.window);
                exception.also.extend(next_window().map(|window| window.to));
                needs.push(&mut exception.need);
            }
            for need in needs {
                for part in [&mut need.total, &mut need.professional, &mut need.public] {
                    *part = next().map(Hours::from_hundredths).or(*part);
                }
            }
        }
        plan
    }
}

/// The same standard, stated by the requirement itself.
fn give_own_standard(plan: &mut Plan) {
    let slot = plan.slots.len();
    let mut is_used = false;
    for requirement in &mut plan.requirements {
        if let Rule::EachYear { slot: own @ 0, .. } = &mut requirement.rule {
            *own = slot;
            requirement.exceptions.iter_mut().for_each(|e| e.slot = slot);
            is_used = true;
        }
    }
    if let (true, Some(annual)) = (is_used, plan.slots.first().cloned()) {
        plan.slots.push(annual);
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
