//! A million people for the benchmarks: read from a folder of raw columns, or drawn from a seed.
//!
//! The folder holds little-endian columns without headers: `hours.bin` (int16, six years from 2018,
//! three categories, tenths of an hour), `required_years.bin` (uint8), `tenure_start.bin` (int16),
//! `level.bin` (uint8: junior, intermediate, senior), `pending.bin` (uint32 person, int16 year, uint8
//! category, int16 tenths: 9 bytes a record).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::inline_always,
    clippy::many_single_char_names,
    clippy::needless_bitwise_bool,
    reason = "a benchmark stops at the first surprise; its loops are written for vectors"
)]

mod held;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use pulp::Arch;
use xueshi::domain::category::Category;
use xueshi::domain::declaration::Declaration;
use xueshi::domain::declaration::{Facts, Jurisdiction, Level, Profile};
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::columns::{Cells, Columns, Fact, OpenPeople, OpenRecord, code};
use xueshi::domain::policy::judge::Judge;
use xueshi::domain::policy::plan::Plan;
use xueshi::domain::policy::rules::Rules;
use xueshi::domain::record::{Record, Status};
use xueshi::domain::year::Year;

use held::Held;

/// The first year with hours.
const FIRST: i16 = 2018;
const YEARS: usize = 6;

/// The columns, owned.
pub(crate) struct People {
    pub(crate) n: usize,
    /// Whether they come from the seed here, of which no verdicts are on file.
    pub(crate) is_seeded: bool,
    pub(crate) hours: Held<i16>,
    pub(crate) required_years: Held<u8>,
    pub(crate) tenure_start: Held<i16>,
    pub(crate) level: Held<u8>,
    pub(crate) pending: Vec<OpenRecord>,
}

impl People {
    /// From a folder, or drawn.
    pub(crate) fn load(folder: Option<&Path>) -> People {
        folder.map_or_else(|| People::seeded(1_000_000), People::read)
    }

    fn read(folder: &Path) -> People {
        let bytes = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        // A piece at a time, so that nothing is in memory twice.
        let int16 = |name: &str| -> Held<i16> {
            let path = folder.join(name);
            let mut file = File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let len = file.metadata().unwrap().len() as usize / 2;
            Held::new(len, |cells| {
                let mut piece = vec![0; 1 << 16];
                for cells in cells.chunks_mut(piece.len() / 2) {
                    let piece = &mut piece[..cells.len() * 2];
                    file.read_exact(piece).unwrap();
                    let pairs = piece.as_chunks::<2>().0.iter();
                    cells
                        .iter_mut()
                        .zip(pairs)
                        .for_each(|(c, pair)| *c = i16::from_le_bytes(*pair));
                }
            })
        };
        let required_years = bytes("required_years.bin");
        let pending = bytes("pending.bin");
        let pending = pending.as_chunks::<9>().0.iter().map(|b| {
            let year = i16::from_le_bytes([b[4], b[5]]);
            let tenths = i16::from_le_bytes([b[7], b[8]]);
            open(u32::from_le_bytes([b[0], b[1], b[2], b[3]]), year, b[6], tenths)
        });
        People {
            n: required_years.len(),
            is_seeded: false,
            hours: int16("hours.bin"),
            required_years: Held::of(&required_years),
            tenure_start: int16("tenure_start.bin"),
            level: Held::of(&bytes("level.bin")),
            pending: pending.collect(),
        }
    }

