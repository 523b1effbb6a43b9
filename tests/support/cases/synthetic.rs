//! Random policy files in the contract's format, each set with a case that fits it.

use super::tape::{Cells, Frame, REAL, Scale, Tape, cells, decimal, records, some_years, tape};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write;

/// Policy files (name, text) and a case for them.
#[derive(Debug, Clone)]
pub struct Synthetic {
    pub files: Vec<(String, String)>,
    pub case: Value,
}

/// The declaring year of every synthetic case.
const D: i64 = 2022;

/// A scale so small that additions can be tried hundredth by hundredth.
const MICRO: Scale =
    Scale { total: 3, professional: 2, public: 1, general: 1, steps: &[0, 0, 0, 1, -1] };

/// Another, where both public categories can have a minimum.
const MICRO_PUBLIC: Scale = Scale { total: 4, professional: 1, public: 2, ..MICRO };

/// The size of what is generated.
#[derive(Clone, Copy)]
struct Size {
    scale: Scale,
    first: i64,
    length: i64,
    most_open: usize,
    facts: bool,
}

/// Varied policies with the amounts of the real notices.
pub fn synthetic() -> impl Strategy<Value = Synthetic> {
    let size = Size { scale: REAL, first: D - 5, length: 4, most_open: 5, facts: true };
    tape(420).prop_map(move |numbers| Writer::new(size, numbers).write())
}

/// The same with amounts of a few hundredths, at most three years, and nothing pending or unknown.
pub fn micro() -> impl Strategy<Value = Synthetic> {
    let scale = prop_oneof![Just(MICRO), Just(MICRO_PUBLIC)];
    (scale, tape(420)).prop_map(|(scale, numbers)| {
        let size = Size { scale, first: D - 2, length: 3, most_open: 0, facts: false };
        Writer::new(size, numbers).write()
    })
}

/// Writes the files of one synthetic case.
struct Writer {
    size: Size,
    tape: Tape,
    city: String,
    province: String,
    readings: String,
    /// fields a reading may change: `clause.field`, with another value
    changeable: Vec<(String, String)>,
    requirements: Vec<(String, &'static str)>,
    sum: Option<(i64, i64, i64)>,
    /// many years may lack a standard, so the facts are given: else there is too much to try
    known: bool,
}

impl Writer {
    fn new(size: Size, numbers: Vec<u32>) -> Writer {
        Writer {
            size,
            tape: Tape::new(numbers),
            city: String::new(),
            province: String::new(),
            readings: String::new(),
            changeable: Vec::new(),
            requirements: Vec::new(),
            sum: None,
            known: false,
        }
    }

    fn write(mut self) -> Synthetic {
        self.standards();
        for _ in 0..self.tape.pick(&[1, 1, 1, 2, 2, 2, 3, 3, 1, 0]) {
            self.requirement();
        }
        for _ in 0..self.tape.pick(&[0, 1, 1, 2, 1]) {
            self.exception();
        }
        self.years_apart();
        self.admit();
        self.borders();
        self.readings();
        let case = self.case();
        let head = |id: &str, jurisdiction: &str, more: &str| {
            format!(
                "format = 1\nid = \"{id}\"\nname = \"{id}\"\njurisdiction = \"{jurisdiction}\"\n{more}\
                 in_force = {{ from = 2016-01-01 }}\n\n[[document]]\nid = \"doc\"\nnumber = \"\"\n\
                 title = \"{id}\"\nstatus = \"unverified\"\n"
            )
        };
        let year = format!("declaring_years = {{ from = {D}, to = {D} }}\n");
        let province = head("330000", "330000", "extends = \"000000\"\n") + &self.province;
        let own = head("330600/2022", "330600", &format!("extends = \"330000\"\n{year}"));
        let mut files = vec![
            ("000000.toml".to_owned(), head("000000", "000000", "") + &self.nation()),
            ("330000.toml".to_owned(), province),
            ("330600-2022.toml".to_owned(), own + &self.city + &self.readings),
        ];
        if self.tape.one_in(8) {
            let county =
                head("330602/2022", "330602", &format!("extends = \"330600/2022\"\n{year}"));
            files.push(("330602-2022.toml".to_owned(), county));
        }
        Synthetic { files, case }
    }

    /// The nation's standard, which the province always replaces.
    fn nation(&mut self) -> String {
        clause(
            "national-annual",
            "annual",
            &format!("total = \"{}\"\n", decimal(self.size.scale.total)),
        )
    }

