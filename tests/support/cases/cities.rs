//! Random small cases for each of the cities' policies.

use super::tape::{Frame, REAL, Tape, records, some_years, tape};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What is picked from for one policy.
struct City {
    jurisdictions: &'static [&'static str],
    declaring: i64,
    levels: &'static [&'static str],
    series: &'static [&'static str],
    specialties: &'static [&'static str],
    sectors: &'static [&'static str],
    facts: bool,
    reviewed: Option<(i64, i64)>,
    frame: Frame,
}

fn case(city: &City, numbers: Vec<u32>) -> Value {
    let mut t = Tape::new(numbers);
    // a field strays from the usual one time in five, so that most cases reach the hours
    let usually = |t: &mut Tape, all: &[&str]| {
        if t.one_in(5) { t.pick(all).to_owned() } else { all[0].to_owned() }
    };
    let mut d = json!({
        "jurisdiction": usually(&mut t, city.jurisdictions),
        "year": if t.one_in(40) { city.declaring + 1 } else { city.declaring },
        "level": usually(&mut t, city.levels),
        "series": usually(&mut t, city.series),
    });
    for (key, all) in [("specialty", city.specialties), ("employer_sector", city.sectors)] {
        let value = usually(&mut t, all);
        if !value.is_empty() {
            d[key] = json!(value);
        }
    }
    if city.facts {
        if !t.one_in(6) {
            d["required_years"] = json!(t.pick(&[4, 4, 5, 3, 2, 1, 0, 6]));
        }
        if !t.one_in(5) {
            d["tenure_start"] = json!(city.declaring - t.pick(&[3, 3, 4, 2, 5, 8, 0]));
        }
    }
    let (first, last) = (city.frame.first, city.frame.last);
    let excused = some_years(&mut t, first, last, 20);
    if !excused.is_empty() {
        d["excused"] = json!(excused);
    }
    if let Some((from, to)) = city.reviewed {
        let reviewed: Vec<i64> = (from..=to).filter(|_| !t.one_in(5)).collect();
        d["reviewed"] = json!(reviewed);
    }
    let records = records(&mut t, &REAL, &city.frame);
    json!({"id": "random", "declaration": d, "records": records})
}

fn strategy(city: City) -> BoxedStrategy<Value> {
    tape(160).prop_map(move |numbers| case(&city, numbers)).boxed()
}

/// Lishui 2023: counts of years, facts that may be missing, deemed years, a general minimum.
pub fn lishui() -> BoxedStrategy<Value> {
    strategy(City {
        jurisdictions: &["331100", "331102", "331181"],
        declaring: 2023,
        levels: &["intermediate", "junior", "senior", "full-senior"],
        series: &["engineering", "agriculture", "health", "education"],
        specialties: &["water", "", "forestry"],
        sectors: &["", "health"],
        facts: true,
        reviewed: None,
        frame: Frame {
            first: 2017,
            last: 2023,
            sources: &["lishui-registry", "paper"],
            most_open: 6,
            sum: None,
        },
    })
}

/// Huzhou 2021 and Anji: legacy years, admitted sources, referrals.
pub fn huzhou() -> BoxedStrategy<Value> {
    strategy(City {
        jurisdictions: &["330500", "330523", "330521"],
        declaring: 2021,
        levels: &["intermediate", "senior", "junior", "full-senior"],
        series: &["engineering", "agriculture", "health", "education", "accounting"],
        specialties: &["electromechanical", "building", ""],
        sectors: &["", "health", "education", "enterprise"],
        facts: false,
        reviewed: Some((2016, 2019)),
        frame: Frame {
            first: 2016,
            last: 2021,
            sources: &["huzhou-xsglt", "hzhret", "paper", "industry-system"],
            most_open: 6,
            sum: None,
        },
    })
}

/// Jiaxing 2022: the transition clause, which more hours may close.
pub fn jiaxing() -> BoxedStrategy<Value> {
    strategy(City {
        jurisdictions: &["330400", "330481"],
        declaring: 2022,
        levels: &["intermediate", "junior", "senior"],
        series: &["engineering", "culture"],
        specialties: &["eco-environment", "", "building", "express"],
        sectors: &[""],
        facts: false,
        reviewed: None,
        frame: Frame {
            first: 2018,
            last: 2022,
            sources: &["jiaxing-registry"],
            most_open: 6,
            sum: Some((2019, 2022, 36000)),
        },
    })
}

/// Hangzhou 2026: a sum and years with a total of their own.
pub fn hangzhou() -> BoxedStrategy<Value> {
    strategy(City {
        jurisdictions: &["330100", "330106"],
        declaring: 2026,
        levels: &["intermediate", "senior"],
        series: &["engineering", "health"],
        specialties: &["eco-environment", "", "water"],
        sectors: &[""],
        facts: false,
        reviewed: None,
        frame: Frame {
            first: 2023,
            last: 2026,
            sources: &["hangzhou-xgx"],
            most_open: 6,
            sum: Some((2024, 2026, 24000)),
        },
    })
}

/// Zhejiang construction 2026: sums with minima, and a city that has no file.
pub fn construction() -> BoxedStrategy<Value> {
    strategy(City {
        jurisdictions: &["330000", "330800"],
        declaring: 2026,
        levels: &["senior", "full-senior", "intermediate"],
        series: &["engineering", "health"],
        specialties: &["building", "", "water"],
        sectors: &[""],
        facts: false,
        reviewed: None,
        frame: Frame {
            first: 2021,
            last: 2026,
            sources: &["construction-platform"],
            most_open: 6,
            sum: Some((2022, 2025, 36000)),
        },
    })
}

/// A case for any of the cities.
pub fn any_city() -> BoxedStrategy<Value> {
    prop_oneof![lishui(), huzhou(), jiaxing(), hangzhou(), construction()].boxed()
}