    /// People of a similar kind: most near the standard, some far below, 2 % with open records.
    pub(crate) fn seeded(n: usize) -> People {
        let mut draw = Draw(20_230_045);
        let mut hours = vec![0; YEARS * 3 * n];
        for person in 0..n {
            let diligence = draw.bell();
            for year in 0..YEARS {
                let lazy = draw.below(100) < 8;
                for (category, (mean, spread)) in
                    [(680, 110), (110, 50), (155, 40)].into_iter().enumerate()
                {
                    let usual = mean + (draw.bell() * 2 + diligence) * spread / 200;
                    let tenths = match draw.below(100) {
                        _ if lazy => draw.below(40) * 5,
                        0..18 => [600, 60, 120][category],
                        18..22 => [595, 55, 115][category],
                        _ => usual / 5 * 5,
                    };
                    hours[(year * 3 + category) * n + person] = tenths.clamp(0, 3000) as i16;
                }
            }
        }
        let mut pick =
            |of: [u8; 20]| -> Vec<u8> { (0..n).map(|_| of[draw.below(20) as usize]).collect() };
        let required_years = pick([1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5]);
        let level = pick([0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
        let tenure_start: Vec<i16> = (0..n).map(|_| 2022 - draw.below(11) as i16).collect();
        let mut pending = Vec::new();
        for person in (0..n).step_by(50) {
            for _ in 0..=draw.below(3) {
                let (year, category) =
                    (2019 + draw.below(5) as i16, [0, 0, 1, 2][draw.below(4) as usize]);
                pending.push(open(person as u32, year, category, (2 + draw.below(58)) as i16 * 5));
            }
        }
        let (hours, tenure_start) = (Held::of(&hours), Held::of(&tenure_start));
        let (required_years, level) = (Held::of(&required_years), Held::of(&level));
        People { n, is_seeded: true, hours, required_years, tenure_start, level, pending }
    }

    fn column(&self, year: i16, category: usize) -> &[i16] {
        let number = (year - FIRST) as usize * 3 + category;
        &self.hours[number * self.n..][..self.n]
    }

    /// As the batch takes them; without levels all have the first plan.
    pub(crate) fn columns(&self, with_levels: bool) -> Columns<'_> {
        let mut columns = Columns::new(self.n, 10).unwrap();
        for year in FIRST..FIRST + YEARS as i16 {
            let cells = [0, 1, 2].map(|category| Some(Cells::Narrow(self.column(year, category))));
            columns = columns.year(Year::new(year.into()).unwrap(), cells).unwrap();
        }
        let (required, tenure) = (Fact::Each(&self.required_years), Fact::Each(&self.tenure_start));
        let columns = columns.facts(required, tenure).unwrap();
        if with_levels { columns.profiles(&self.level).unwrap() } else { columns }
    }

    /// The open records of 2 % of people.
    pub(crate) fn open(&self) -> OpenPeople {
        OpenPeople::new(self.pending.clone(), Vec::new())
    }

    /// Those with open records whom the judge of single people judges otherwise than `codes` say.
    pub(crate) fn judged_otherwise(&self, plans: &[Plan], codes: &[u8]) -> usize {
        let rules: Vec<Rules> = plans.iter().cloned().map(Rules::single).collect();
        let mut pending = self.pending.clone();
        pending.sort_by_key(|record| record.person);
        let otherwise = |open: &&[OpenRecord]| {
            let person = open[0].person as usize;
            let profile = if plans.len() == 1 { 0 } else { self.level[person] };
            let plan = &plans[usize::from(profile)];
            let mut declaration = declaration("330000", plan.frame.declaring(), Level::Junior);
            declaration.facts = Facts {
                required_years: Some(self.required_years[person].into()),
                tenure_start: Some(self.tenure_start[person]),
            };
            let records = self.records(person, open);
            let verdict = rules[usize::from(profile)].verdict(&declaration, &records);
            code(verdict) != codes[person]
        };
        pending.chunk_by(|a, b| a.person == b.person).filter(otherwise).count()
    }

    fn records(&self, person: usize, open: &[OpenRecord]) -> Vec<Record> {
        let record = |year, category, hundredths, status| Record {
            year,
            category,
            hours: Hours::from_hundredths(hundredths),
            source: "registry".into(),
            basis: None,
            status,
        };
        let confirmed = (FIRST..FIRST + YEARS as i16).flat_map(|year| {
            [0, 1, 2].map(|category| {
                let tenths = self.column(year, category)[person];
                let year = Year::new(year.into()).unwrap();
                record(year, Category::ALL[category], i64::from(tenths) * 10, Status::Confirmed)
            })
        });
        let pending =
            open.iter().map(|r| record(r.year, r.category, r.hours.hundredths(), Status::Pending));
        confirmed.chain(pending).collect()
    }

    /// Lishui 2023 by hand, for somebody of a middle level: one loop, eyes on nothing else.
    pub(crate) fn lishui_by_hand(&self, codes: &mut [u8]) {
        #[inline(always)]
        fn pass(people: &People, codes: &mut [u8]) {
            let [a, b, c, d] = [2020, 2021, 2022, 2023].map(|y| people.year(y));
            for (at, codes) in codes.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let (a, b, c, d) = (a.at(at), b.at(at), c.at(at), d.at(at));
                let required = lanes(&people.required_years, at);
                let tenure = lanes(&people.tenure_start, at);
                let complete = |[p, i, g]: [&[i16; LANES]; 3], k: usize| {
                    let (p, q) = (p[k], i[k] + g[k]);
                    i16::from((p + q >= 900) & (p >= 600) & (q >= 180) & (g[k] >= 120))
                };
                let mut out = [0; LANES];
                for k in 0..LANES {
                    let (last, before, t) = (complete(d, k), complete(c, k), tenure[k]);
                    let count = (2020 - t).max(0)
                        + (complete(a, k) & i16::from(t <= 2020))
                        + (complete(b, k) & i16::from(t <= 2021))
                        + (before & i16::from(t <= 2022))
                        + (last & i16::from(t <= 2023));
                    out[k] = u8::from((count >= i16::from(required[k])) & (last & before != 0));
                }
                *codes = out;
            }
        }
        Arch::new().dispatch(|| pass(self, codes));
    }

