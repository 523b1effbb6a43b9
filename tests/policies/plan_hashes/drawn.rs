//! Plans that are drawn: each part any of a few values, so that plans come close to each other.

use xueshi::domain::answer::{Amount, Reason, ReasonCode};
use xueshi::domain::category::CategorySet;
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::notice::model::{
    Guard, Need, Quantity, Ratio, Window, YearBase, YearExpr,
};
use xueshi::domain::policy::plan::{
    Admit, Exception, Gate, Piece, Plan, Requirement, Rule, Slot, Thresholds,
};
use xueshi::domain::year::{Frame, Year, YearSet};

use crate::support::Dice;

/// What draws them.
struct Draw(Dice);

const NAMES: [&str; 6] = ["", "a", "b", "ab", "a\"b\\", "学时"];
const NUMBERS: [i16; 6] = [-1, 0, 1, 2, 256, i16::MAX];
const AMOUNTS: [i64; 6] = [-1, 0, 1, 256, 6000, i64::MAX];

impl Draw {
    fn name(&self) -> Box<str> {
        (*self.0.pick(&NAMES)).into()
    }

    fn number(&self) -> i16 {
        *self.0.pick(&NUMBERS)
    }

    fn amount(&self) -> i64 {
        *self.0.pick(&AMOUNTS)
    }

    fn hours(&self) -> Hours {
        Hours::from_hundredths(self.amount())
    }

    fn flag(&self) -> bool {
        self.0.below(2) == 1
    }

    fn option<T>(&self, draw: impl Fn(&Draw) -> T) -> Option<T> {
        self.flag().then(|| draw(self))
    }

    fn list<T>(&self, draw: impl Fn(&Draw) -> T) -> Vec<T> {
        (0..self.0.below(3)).map(|_| draw(self)).collect()
    }

    fn years(&self) -> YearSet {
        YearSet(*self.0.pick(&[0, 1, 2, 1 << 40, u64::MAX]))
    }

    fn set(&self) -> CategorySet {
        use CategorySet::{General, Industry, Professional, Public};
        *self.0.pick(&[Professional, Public, Industry, General])
    }

    fn counted(&self) -> Amount {
        if self.flag() { Amount::Hours(self.hours()) } else { Amount::Years(self.amount()) }
    }

    fn reason(&self) -> Reason {
        Reason {
            code: *self.0.pick(&ReasonCode::ALL),
            year: self.option(Draw::number),
            clause: self.option(Draw::name),
            of: self.option(Draw::set),
            fact: self.option(|draw| *draw.0.pick(&["required_years", "tenure_start"])),
            have: self.option(Draw::counted),
            need: self.option(Draw::counted),
            short: self.option(Draw::counted),
            hours: self.option(Draw::hours),
        }
    }

    fn gate(&self) -> Gate {
        match self.0.below(3) {
            0 => Gate::NotApplicable(self.reason()),
            1 => Gate::Referred { reason: self.reason(), advisory: self.flag() },
            _ => Gate::Judge,
        }
    }

    fn admit(&self) -> Admit {
        Admit {
            clause: self.name(),
            years: self.years(),
            categories: [self.flag(), self.flag(), self.flag(), self.flag()],
            sources: self.list(Draw::name),
            basis: self.list(Draw::name),
        }
    }

    fn ratio(&self) -> Ratio {
        Ratio { of: self.set(), numerator: self.amount(), denominator: self.amount() }
    }

    fn piece(&self) -> Piece {
        let need = Thresholds {
            total: self.amount(),
            professional: self.amount(),
            public: self.amount(),
            industry: self.amount(),
            general: self.amount(),
            ratio: self.option(Draw::ratio),
        };
        Piece { clause: self.name(), years: self.years(), need }
    }

    fn year(&self) -> YearExpr {
        use YearBase::{Declaring, DeclaringLessRequired, Fixed, TenureStart};
        let base = *self.0.pick(&[Fixed, Declaring, DeclaringLessRequired, TenureStart]);
        YearExpr { base, offset: self.number() }
    }

    fn window(&self) -> Window {
        Window { from: self.year(), to: self.year() }
    }

    fn need(&self) -> Need {
        Need {
            total: self.option(Draw::hours),
            professional: self.option(Draw::hours),
            public: self.option(Draw::hours),
        }
    }

    fn rule(&self) -> Rule {
        let window = self.window();
        match self.0.below(5) {
            0 => Rule::EachYear { window, slot: self.0.below(8) },
            1 => Rule::Count { window, at_least: Quantity::Number(self.number()) },
            2 => Rule::Count { window, at_least: Quantity::RequiredYears },
            3 => Rule::Include(self.list(Draw::year)),
            _ => Rule::Sum { window, need: self.need() },
        }
    }

    fn exception(&self) -> Exception {
        let when = match self.0.below(3) {
            0 => Guard::AnyIncomplete(self.number()),
            1 => Guard::AllIncomplete(self.number()),
            _ => Guard::Always,
        };
        Exception {
            clause: self.name(),
            years: self.years(),
            window: self.window(),
            when,
            need: self.need(),
            also: self.list(Draw::year),
            slot: self.0.below(8),
        }
    }

    fn requirement(&self) -> Requirement {
        Requirement {
            clause: self.name(),
            years: self.years(),
            rule: self.rule(),
            exceptions: self.list(Draw::exception),
        }
    }

    fn plan(&self) -> Plan {
        let declaring = Year::new(*self.0.pick(&[1900, 2023, 2199])).expect("a year");
        Plan {
            frame: Frame::around(declaring),
            gate: self.gate(),
            admits: self.list(Draw::admit),
            slots: self.list(|draw| Slot { pieces: draw.list(Draw::piece) }),
            deemed: self.years(),
            excusable: self.years(),
            legacy: self.years(),
            requirements: self.list(Draw::requirement),
        }
    }
}

/// So many plans, always the same.
pub fn drawn(count: usize) -> Vec<Plan> {
    let draw = Draw(Dice::new(1900));
    (0..count).map(|_| draw.plan()).collect()
}