    /// `total` and `min` of a standard: the usual one, or one next to it.
    fn standard(&mut self) -> (String, String) {
        let s = self.size.scale;
        let t = &mut self.tape;
        let least = s.professional + s.public;
        let total = t.pick(&[s.total, s.total, s.total, least.max(s.total - 1), s.total * 4 / 3]);
        let professional = t.pick(&[s.professional, s.professional, s.professional / 2]);
        let public = t.pick(&[s.public, s.public, s.general]);
        let minima = [
            format!("{{ of = [\"professional\"], hours = \"{}\" }}", decimal(professional)),
            format!("{{ of = [\"industry\", \"general\"], hours = \"{}\" }}", decimal(public)),
            format!("{{ of = [\"general\"], hours = \"{}\" }}", decimal(s.general.min(public))),
            format!(
                "{{ of = [\"industry\"], hours = \"{}\" }}",
                decimal(public - s.general.min(public))
            ),
        ];
        let chosen: &[usize] =
            t.pick(&[&[0, 1][..], &[0, 1], &[0, 1, 2], &[0, 1, 2], &[], &[0], &[2], &[0, 1, 2, 3]]);
        let zero = public == s.general.min(public);
        let chosen = chosen.iter().filter(|i| **i < 3 || !zero);
        let min: Vec<&str> = chosen.map(|i| minima[*i].as_str()).collect();
        (format!("\"{}\"", decimal(total)), format!("[{}]", min.join(", ")))
    }

    fn city_annual(&mut self, id: &str, more: &str) {
        let annual = self.annual(id, more);
        self.city += &annual;
    }

    fn annual(&mut self, id: &str, more: &str) -> String {
        let (total, min) = self.standard();
        let ratio = if self.tape.one_in(12) {
            "ratio = { of = [\"professional\"], to = \"all\", at_least = \"2/3\" }\n"
        } else {
            ""
        };
        clause(id, "annual", &format!("{more}total = {total}\nmin = {min}\n{ratio}"))
    }

    /// Annual standards: the province's, perhaps replaced by the city's, perhaps for some years only.
    fn standards(&mut self) {
        let national = "overrides = [\"000000#national-annual\"]\n";
        let from = self.tape.pick(&[0, 0, 0, D - 3, D - 1]);
        let years =
            if from == 0 { String::new() } else { format!("years = {{ from = {from} }}\n") };
        self.known |= from != 0;
        self.province = self.annual("annual", &format!("{national}{years}"));
        match self.tape.below(10) {
            8 => self.province += "\n[[open]]\nid = \"deemed-years\"\nkind = \"deem\"\n",
            9 => {
                let years = format!("years = {{ to = {} }}\n", D - 4);
                self.province += &clause("deemed-years", "deem", &years);
            }
            _ => {}
        }
        let provincial = "overrides = [\"330000#annual\"]\n";
        match self.tape.below(4) {
            0 | 1 => {}
            2 => {
                self.city_annual("city-annual", provincial);
                let (total, min) = self.standard();
                self.changeable.push(("city-annual.total".to_owned(), total));
                self.changeable.push(("city-annual.min".to_owned(), min));
            }
            _ => {
                let cut = self.tape.pick(&[D - 2, D - 1, D - 3]);
                let old = format!("{provincial}years = {{ to = {cut} }}\n");
                let new = format!("years = {{ from = {} }}\n", cut + 1);
                self.city_annual("annual-before", &old);
                self.city_annual("annual-since", &new);
                let gap = format!("{{ from = {} }}", cut + 2);
                self.changeable.push(("annual-since.years".to_owned(), gap));
            }
        }
        let (_, min) = self.standard();
        self.changeable.push(("330000#annual.min".to_owned(), min));
    }

    /// A window as text, with its years when they are fixed.
    fn window(&mut self, facts: bool) -> (String, Option<(i64, i64)>) {
        let t = &mut self.tape;
        let length = t.range(1, self.size.length);
        let back = if self.size.length > 3 { t.pick(&[0, 0, 1]) } else { 0 };
        let last = D - back;
        let first = last - length + 1;
        let expression = |n: i64| if n == 0 { "D".to_owned() } else { format!("D-{n}") };
        let ends = expression(back);
        if facts && self.size.facts && t.one_in(8) {
            let from = t.pick(&["tenure_start", "D-required_years+1"]);
            return (format!("{{ from = \"{from}\", to = \"{ends}\" }}"), None);
        }
        let text = match t.below(3) {
            0 => format!("{{ length = {length}, ends = \"{ends}\" }}"),
            1 => format!("{{ from = {first}, to = {last} }}"),
            _ => format!("{{ from = \"{}\", to = \"{ends}\" }}", expression(D - first)),
        };
        (text, Some((first, last)))
    }

