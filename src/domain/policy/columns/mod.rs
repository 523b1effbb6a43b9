//! The column program: one plan over a million people at once.
//!
//! A [`Plan`](super::plan::Plan) compiles to passes over columns of hours, one column for each year
//! and category: the standard of a year becomes one bit per person, a window a mask of bits, a
//! requirement a count of bits and a comparison, a sum a saturating addition. It is the same plan
//! that [`super::evaluate`] judges person by person, and says the same of everybody.
//!
//! [`input`] is what is judged: [`Columns`] of confirmed hours, and [`OpenPeople`] for the few of
//! whom more is known than columns can say. [`program`] compiles a plan for the columns at hand,
//! [`kernel`] runs it over a block of people with the passes of
//! [`lanes`] and [`passes`], or in one loop where a [`table`] tells its verdicts, [`batch`] puts the
//! blocks together, and [`sweep`] counts who is `met` at every value of one threshold
//! ([`dial`]).
//!
//! Nothing is fast and wrong. Cells are 16-bit where thresholds allow and 32-bit otherwise;
//! additions saturate above every threshold; negative cells are refused when the columns are
//! made. Whatever a program cannot express goes to the judge of single people:
//! [`Form::Scalar`](program::Form) says why for a whole plan, and people with open records that
//! are not simple, with missing facts or with a reviewer's decision go there one by one.

pub mod batch;
mod compiler;
pub mod dial;
pub mod input;
mod ir;
mod keep;
mod kernel;
mod lanes;
mod last;
mod open;
mod passes;
pub mod program;
mod scalar;
mod standards;
pub mod sweep;
mod table;
mod turning;
mod work;

pub use batch::Batch;
pub use dial::{Amount, Dial};
pub use input::{Cells, Columns, Fact, Matter, NotColumns, OpenPeople, OpenRecord, Source};
pub use sweep::Sweep;

use crate::domain::answer::Verdict;

/// People judged together: what lies between two passes stays in a near cache, and columns are read in long runs.
pub const BLOCK: usize = 8192;

/// The byte of a verdict: 0 not met, 1 met, 3 indeterminate, 4 anything else.
pub const fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NotMet => NOT_MET,
        Verdict::Met => MET,
        Verdict::Indeterminate => INDETERMINATE,
        Verdict::Referred | Verdict::NotRequired | Verdict::NotApplicable => ELSE,
    }
}

/// The byte of `not_met`.
pub const NOT_MET: u8 = 0;
/// The byte of `met`.
pub const MET: u8 = 1;
/// The byte of `indeterminate`.
pub const INDETERMINATE: u8 = 3;
/// The byte of `referred`, `not_required` and `not_applicable`.
pub const ELSE: u8 = 4;
