//! Plans made by hand, which between them have each variant and each field.

use xueshi::domain::answer::{Reason, ReasonCode};
use xueshi::domain::category::CategorySet;
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::notice::model::{
    Guard, Need, Quantity, Ratio, Window, YearBase, YearExpr,
};
use xueshi::domain::policy::plan::{
    Admit, Exception, Gate, Piece, Plan, Requirement, Rule, Slot, Thresholds,
};
use xueshi::domain::year::{Frame, Year, YearSet};

type Named = (&'static str, Plan);

pub fn hand_made() -> Vec<Named> {
    let mut all = vec![("empty", empty()), ("admits and years", admits())];
    all.extend(gates());
    all.extend(rules());
    all.extend(exceptions());
    all.extend(shares());
    all
}

fn empty() -> Plan {
    Plan {
        frame: Frame::around(Year::new(2023).expect("a year")),
        gate: Gate::Judge,
        admits: Vec::new(),
        slots: vec![Slot::default()],
        deemed: YearSet::EMPTY,
        excusable: YearSet::EMPTY,
        legacy: YearSet::EMPTY,
        requirements: Vec::new(),
    }
}

fn admits() -> Plan {
    let admit = Admit {
        clause: "admit".into(),
        years: YearSet(3),
        categories: [true, false, true, false],
        sources: vec!["huzhou-xsglt".into(), "纸\"质\\".into()],
        basis: vec!["certificate".into()],
    };
    let admits = vec![admit.clone(), Admit { sources: Vec::new(), basis: Vec::new(), ..admit }];
    let (deemed, excusable, legacy) = (YearSet(1), YearSet(2), YearSet(4));
    Plan { admits, deemed, excusable, legacy, ..empty() }
}

const fn hours(hundredths: i64) -> Hours {
    Hours::from_hundredths(hundredths)
}

const fn year(base: YearBase, offset: i16) -> YearExpr {
    YearExpr { base, offset }
}

const WINDOW: Window =
    Window { from: year(YearBase::Declaring, -4), to: year(YearBase::Fixed, 2023) };

fn gates() -> impl Iterator<Item = Named> {
    let reason = Reason::new(ReasonCode::OutOfScope).clause("scope").year(2023);
    let counted = Reason { hours: Some(hours(850)), ..reason.clone().years(2, 4) };
    let measured = Reason {
        of: Some(CategorySet::Public),
        fact: Some("tenure_start"),
        ..Reason::new(ReasonCode::SumShort).hours(hours(100), hours(36_000))
    };
    let advised = Gate::Referred { reason: measured.clone(), advisory: true };
    let gates = [
        ("not applicable", Gate::NotApplicable(reason)),
        ("not applicable, counted", Gate::NotApplicable(counted)),
        ("referred", Gate::Referred { reason: measured, advisory: false }),
        ("referred with advice", advised),
    ];
    gates.into_iter().map(|(name, gate)| (name, Plan { gate, ..empty() }))
}

fn with_rule(rule: Rule) -> Plan {
    let (clause, years) = ("rule".into(), YearSet(u64::MAX));
    let requirements = vec![Requirement { clause, years, rule, exceptions: Vec::new() }];
    Plan { requirements, ..empty() }
}

fn rules() -> impl Iterator<Item = Named> {
    let window = WINDOW;
    let need = Need { total: Some(hours(36_000)), professional: None, public: Some(hours(1)) };
    let rules = [
        ("each year", Rule::EachYear { window, slot: 1 }),
        ("count", Rule::Count { window, at_least: Quantity::Number(3) }),
        ("count of required", Rule::Count { window, at_least: Quantity::RequiredYears }),
        ("include", Rule::Include(vec![year(YearBase::TenureStart, 1), window.to])),
        ("sum", Rule::Sum { window, need }),
    ];
    rules.into_iter().map(|(name, rule)| (name, with_rule(rule)))
}

fn exceptions() -> impl Iterator<Item = Named> {
    let guards = [
        ("any incomplete", Guard::AnyIncomplete(4)),
        ("all incomplete", Guard::AllIncomplete(3)),
        ("always", Guard::Always),
    ];
    guards.into_iter().map(|(name, when)| {
        let mut plan = with_rule(Rule::EachYear { window: WINDOW, slot: 0 });
        plan.requirements[0].exceptions.push(Exception {
            clause: "exception".into(),
            years: YearSet(6),
            window: Window { from: year(YearBase::DeclaringLessRequired, 0), to: WINDOW.to },
            when,
            need: Need { professional: Some(hours(2)), ..Need::default() },
            also: vec![WINDOW.from],
            slot: 2,
        });
        (name, plan)
    })
}

fn shares() -> impl Iterator<Item = Named> {
    let sets = [
        ("share of professional", CategorySet::Professional),
        ("share of public", CategorySet::Public),
        ("share of industry", CategorySet::Industry),
        ("share of general", CategorySet::General),
    ];
    sets.into_iter().map(|(name, of)| {
        let need = Thresholds {
            total: 9000,
            professional: 6000,
            public: 3000,
            industry: 600,
            general: 2400,
            ratio: Some(Ratio { of, numerator: 2, denominator: 3 }),
        };
        let piece = Piece { clause: "annual".into(), years: YearSet(1 << 60), need };
        let bare = Piece { clause: "bare".into(), years: YearSet(1), need: Thresholds::default() };
        (name, Plan { slots: vec![Slot { pieces: vec![piece, bare] }], ..empty() })
    })
}
