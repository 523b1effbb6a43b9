//! What passes over a block of people read, and what they leave for each other.

use pulp::Arch;

use super::BLOCK;
use super::lanes::Lane;

/// Which settlements are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Sure,
    Possible,
}

impl Side {
    pub(super) fn of<T>(self, pair: &[T; 2]) -> &T {
        let [sure, possible] = pair;
        if self == Side::Sure { sure } else { possible }
    }

    pub(super) const fn other(self) -> Side {
        match self {
            Side::Sure => Side::Possible,
            Side::Possible => Side::Sure,
        }
    }
}

/// A block of people: their cells by number, and their facts.
#[derive(Clone, Debug)]
pub(super) struct Inputs<'i, L> {
    pub(super) cells: Vec<&'i [L]>,
    pub(super) required: &'i [u8],
    pub(super) tenure: &'i [i16],
    /// At least as many as people.
    pub(super) zeros: &'i [L],
    /// [`super::ir::Ir::two_sided`].
    pub(super) two_sided: bool,
}

impl<'i, L: Lane> Inputs<'i, L> {
    pub(super) fn of(&self, numbers: [Option<usize>; 3]) -> [&'i [L]; 3] {
        numbers.map(|number| {
            number.and_then(|number| self.cells.get(number)).copied().unwrap_or(self.zeros)
        })
    }
}

/// What passes leave for each other.
#[derive(Debug)]
pub(super) struct Work<L> {
    pub(super) arch: Arch,
    /// Compliance on the hours.
    pub(super) bits: Vec<u16>,
    pub(super) possible: Vec<u16>,
    pub(super) from: Vec<i16>,
    pub(super) to: Vec<i16>,
    pub(super) count: Vec<i16>,
    /// The sum that was taken on the way.
    pub(super) taken: Vec<L>,
    pub(super) professional: Vec<L>,
    pub(super) public: Vec<L>,
    /// The threshold of each person, where a dial turns.
    pub(super) dial: Vec<L>,
    pub(super) masks: [Vec<u16>; 4],
}

impl<L: Lane> Work<L> {
    pub(super) fn new() -> Work<L> {
        let (bits, years, lanes) = (vec![0; BLOCK], vec![0; BLOCK], vec![L::default(); BLOCK]);
        Work {
            arch: Arch::new(),
            possible: bits.clone(),
            masks: [bits.clone(), bits.clone(), bits.clone(), bits.clone()],
            bits,
            from: years.clone(),
            to: years.clone(),
            count: years,
            taken: lanes.clone(),
            professional: lanes.clone(),
            public: lanes.clone(),
            dial: lanes,
        }
    }
}

impl<L> Work<L> {
    /// The bits of a side.
    pub(super) fn bits_of(&mut self, side: Side) -> &mut Vec<u16> {
        if side == Side::Sure { &mut self.bits } else { &mut self.possible }
    }
}