    fn levels(&mut self) -> &'static str {
        let none = "";
        let intermediate = "levels = [\"intermediate\"]\n";
        let senior = "levels = [\"intermediate\", \"senior\"]\n";
        self.tape.pick(&[none, none, none, none, intermediate, senior])
    }

    fn requirement(&mut self) {
        let id = format!("requirement-{}", self.requirements.len());
        let levels = self.levels();
        let (kind, fields) = match self.tape.below(8) {
            0..=2 => self.each_year(&id),
            3 | 4 => self.count(&id),
            5 => self.include(&id),
            _ => {
                let (window, years) = self.window(true);
                let length = years.map_or(2, |(a, b)| b - a + 1);
                let (total, min) = self.sum(length, years);
                self.changeable.push((format!("{id}.total"), decimal_text(self.size.scale.total)));
                ("sum", format!("window = {window}\ntotal = {total}\nmin = {min}\n"))
            }
        };
        self.city += &clause(&id, kind, &format!("{levels}{fields}"));
        let own = fields.contains("\ntotal") || fields.contains("\nmin");
        let name = if own && kind == "each-year" { "own" } else { kind };
        self.requirements.push((id, name));
    }

    fn each_year(&mut self, id: &str) -> (&'static str, String) {
        let (window, _) = self.window(true);
        let (other, _) = self.window(true);
        self.changeable.push((format!("{id}.window"), other));
        let (total, min) = self.standard();
        let own = match self.tape.below(6) {
            0..=3 => String::new(),
            4 => format!("total = {total}\n"),
            _ => format!("total = {total}\nmin = {min}\n"),
        };
        ("each-year", format!("window = {window}\n{own}"))
    }

    fn count(&mut self, id: &str) -> (&'static str, String) {
        let facts = self.size.facts;
        let froms: &[&str] = if facts {
            &["tenure_start", "D-2", "D-3", "D-required_years+1", "D-4"]
        } else {
            &["D-2", "D-1", "D"]
        };
        let numbers: &[&str] = if facts {
            &["\"required_years\"", "2", "3", "\"required_years\"", "1"]
        } else {
            &["2", "1", "3"]
        };
        let (from, at_least) = (self.tape.pick(froms), self.tape.pick(numbers));
        let (other, fewer) = (self.tape.pick(froms), self.tape.pick(numbers));
        self.changeable.push((format!("{id}.from"), format!("\"{other}\"")));
        self.changeable.push((format!("{id}.at_least"), fewer.to_owned()));
        self.changeable.push((format!("{id}.to"), "\"D-1\"".to_owned()));
        ("count", format!("from = \"{from}\"\nto = \"D\"\nat_least = {at_least}\n"))
    }

    fn include(&mut self, id: &str) -> (&'static str, String) {
        let lists = ["[\"D-1\", \"D\"]", "[\"D\"]", "[2020, \"D\"]", "[\"D-1\"]"];
        let (years, other) = (self.tape.pick(&lists), self.tape.pick(&lists));
        self.changeable.push((format!("{id}.years"), other.to_owned()));
        ("include", format!("years = {years}\n"))
    }

    /// `total` and `min` of a sum over so many years.
    fn sum(&mut self, length: i64, years: Option<(i64, i64)>) -> (String, String) {
        let s = self.size.scale;
        let total = length * s.total + self.tape.pick(&[0, 0, -s.professional, -1]);
        if let Some((from, to)) = years {
            self.sum = Some((from, to, total));
        }
        let of = |name: &str, hours: i64| {
            format!("{{ of = [{name}], hours = \"{}\" }}", decimal(hours.min(total / 2)))
        };
        let professional = of("\"professional\"", length * s.professional);
        let public = of("\"industry\", \"general\"", length * s.public);
        let min = match self.tape.below(5) {
            0..=2 => String::new(),
            3 => professional,
            _ => format!("{professional}, {public}"),
        };
        (decimal_text(total), format!("[{min}]"))
    }

