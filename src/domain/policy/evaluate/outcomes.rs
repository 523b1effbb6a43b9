//! Outcomes of a year, and which of them no other beats.

/// Which extreme is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extreme {
    /// The most hours for each pattern of compliance.
    Best,
    /// The fewest.
    Worst,
}

/// What of the year matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is read or not, for itself")]
pub(super) struct Reads {
    /// Bit n: compliance with slot n.
    pub slots: u32,
    /// A guard looks at it: compliance may harm.
    pub guard: bool,
    /// Professional hours.
    pub professional: bool,
    /// Public hours.
    pub public: bool,
    /// Their sum.
    pub total: bool,
    /// The largest cumulative goal that the hours count towards.
    pub largest_sum: i64,
}

impl Reads {
    pub(super) fn sums(&self) -> bool {
        self.professional || self.public || self.total
    }
}

/// What a year can come to, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct YearOutcomes {
    /// Outcomes that go with the hours: the most of everything, or the least.
    pub base: Vec<Outcome>,
    /// Outcomes that only a guard wants: incomplete with the most hours, complete with the least.
    pub turned: Vec<Outcome>,
    /// Whether a base outcome is at once the extreme of everything that is read.
    pub plain: bool,
}

/// What a year can come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Outcome {
    /// Bit n: compliant with slot n.
    pub compliant: u32,
    /// Hundredths; saturated.
    pub professional: i64,
    /// Hundredths; saturated.
    pub public: i64,
}

/// The outcomes that no other of the same compliance beats in what is read.
pub(super) fn extremes(outcomes: Vec<Outcome>, reads: Reads, extreme: Extreme) -> Vec<Outcome> {
    // Two amounts decide at most: with professional and public both read, their sum follows.
    let key = |o: &Outcome| {
        let total = o.professional + o.public;
        match (reads.professional, reads.public, reads.total) {
            (true, true, _) => (o.professional, o.public),
            (true, false, total_too) => (o.professional, if total_too { total } else { 0 }),
            (false, true, total_too) => (o.public, if total_too { total } else { 0 }),
            (false, false, true) => (total, 0),
            (false, false, false) => (0, 0),
        }
    };
    let sign = if extreme == Extreme::Best { -1 } else { 1 };
    let mut sorted: Vec<(u32, (i64, i64), Outcome)> = outcomes
        .into_iter()
        .map(|o| {
            let (a, b) = key(&o);
            (o.compliant, (sign * a, sign * b), o)
        })
        .collect();
    sorted.sort_unstable();
    let mut kept: Vec<Outcome> = Vec::new();
    let mut front: Option<(u32, i64)> = None;
    for (compliant, (_, second), outcome) in sorted {
        if front.is_none_or(|(same, least)| same != compliant || second < least) {
            kept.push(outcome);
            front = Some((compliant, second));
        }
    }
    kept
}
