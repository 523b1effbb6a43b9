//! A plan for the columns at hand, and how it runs.

use super::ELSE;
use super::compiler::Compiler;
use super::dial::Dial;
use super::input::Columns;
pub use super::ir::Why;
use super::kernel::Kernel;
use super::scalar::Scalar;
use crate::domain::policy::plan::{Gate, Plan};

/// A plan, ready for columns.
#[derive(Clone, Debug)]
pub struct Program {
    /// How it runs.
    pub form: Form,
    pub(super) scalar: Scalar,
}

/// How a plan runs over columns.
#[derive(Clone, Debug)]
pub enum Form {
    /// Everybody has this verdict; no hours are read.
    Constant(u8),
    /// Passes over columns.
    Lanes(Box<Kernel>),
    /// The judge of single people, one after the other.
    Scalar(Why),
}

impl Program {
    /// The program of a plan for these columns.
    pub fn compile(plan: &Plan, columns: &Columns<'_>) -> Program {
        Program::with_dial(plan, columns, None)
    }

    pub(super) fn with_dial(plan: &Plan, columns: &Columns<'_>, dial: Option<&Dial>) -> Program {
        let scalar = Scalar::of(plan, columns);
        let form = if plan.gate != Gate::Judge || plan.requirements.is_empty() {
            Form::Constant(ELSE)
        } else {
            match Compiler::new(plan, columns, &scalar, dial).compile() {
                Ok(kernel) => Form::Lanes(Box::new(kernel)),
                Err(why) => Form::Scalar(why),
            }
        };
        Program { form, scalar }
    }
}