    /// A cumulative clause instead of one of the requirements.
    fn exception(&mut self) {
        let free = |(_, kind): &&(String, &str)| ["each-year", "count", "include"].contains(kind);
        let free: Vec<String> =
            self.requirements.iter().filter(free).map(|(id, _)| id.clone()).collect();
        if free.is_empty() {
            return;
        }
        let named = self.tape.pick(&free);
        let id = format!("exception-{}", self.changeable.len());
        let levels = self.levels();
        let (window, years) = self.window(false);
        let (first, last) = years.expect("fixed years");
        let n = self.tape.range(1, last - first + 1);
        let guards = [
            format!("{{ incomplete_any_of_first = {n} }}"),
            format!("{{ incomplete_all_of_first = {n} }}"),
            "{ always = true }".to_owned(),
        ];
        let (when, other) = (self.tape.pick(&guards), self.tape.pick(&guards));
        let (total, min) = self.sum(last - first + 1, years);
        let (_, other_min) = self.sum(last - first + 1, None);
        let min = if min == "[]" { String::new() } else { format!("min = {min}\n") };
        let also =
            if self.tape.one_in(5) { format!("also_years = [{last}]\n") } else { String::new() };
        self.changeable.push((format!("{id}.when"), other));
        self.changeable.push((format!("{id}.min"), other_min));
        self.changeable.push((format!("{id}.also_years"), format!("[{last}]")));
        self.city += &clause(
            &id,
            "cumulative",
            &format!(
                "{levels}instead_of = \"{named}\"\nwindow = {window}\nwhen = {when}\n\
                 total = {total}\n{min}{also}"
            ),
        );
    }

    /// Deemed, legacy and excused years.
    fn years_apart(&mut self) {
        if self.tape.one_in(4) {
            let to = D - self.tape.range(2, 4);
            let more = self.tape.pick(&["", "yields_to = [\"330000#deemed-years\"]\n"]);
            if more.is_empty() || self.province.contains("deemed-years") {
                self.city += &clause("deemed", "deem", &format!("{more}years = {{ to = {to} }}\n"));
                let other = format!("{{ to = {} }}", to - 1);
                self.changeable.push(("deemed.years".to_owned(), other));
            }
        }
        if self.tape.one_in(3) {
            let to = D - self.tape.range(1, 3);
            let levels = self.levels();
            let years = format!("{levels}years = {{ to = {to} }}\n");
            self.city += &clause("old-rules", "legacy", &years);
        }
        if self.tape.one_in(4) {
            let from = D - self.tape.range(0, 3);
            let years = format!("years = {{ from = {from} }}\n");
            self.city += &clause("excuse", "excuse", &years);
        }
    }

    /// Which records count: professional ones, and perhaps (or under a reading) the others.
    fn admit(&mut self) {
        if !self.tape.one_in(3) {
            return;
        }
        let from = D - self.tape.range(0, 3);
        let years = self.tape.pick(&[format!("years = {{ from = {from} }}\n"), String::new()]);
        let all = self.tape.one_in(3);
        let of = if all { "" } else { "categories = [\"professional\"]\n" };
        let fields = format!("{years}{of}sources = [\"registry\"]\n");
        self.city += &clause("source", "admit", &fields);
        if !all && self.tape.one_in(2) {
            let off = self.tape.pick(&["", "off = true\n"]);
            let fields = format!(
                "{off}{years}categories = [\"industry\", \"general\", \"public\"]\n\
                 sources = [\"registry\", \"portal\"]\n"
            );
            self.city += &clause("source-public", "admit", &fields);
            if !off.is_empty() {
                self.changeable.push(("source-public.off".to_owned(), "false".to_owned()));
            }
        }
    }

    /// Scope and referrals.
    fn borders(&mut self) {
        if self.tape.one_in(6) {
            let excludes = self.tape.pick(&[
                "",
                "excludes = [{ specialties = [\"building\"], reason = \"out_of_scope\" }]\n",
                "excludes = [{ series = [\"engineering\"], levels = [\"junior\"], reason = \"by_examination\" }]\n",
            ]);
            let series = "series = [\"engineering\"]\n";
            self.city += &clause("scope", "scope", &format!("{series}{excludes}"));
        }
        if self.tape.one_in(8) {
            let who = self.tape.pick(&[
                "specialties = [\"building\"]\n",
                "levels = [\"senior\"]\n",
                "series = [\"health\"]\n",
                "levels = [\"intermediate\"]\n",
            ]);
            let advisory = self.tape.pick(&["", "advisory = true\n", "advisory = false\n"]);
            let fields = format!("{who}to = \"elsewhere\"\n{advisory}");
            self.city += &clause("elsewhere", "refer", &fields);
            self.changeable.push(("elsewhere.off".to_owned(), "true".to_owned()));
        }
    }

