//! Hours to add, and drafts of them in which some may still be of any category.

use crate::domain::year::YearSet;

/// Hours to add to a year, in hundredths: professional, industry, general.
pub type Added = [i64; 3];

/// Hours to add, by the bit of the year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions(pub Vec<(u32, Added)>);

impl Additions {
    /// All of them together.
    pub fn sum(&self) -> i64 {
        self.0.iter().map(|(_, added)| added.iter().sum::<i64>()).sum()
    }

    pub(super) fn add(&mut self, bit: u32, category: usize, hundredths: i64) {
        if hundredths <= 0 {
            return;
        }
        let at = self.0.iter().position(|(b, _)| *b == bit).unwrap_or_else(|| {
            self.0.push((bit, Added::default()));
            self.0.len() - 1
        });
        if let Some(slot) = self.0.get_mut(at).and_then(|(_, added)| added.get_mut(category)) {
            *slot += hundredths;
        }
    }

    pub(super) fn within(&self, years: YearSet) -> (i64, i64) {
        self.0.iter().filter(|(bit, _)| years.has(*bit)).fold((0, 0), |(p, q), (_, added)| {
            let [professional, industry, general] = *added;
            (p + professional, q + industry + general)
        })
    }
}

/// Additions some of which may still be of any category.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Of a category.
    pub(super) fixed: Additions,
    /// Year, category unless something better is known, hundredths.
    pub(super) free: Vec<(u32, usize, i64)>,
}

impl Draft {
    /// All of them together.
    pub(super) fn sum(&self) -> i64 {
        self.fixed.sum() + self.free.iter().map(|(_, _, hundredths)| hundredths).sum::<i64>()
    }

    pub(super) fn free_within(&self, years: YearSet) -> i64 {
        self.free.iter().filter(|(bit, _, _)| years.has(*bit)).map(|(_, _, h)| h).sum()
    }

    /// Lets free hours within some years be of a category, as far as they go; what is left.
    pub(super) fn claim(&mut self, years: YearSet, category: usize, mut wanted: i64) -> i64 {
        for at in 0..self.free.len() {
            let Some((bit, _, hundredths)) = self.free.get_mut(at) else { break };
            if years.has(*bit) {
                let taken = wanted.min(*hundredths);
                *hundredths -= taken;
                wanted -= taken;
                let bit = *bit;
                self.fixed.add(bit, category, taken);
            }
        }
        wanted
    }

    pub(super) fn settled(mut self) -> Additions {
        for (bit, category, hundredths) in self.free {
            self.fixed.add(bit, category, hundredths);
        }
        self.fixed
    }
}
