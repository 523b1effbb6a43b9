//! Many people, each before the plan of their profile: block by block, then the particular ones.

use std::ops::Range;

use super::input::{Cells, Columns, Fact, NotColumns, OpenPeople, Particular};
use super::kernel::Kernel;
use super::lanes::Lane;
use super::open::Rows;
use super::passes;
use super::program::{Form, Program};
use super::work::{Inputs, Work};
use super::{BLOCK, ELSE, INDETERMINATE};
use crate::domain::policy::plan::Plan;

/// Plans compiled for columns.
///
/// Any range of people can be judged by itself, so threads share a batch by dividing its people.
#[derive(Clone, Debug)]
pub struct Batch<'c> {
    columns: &'c Columns<'c>,
    programs: Vec<Program>,
}

impl<'c> Batch<'c> {
    /// Compiles the plans that the profiles of the columns number.
    pub fn new<'p>(
        columns: &'c Columns<'c>,
        plans: impl IntoIterator<Item = &'p Plan>,
    ) -> Result<Batch<'c>, NotColumns> {
        let programs: Vec<Program> =
            plans.into_iter().map(|plan| Program::compile(plan, columns)).collect();
        let last = columns.profile_column().map_or(Some(0), |p| p.iter().copied().max());
        match last {
            Some(last) if usize::from(last) >= programs.len() => Err(NotColumns::Profile(last)),
            _ => Ok(Batch { columns, programs }),
        }
    }

    /// The programs, in the order of profiles.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// The verdict bytes of some people, into `to`, which is as long as `people`.
    pub fn judge(&self, open: &OpenPeople, people: Range<usize>, to: &mut [u8]) {
        let mut runners: Vec<Runner> = self.programs.iter().map(Runner::new).collect();
        let first = people.start;
        let mut start = people.start;
        while start < people.end.min(self.columns.people()) {
            let block = start..people.end.min(self.columns.people()).min(start + BLOCK);
            start = block.end;
            let Some(codes) = to.get_mut(block.start - first..block.end - first) else { return };
            self.block(&mut runners, block.clone(), codes);
            for particular in open.among(&block) {
                self.particular(&mut runners, &particular, first, to);
            }
        }
        for (program, runner) in self.programs.iter().zip(&mut runners) {
            runner.flush(program, to);
        }
    }

    /// The verdicts of everybody.
    pub fn all(&self, open: &OpenPeople) -> Vec<u8> {
        let mut codes = vec![0; self.columns.people()];
        self.judge(open, 0..self.columns.people(), &mut codes);
        codes
    }

    fn block(&self, runners: &mut [Runner], people: Range<usize>, codes: &mut [u8]) {
        let Some(profiles) = self.columns.profile_column().and_then(|p| p.get(people.clone()))
        else {
            if let Some((program, runner)) = self.programs.iter().zip(runners).next() {
                self.of_program(program, runner, people, codes);
            }
            return;
        };
        let arch = pulp::Arch::new();
        let mut is_first = true;
        for ((program, runner), profile) in self.programs.iter().zip(runners).zip(0..=u8::MAX) {
            // The constant of most is what all begin with.
            if matches!(program.form, Form::Constant(ELSE)) || !profiles.contains(&profile) {
                continue;
            }
            if is_first {
                self.of_program(program, runner, people.clone(), codes);
                passes::constant_but(arch, codes, profiles, profile, ELSE);
            } else {
                let mut own = [ELSE; BLOCK];
                let own = own.get_mut(..codes.len()).unwrap_or_default();
                self.of_program(program, runner, people.clone(), own);
                passes::verdicts_of(arch, codes, profiles, profile, own);
            }
            is_first = false;
        }
        if is_first {
            codes.fill(ELSE);
        }
    }

    /// The verdicts of a block, as if all were of one profile.
    fn of_program(
        &self,
        program: &Program,
        runner: &mut Runner,
        people: Range<usize>,
        codes: &mut [u8],
    ) {
        let settle = |codes: &mut [u8], all: bool| {
            for (code, person) in codes.iter_mut().zip(people.clone()) {
                if all || *code == INDETERMINATE {
                    *code = program.scalar.judge(self.columns, person);
                }
            }
        };
        match (&program.form, runner) {
            (Form::Constant(verdict), _) => codes.fill(*verdict),
            (Form::Lanes(kernel), Runner::Narrow(desk)) => {
                desk.judge(self.columns, kernel, people.clone(), codes);
                if kernel.has_loose_bounds() {
                    settle(codes, false);
                }
            }
            (Form::Lanes(kernel), Runner::Wide(desk)) => {
                desk.judge(self.columns, kernel, people.clone(), codes);
                if kernel.has_loose_bounds() {
                    settle(codes, false);
                }
            }
            (Form::Lanes(_) | Form::Scalar(_), _) => settle(codes, true),
        }
    }

    fn particular(
        &self,
        runners: &mut [Runner],
        particular: &Particular<'_>,
        first: usize,
        to: &mut [u8],
    ) {
        let profiles = self.columns.profile_column();
        let profile = profiles.and_then(|p| p.get(particular.person)).copied().unwrap_or(0);
        let at = usize::from(profile);
        let (Some(program), Some(runner)) = (self.programs.get(at), runners.get_mut(at)) else {
            return;
        };
        let place = particular.person - first;
        let is_taken = match runner {
            Runner::Constant => true,
            Runner::Scalar => false,
            Runner::Narrow(desk) => desk.offer(program, self.columns, particular, place, to),
            Runner::Wide(desk) => desk.offer(program, self.columns, particular, place, to),
        };
        if let Some(code) = to.get_mut(place).filter(|_| !is_taken) {
            *code = program.scalar.particular(self.columns, particular);
        }
    }
}