    /// Up to two readings, each of a field that really changes.
    fn readings(&mut self) {
        for i in 0..self.tape.pick(&[0, 1, 2, 2]) {
            if self.changeable.is_empty() {
                return;
            }
            let at = self.tape.below(self.changeable.len());
            let (field, value) = self.changeable.swap_remove(at);
            let clause = field.split('.').next().unwrap_or_default();
            let (policy, name) = clause.split_once('#').unwrap_or(("", clause));
            let field_name = field.rsplit('.').next().unwrap_or_default();
            let first = self.requirements.first().map(|(id, _)| id.clone());
            let text = if policy.is_empty() { &self.city } else { &self.province };
            let place = format!("id = \"{name}\"\n");
            let body =
                text.split(&place).nth(1).and_then(|t| t.split("[[").next()).unwrap_or_default();
            let same = body.contains(&format!("\n{field_name} = {value}\n"));
            let nothing = value == "[]" && !body.contains(&format!("\n{field_name} = "));
            let about = if policy.is_empty() { Some(name) } else { first.as_deref() };
            let Some(about) = about.filter(|_| !same && !nothing) else {
                continue;
            };
            let state = self.tape.pick(&["", "", "state = \"settled\"\n", "state = \"open\"\n"]);
            write!(
                self.readings,
                "\n[[reading]]\nid = \"reading-{i}\"\nclause = \"{about}\"\nquestion = \"?\"\n\
                 chosen = \"as-written\"\nbecause = \"so\"\n{state}[reading.options.as-written]\n\
                 [reading.options.other]\nset = {{ \"{field}\" = {value} }}\n"
            )
            .unwrap();
        }
    }

    fn case(&mut self) -> Value {
        let size = self.size;
        let facts = size.facts && !self.known;
        let t = &mut self.tape;
        let mut d = json!({
            "jurisdiction": t.pick(&["330600", "330600", "330600", "330602"]),
            "year": D,
            "level": t.pick(&["intermediate", "intermediate", "intermediate", "senior", "junior"]),
            "series": t.pick(&["engineering", "engineering", "engineering", "health"]),
        });
        if t.one_in(3) {
            d["specialty"] = json!(t.pick(&["water", "building"]));
        }
        if !(facts && t.one_in(3)) {
            d["required_years"] = json!(t.range(0, 4));
        }
        if !(facts && t.one_in(3)) {
            d["tenure_start"] = json!(D - t.range(0, 5));
        }
        for (key, one_in) in [("excused", 12), ("reviewed", 2)] {
            let years = some_years(t, size.first, D, one_in);
            if !years.is_empty() {
                d[key] = json!(years);
            }
        }
        let frame = Frame {
            first: size.first,
            last: D,
            sources: &["registry", "portal", "paper"],
            most_open: size.most_open,
            sum: self.sum,
        };
        let mut records = records(t, &size.scale, &frame);
        if size.most_open == 0 {
            records = small(t, &size.scale, &frame);
        }
        json!({"id": "synthetic", "declaration": d, "records": records})
    }
}

/// A few hundredths in some years.
fn small(tape: &mut Tape, s: &Scale, frame: &Frame) -> Value {
    let mut all = Vec::new();
    for year in frame.first..=frame.last {
        let near: Cells = if tape.one_in(2) { cells(tape, s) } else { [0; 4] };
        for (category, hours) in ["professional", "industry", "general", "public"].iter().zip(near)
        {
            if hours > 0 {
                let hours = decimal(hours.min(5));
                let record = json!({
                    "year": year, "category": category, "hours": hours, "source": "registry",
                });
                all.push(record);
            }
        }
    }
    Value::Array(all)
}

fn decimal_text(hundredths: i64) -> String {
    format!("\"{}\"", decimal(hundredths))
}

/// A clause as TOML.
fn clause(id: &str, kind: &str, fields: &str) -> String {
    format!(
        "\n[[clause]]\nid = \"{id}\"\nkind = \"{kind}\"\n{fields}\
         cite = {{ doc = \"doc\", section = \"1\", quote = \"{id}\" }}\n"
    )
}