    /// Jiaxing 2022 by hand.
    pub(crate) fn jiaxing_by_hand(&self, codes: &mut [u8]) {
        #[inline(always)]
        fn pass(people: &People, codes: &mut [u8]) {
            let [a, b, c, d] = [2019, 2020, 2021, 2022].map(|y| people.year(y));
            for (at, codes) in codes.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let (a, b, c, d) = (a.at(at), b.at(at), c.at(at), d.at(at));
                let level = lanes(&people.level, at);
                let year = |[p, i, g]: [&[i16; LANES]; 3], k: usize| {
                    let (p, q) = (p[k], i[k] + g[k]);
                    (i16::from((p + q >= 900) & (p >= 600) & (q >= 180)), p + q)
                };
                let mut out = [0; LANES];
                for k in 0..LANES {
                    let (a, b, c, d) = (year(a, k), year(b, k), year(c, k), year(d, k));
                    let three = a.0 & b.0 & c.0;
                    let enough = i16::from(a.1 + b.1 + c.1 + d.1 >= 3600);
                    let met = (three & d.0) | ((three ^ 1) & enough);
                    let judged = u8::from(level[k] == 1);
                    out[k] = (judged & u8::from(met != 0)) | ((judged ^ 1) * 4);
                }
                *codes = out;
            }
        }
        Arch::new().dispatch(|| pass(self, codes));
    }

    fn year(&self, year: i16) -> Triple<'_> {
        assert_eq!(self.n % LANES, 0, "the loops by hand take people by {LANES}");
        Triple([0, 1, 2].map(|category| self.column(year, category)))
    }
}

/// People of the loops by hand that are looked at together.
const LANES: usize = 64;

/// The columns of a year.
#[derive(Clone, Copy)]
struct Triple<'p>([&'p [i16]; 3]);

impl<'p> Triple<'p> {
    #[inline(always)]
    fn at(self, at: usize) -> [&'p [i16; LANES]; 3] {
        self.0.map(|column| lanes(column, at))
    }
}

#[inline(always)]
fn lanes<T>(column: &[T], at: usize) -> &[T; LANES] {
    column[at * LANES..].first_chunk().unwrap()
}

fn open(person: u32, year: i16, category: u8, tenths: i16) -> OpenRecord {
    OpenRecord {
        person,
        year: Year::new(year.into()).unwrap(),
        category: Category::ALL[usize::from(category)],
        pending: true,
        source: 0,
        hours: Hours::from_hundredths(i64::from(tenths) * 10),
    }
}

/// splitmix64.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let a = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        b ^ (b >> 31)
    }

    fn below(&mut self, end: i32) -> i32 {
        (self.next() % end as u64) as i32
    }

    /// About normal, in hundredths of the standard deviation.
    fn bell(&mut self) -> i32 {
        (0..12).map(|_| self.below(101)).sum::<i32>() - 600
    }
}

/// A declaration of the benchmarks.
pub(crate) fn declaration(code: &str, year: i16, level: Level) -> Declaration {
    Declaration {
        jurisdiction: Jurisdiction::new(code).unwrap(),
        year: Year::new(year.into()).unwrap(),
        profile: Profile {
            level,
            series: "engineering".into(),
            specialty: None,
            employer_sector: None,
        },
        facts: Facts { required_years: Some(4), tenure_start: Some(2018) },
        excused: Vec::new(),
        reviewed: Vec::new(),
        as_of: None,
    }
}

/// The rules of a city for each level that the data know.
pub(crate) fn rules(judge: &Judge, code: &str, year: i16) -> Vec<std::sync::Arc<Rules>> {
    let of = |level| {
        let declaration = declaration(code, year, level);
        let selected = judge.catalog().select(declaration.jurisdiction, declaration.year).unwrap();
        judge.rules(selected.policy, &declaration).unwrap()
    };
    [Level::Junior, Level::Intermediate, Level::Senior].map(of).to_vec()
}

/// The checksum of verdicts.
pub(crate) fn crc32(codes: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(codes))
}
