//! The least whole numbers that satisfy some inequalities, in exact fractions.

/// `coef · x ≥ need`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) coef: Vec<i64>,
    pub(crate) need: i64,
}

impl Row {
    /// The opposite: `coef · x ≤ need - 1` for whole numbers.
    pub(crate) fn not(&self) -> Row {
        Row { coef: self.coef.iter().map(|c| -c).collect(), need: 1 - self.need }
    }
}

/// A fraction in lowest terms, its denominator positive.
#[derive(Clone, Copy, PartialEq)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(n: i128, d: i128) -> Fraction {
        let (mut a, mut b) = (n.abs(), d.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let by = if d < 0 { -a } else { a };
        Fraction(n / by, d / by)
    }

    fn whole(n: i64) -> Fraction {
        Fraction(i128::from(n), 1)
    }

    fn minus_product(self, a: Fraction, b: Fraction) -> Fraction {
        if a.0 == 0 || b.0 == 0 {
            return self;
        }
        let (n, d) = (a.0 * b.0, a.1 * b.1);
        Fraction::new(self.0 * d - n * self.1, self.1 * d)
    }

    fn over(self, by: Fraction) -> Fraction {
        Fraction::new(self.0 * by.1, self.1 * by.0)
    }

    fn less(self, than: Fraction) -> bool {
        self.0 * than.1 < than.0 * self.1
    }

    fn plus(self, other: Fraction) -> Fraction {
        self.minus_product(other, Fraction(-1, 1))
    }

    fn ceiling(self) -> i64 {
        -Fraction(-self.0, self.1).floor()
    }

    fn floor(self) -> i64 {
        i64::try_from(self.0.div_euclid(self.1)).unwrap()
    }
}

/// Each basic variable as a constant and a combination of the others, which are zero.
struct Dictionary {
    basic: Vec<usize>,
    others: Vec<usize>,
    /// one line per basic variable, and the cost last; the constant is the last entry of a line
    lines: Vec<Vec<Fraction>>,
}

impl Dictionary {
    /// Starts from all `x` zero; the cost is their sum.
    fn new(vars: usize, rows: &[Row]) -> Dictionary {
        let line = |row: &Row| {
            let all = row.coef.iter().copied().chain([-row.need]);
            all.map(Fraction::whole).collect::<Vec<_>>()
        };
        let mut lines: Vec<_> = rows.iter().map(line).collect();
        lines.push((0..=vars).map(|i| Fraction::whole(i64::from(i < vars))).collect());
        Dictionary {
            basic: (vars..vars + rows.len()).collect(),
            others: (0..vars).collect(),
            lines,
        }
    }

    /// The dual simplex method with the smallest index first, which cannot cycle.
    fn solve(&mut self) -> bool {
        let (vars, zero) = (self.others.len(), Fraction(0, 1));
        loop {
            let negative = (0..self.basic.len()).filter(|i| self.lines[*i][vars].less(zero));
            let Some(row) = negative.min_by_key(|i| self.basic[*i]) else {
                return true;
            };
            let mut best: Option<(Fraction, usize, usize)> = None;
            for column in (0..vars).filter(|j| zero.less(self.lines[row][*j])) {
                let cost = self.lines[self.basic.len()][column].over(self.lines[row][column]);
                let name = self.others[column];
                let better = |(c, n, _): &(Fraction, usize, usize)| {
                    cost.less(*c) || (cost == *c && name < *n)
                };
                if best.as_ref().is_none_or(better) {
                    best = Some((cost, name, column));
                }
            }
            let Some((_, _, column)) = best else {
                return false;
            };
            self.pivot(row, column);
        }
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let by = self.lines[row][column];
        let minus = Fraction(-by.0, by.1);
        let mut line: Vec<Fraction> = self.lines[row].iter().map(|f| f.over(minus)).collect();
        line[column] = Fraction(1, 1).over(by);
        for (i, other) in self.lines.iter_mut().enumerate().filter(|(i, _)| *i != row) {
            debug_assert!(i != row);
            let factor = Fraction(-other[column].0, other[column].1);
            other[column] = Fraction(0, 1);
            for (entry, of_line) in other.iter_mut().zip(&line) {
                *entry = entry.minus_product(factor, *of_line);
            }
        }
        self.lines[row] = line;
        std::mem::swap(&mut self.basic[row], &mut self.others[column]);
    }

    fn values(&self) -> Vec<Fraction> {
        let vars = self.others.len();
        let mut values = vec![Fraction(0, 1); vars];
        for (line, name) in self.lines.iter().zip(&self.basic).filter(|(_, name)| **name < vars) {
            values[*name] = line[vars];
        }
        values
    }
}

/// What to branch on: the variables come as professional, industry, general; the two public ones
/// together before each alone, for they can often stand in for each other.
fn branches(vars: usize) -> Vec<Vec<usize>> {
    let years = (0..vars).step_by(3);
    let wide = years.clone().flat_map(|v| [vec![v], vec![v + 1, v + 2]]);
    wide.chain(years.flat_map(|v| [vec![v + 1], vec![v + 2]])).collect()
}

/// The whole numbers `x ≥ 0` of the least sum, below `below`, that satisfy every row.
pub(crate) fn least(vars: usize, rows: &[Row], below: i64) -> Option<Vec<i64>> {
    assert!(rows.len() < 300, "no whole solution in sight");
    let mut dictionary = Dictionary::new(vars, rows);
    if !dictionary.solve() {
        return None;
    }
    let cost = dictionary.lines[rows.len()][vars];
    if cost.ceiling() >= below {
        return None;
    }
    let values = dictionary.values();
    let sum = |of: &Vec<usize>| of.iter().fold(Fraction::whole(0), |s, i| s.plus(values[*i]));
    let with = |row: Row| rows.iter().cloned().chain([row]).collect::<Vec<Row>>();
    if cost.1 != 1 {
        let row = Row { coef: vec![1; vars], need: cost.ceiling() };
        return least(vars, &with(row), below);
    }
    let Some(part) = branches(vars).into_iter().find(|of| sum(of).1 != 1) else {
        return Some(values.iter().map(|v| v.floor()).collect());
    };
    let coef = (0..vars).map(|i| i64::from(part.contains(&i))).collect();
    let up = Row { coef, need: sum(&part).ceiling() };
    let mut best: Option<Vec<i64>> = None;
    for side in [up.not(), up] {
        let limit = best.as_ref().map_or(below, |b| b.iter().sum());
        best = least(vars, &with(side), limit).or(best);
    }
    best
}