/// What a program needs to run, made once for a range of people.
enum Runner {
    Constant,
    Scalar,
    Narrow(Box<Desk<i16>>),
    Wide(Box<Desk<i32>>),
}

impl Runner {
    fn new(program: &Program) -> Runner {
        match &program.form {
            Form::Constant(_) => Runner::Constant,
            Form::Scalar(_) => Runner::Scalar,
            Form::Lanes(kernel) if kernel.is_wide() => Runner::Wide(Box::new(Desk::new(kernel))),
            Form::Lanes(kernel) => Runner::Narrow(Box::new(Desk::new(kernel))),
        }
    }

    fn flush(&mut self, program: &Program, to: &mut [u8]) {
        let Form::Lanes(kernel) = &program.form else { return };
        match self {
            Runner::Narrow(desk) => desk.rows.flush(kernel, &mut desk.work, to),
            Runner::Wide(desk) => desk.rows.flush(kernel, &mut desk.work, to),
            Runner::Constant | Runner::Scalar => {}
        }
    }
}

/// Buffers for lanes of one width.
pub(super) struct Desk<L> {
    pub(super) work: Work<L>,
    store: Store<L>,
    rows: Rows<L>,
}

/// Where a block keeps what is not read from the columns as it stands.
struct Store<L> {
    converted: Vec<Vec<L>>,
    required: Vec<u8>,
    tenure: Vec<i16>,
    zeros: Vec<L>,
}

impl<L: Lane> Desk<L> {
    pub(super) fn new(kernel: &Kernel) -> Desk<L> {
        Desk {
            work: Work::new(),
            store: Store {
                converted: vec![Vec::new(); kernel.places().len()],
                required: vec![0; BLOCK],
                tenure: vec![0; BLOCK],
                zeros: vec![L::default(); BLOCK],
            },
            rows: Rows::new(kernel.places().len()),
        }
    }

    fn judge(
        &mut self,
        columns: &Columns<'_>,
        kernel: &Kernel,
        people: Range<usize>,
        codes: &mut [u8],
    ) {
        self.with_inputs(columns, kernel, people, |inputs, work| kernel.judge(inputs, work, codes));
    }

    /// Gives the cells and facts of a block to `act`.
    pub(super) fn with_inputs(
        &mut self,
        columns: &Columns<'_>,
        kernel: &Kernel,
        people: Range<usize>,
        act: impl FnOnce(&Inputs<'_, L>, &mut Work<L>),
    ) {
        let Store { converted, required, tenure, zeros } = &mut self.store;
        let mut cells = Vec::with_capacity(kernel.places().len());
        for ((year, category), own) in kernel.places().iter().zip(converted) {
            let column = columns.years().get(*year).and_then(|y| *y.cells.get(*category)?);
            cells.push(L::view(column.unwrap_or(Cells::Narrow(&[])).among(people.clone()), own));
        }
        let (reads_required, reads_tenure) = kernel.reads();
        let required = match columns.required_years {
            Fact::Each(values) => values.get(people.clone()).unwrap_or_default(),
            Fact::All(value) => {
                if reads_required {
                    required.fill(value.unwrap_or(0));
                }
                required
            }
        };
        let tenure = match columns.tenure_start {
            Fact::Each(values) => values.get(people.clone()).unwrap_or_default(),
            Fact::All(value) => {
                if reads_tenure {
                    tenure.fill(value.unwrap_or(0));
                }
                tenure
            }
        };
        let two_sided = kernel.ir.two_sided;
        let inputs = Inputs { cells, required, tenure, zeros, two_sided };
        act(&inputs, &mut self.work);
    }

    /// Takes a particular person, if rows of columns can say all that is open of them.
    fn offer(
        &mut self,
        program: &Program,
        columns: &Columns<'_>,
        particular: &Particular<'_>,
        place: usize,
        to: &mut [u8],
    ) -> bool {
        let Form::Lanes(kernel) = &program.form else { return false };
        if self.rows.is_full() {
            self.rows.flush(kernel, &mut self.work, to);
        }
        self.rows.offer(kernel, &program.scalar, columns, particular, place)
    }
}
