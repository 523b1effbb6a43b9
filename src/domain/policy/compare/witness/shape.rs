//! Arrangements of hours over the years: even ones first, then with one year apart, then two.

use std::ops::ControlFlow;

use super::rows::Row;

/// How the years of a person differ from each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Not at all.
    Even,
    /// One year, or the first years from the last.
    OneApart,
    /// Two years.
    TwoApart,
}

impl Shape {
    /// Which part of what is left may be spent on it.
    pub(super) fn part(self) -> u64 {
        match self {
            Shape::Even | Shape::TwoApart => 1,
            Shape::OneApart => 2,
        }
    }

    /// Calls `act` with every arrangement of `rows` over `n` years.
    pub(super) fn each(
        self,
        rows: &[Row],
        n: usize,
        mut act: impl FnMut(&[Row]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for rest in rows {
            if self == Shape::Even {
                act(&vec![*rest; n])?;
                continue;
            }
            let others = || rows.iter().filter(|row| *row != rest);
            for other in others() {
                for at in (0..n).rev() {
                    let mut years = vec![*rest; n];
                    years.get_mut(at).into_iter().for_each(|year| *year = *other);
                    if self == Shape::OneApart {
                        act(&years)?;
                        years.iter_mut().take(at).for_each(|year| *year = *other);
                        act(&years)?;
                        continue;
                    }
                    for (second, before) in others().flat_map(|row| (0..at).map(move |i| (row, i)))
                    {
                        let mut years = years.clone();
                        years.get_mut(before).into_iter().for_each(|year| *year = *second);
                        act(&years)?;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }
}
