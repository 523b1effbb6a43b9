//! Which years a plan reads: windows and lists of years with the facts put in.

use super::model::{Exception, Plan, Requirement, Rule};
use crate::domain::policy::notice::model::{Quantity, Window, YearBase, YearExpr};
use crate::domain::year::YearSet;

/// The facts with a value each: given, or one value of a missing fact's domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFacts {
    /// The required years.
    pub required_years: i16,
    /// The first year of tenure.
    pub tenure_start: i16,
}

impl Plan {
    /// A year that a clause writes, as a number.
    pub fn year(&self, expr: YearExpr, known: KnownFacts) -> i16 {
        let base = match expr.base {
            YearBase::Fixed => 0,
            YearBase::Declaring => self.frame.declaring(),
            YearBase::DeclaringLessRequired => self.frame.declaring() - known.required_years,
            YearBase::TenureStart => known.tenure_start,
        };
        base.saturating_add(expr.offset)
    }

    /// The years of a window.
    pub fn window(&self, window: Window, known: KnownFacts) -> YearSet {
        self.frame.range(self.year(window.from, known), self.year(window.to, known))
    }

    /// The years of a list.
    pub fn listed(&self, years: &[YearExpr], known: KnownFacts) -> YearSet {
        years.iter().fold(YearSet::EMPTY, |all, expr| {
            let year = self.year(*expr, known);
            all.or(self.frame.range(year, year))
        })
    }

    /// The first `n` years of an exception's window: those its guard looks at.
    pub fn guarded(&self, window: Window, n: i16, known: KnownFacts) -> YearSet {
        let from = self.year(window.from, known);
        let to = self.year(window.to, known).min(from.saturating_add(n - 1));
        self.frame.range(from, to)
    }

    /// A number of years.
    pub fn quantity(&self, quantity: Quantity, known: KnownFacts) -> i64 {
        i64::from(match quantity {
            Quantity::Number(n) => n,
            Quantity::RequiredYears => known.required_years,
        })
    }

    /// The years whose compliance a requirement reads, without its exceptions.
    pub fn years_of(&self, requirement: &Requirement, known: KnownFacts) -> YearSet {
        let years = match &requirement.rule {
            Rule::EachYear { window, .. }
            | Rule::Count { window, .. }
            | Rule::Sum { window, .. } => self.window(*window, known),
            Rule::Include(years) => self.listed(years, known),
        };
        years.and(requirement.years)
    }

    /// The years that an exception reads.
    pub fn years_of_exception(&self, exception: &Exception, known: KnownFacts) -> YearSet {
        self.window(exception.window, known)
            .and(exception.years)
            .or(self.listed(&exception.also, known))
    }

    /// Which facts any requirement reads: required years, start of tenure.
    pub fn reads(&self) -> (bool, bool) {
        self.requirements.iter().fold((false, false), |(a, b), r| {
            let (c, d) = r.reads();
            (a || c, b || d)
        })
    }
}

impl Requirement {
    /// Which facts it reads, exceptions included: required years, start of tenure.
    pub fn reads(&self) -> (bool, bool) {
        let mut exprs: Vec<YearExpr> = Vec::new();
        let mut required = false;
        match &self.rule {
            Rule::EachYear { window, .. } | Rule::Sum { window, .. } => {
                exprs.extend([window.from, window.to]);
            }
            Rule::Count { window, at_least } => {
                exprs.extend([window.from, window.to]);
                required = *at_least == Quantity::RequiredYears;
            }
            Rule::Include(years) => exprs.extend(years),
        }
        for exception in &self.exceptions {
            exprs.extend([exception.window.from, exception.window.to]);
            exprs.extend(&exception.also);
        }
        let reads = |base| exprs.iter().any(|expr| expr.base == base);
        (required || reads(YearBase::DeclaringLessRequired), reads(YearBase::TenureStart))
    }
}

/// The years whose hours some requirement of the plan can read, whatever the facts.
pub fn years_read(plan: &Plan) -> YearSet {
    let mut compliance = YearSet::EMPTY;
    let mut sums = YearSet::EMPTY;
    for requirement in &plan.requirements {
        match &requirement.rule {
            Rule::EachYear { window, .. } | Rule::Count { window, .. } => {
                compliance = compliance.or(widest(plan, *window).and(requirement.years));
            }
            Rule::Include(years) => compliance = compliance.or(any_of(plan, years)),
            Rule::Sum { window, .. } => {
                sums = sums.or(widest(plan, *window).and(requirement.years));
            }
        }
        for exception in &requirement.exceptions {
            let window = widest(plan, exception.window);
            // The guard looks at the window whole, the sum at the years the clause speaks of.
            compliance = compliance.or(window).or(any_of(plan, &exception.also));
            sums = sums.or(window.and(exception.years));
        }
    }
    compliance.minus(plan.deemed).or(sums)
}

/// A window as wide as the facts could make it.
pub(in crate::domain::policy) fn widest(plan: &Plan, window: Window) -> YearSet {
    let known = KnownFacts { required_years: 0, tenure_start: 0 };
    let fixed = |expr: YearExpr, open: i16| match expr.base {
        YearBase::Fixed | YearBase::Declaring => plan.year(expr, known),
        YearBase::DeclaringLessRequired | YearBase::TenureStart => open,
    };
    plan.frame.range(fixed(window.from, i16::MIN), fixed(window.to, i16::MAX))
}

fn any_of(plan: &Plan, years: &[YearExpr]) -> YearSet {
    let single = |expr: &YearExpr| widest(plan, Window { from: *expr, to: *expr });
    years.iter().fold(YearSet::EMPTY, |all, expr| all.or(single(expr)))
}
