//! The faults of the registry of Huzhou, one by one, and how it gets over them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use xueshi::city::{Effect, Fault, System, Town};

use super::faults_of;
use super::http::Served;
use super::wire::{Known, assert_same, huzhou_known, huzhou_rows, text, truth};

const ALWAYS: &str = "2000-01-01 00:00:00";

fn records(said: &Value) -> Vec<Value> {
    said["result"]["records"].as_array().cloned().unwrap_or_default()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text(row, "id")).collect()
}

#[test]
fn each_fault_is_what_it_is_said_to_be() {
    for fault in faults_of(System::Huzhou) {
        let city = Served::new(Town::new(4, 80));
        let before = huzhou_rows(&city, ALWAYS);
        city.town().set_fault(fault, true);
        assert!(shows(fault, &city, &before), "{}", fault.name());
        city.town().set_fault(fault, false);
        if matches!(fault.effect(), Effect::Tolerated | Effect::Stopping)
            && fault != Fault::HuzhouEchoes
        {
            assert_eq!(huzhou_rows(&city, ALWAYS), before, "{}", fault.name());
        }
    }
}

/// Faults of the pages.
fn shows(fault: Fault, city: &Served, before: &[Value]) -> bool {
    let page = |n: usize| city.huzhou(&format!("list?pageNo={n}&pageSize=50")).json();
    let pages = |said: &Value| usize::try_from(said["result"]["pages"].as_u64().unwrap()).unwrap();
    let really = before.len().div_ceil(50);
    assert!(really > 2);
    match fault {
        Fault::HuzhouRowTwice => {
            let rows = huzhou_rows(city, ALWAYS);
            let once: BTreeSet<String> = ids(&rows).into_iter().collect();
            rows.len() == before.len() && once.len() < before.len()
        }
        Fault::HuzhouPagesOneShort => pages(&page(1)) == really - 1,
        Fault::HuzhouPagesOneMore => {
            pages(&page(1)) == really + 1 && records(&page(really + 1)).is_empty()
        }
        Fault::HuzhouRecordsNull => {
            page(1)["result"]["records"].is_null() && page(1)["result"]["total"] != 0
        }
        Fault::HuzhouNotAuth => {
            let said = page(1);
            said["message"] == "not_auth" && said["success"] == true && records(&said).is_empty()
        }
        Fault::HuzhouFilterIgnored => huzhou_rows(city, "2025-12-31 00:00:00") == before,
        Fault::HuzhouPageShort => records(&page(1)).len() == 47,
        Fault::HuzhouTotalMore => page(1)["result"]["total"] == before.len() + 1,
        Fault::HuzhouTotalZero => page(1)["result"]["total"] == 0 && !records(&page(1)).is_empty(),
        Fault::HuzhouBurst429 | Fault::HuzhouBurst502 | Fault::HuzhouRedirect => {
            refused(fault, city)
        }
        Fault::HuzhouBodyCut => serde_json::from_slice::<Value>(&city.huzhou("list").body).is_err(),
        Fault::HuzhouEndless => {
            let request = format!(
                "GET /api/open/hours/list HTTP/1.0\r\nX-Access-Token: {}\r\n\r\n",
                xueshi::city::HUZHOU_TOKEN
            );
            let reply = city.ask_for(&request, 8 << 20);
            reply.body.len() > 7 << 20 && reply.body.ends_with(b"        ")
        }
        Fault::HuzhouTotalsDiffer => {
            let hundredths = |city: &Served| -> i64 {
                let said = city.huzhou("totals?nd=2024").json();
                let rows = said["result"]["rows"].as_array().unwrap().clone();
                rows.iter()
                    .map(|row| text(row, "xs").replace('.', "").parse::<i64>().unwrap())
                    .sum()
            };
            let with = hundredths(city);
            city.town().set_fault(fault, false);
            with == hundredths(city) + 3 * 800
        }
        _ => in_rows(fault, city, before),
    }
}

fn refused(fault: Fault, city: &Served) -> bool {
    let replies: Vec<_> = (0..3).map(|_| city.huzhou("list")).collect();
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    match fault {
        Fault::HuzhouBurst429 => {
            statuses == [429, 429, 200] && replies[0].head.contains("retry-after: 1")
        }
        Fault::HuzhouBurst502 => statuses == [502, 502, 200],
        _ => {
            statuses == [302; 3] && replies[0].head.contains("location: http://elsewhere.example/")
        }
    }
}

/// Faults within the rows.
fn in_rows(fault: Fault, city: &Served, before: &[Value]) -> bool {
    let rows = huzhou_rows(city, ALWAYS);
    let some = |is: &dyn Fn(&Value) -> bool| rows.iter().any(is) && !rows.iter().all(is);
    match fault {
        Fault::HuzhouHoursEmpty => some(&|row| row["xs"] == ""),
        Fault::HuzhouCodeUnknown => some(&|row| row["kmlx"] == "7"),
        Fault::HuzhouYearNull => {
            let old = |row: &Value| text(row, "jssj")[..4] < *"2022";
            some(&|row| row["nd"].is_null())
                && rows.iter().all(|row| !row["nd"].is_null() || old(row))
        }
        Fault::HuzhouCodesAsNumbers => rows
            .iter()
            .all(|row| ["kmlx", "rdzt", "nd", "xs"].iter().all(|key| row[*key].is_number())),
        Fault::HuzhouIdsAsNumbers => {
            rows.iter().all(|row| row["id"].is_u64() && text(row, "id").len() == 19)
                && ids(&rows) == ids(before)
        }
        Fault::HuzhouRowsVanish => rows.len() < before.len() && !rows.is_empty(),
        Fault::HuzhouEchoes => {
            let echoes =
                |rows: &[Value]| rows.iter().filter(|row| row["djfs"] == "系统同步").count();
            echoes(&rows) > echoes(before) && rows.len() > before.len()
        }
        Fault::HuzhouClockBack => {
            city.town().advance();
            let today = city.town().today().format("%Y-%m-%d 00:00:00").to_string();
            huzhou_rows(city, &today).is_empty() && huzhou_rows(city, ALWAYS).len() > before.len()
        }
        Fault::HuzhouSilentWithdrawal => {
            let gone = |rows: &[Value]| rows.iter().filter(|row| row["rdzt"] == "9").count();
            city.town().advance();
            let today = city.town().today().format("%Y-%m-%d 00:00:00").to_string();
            let recent = huzhou_rows(city, &today);
            let silent = gone(&recent) == 0 && gone(&huzhou_rows(city, ALWAYS)) > gone(before);
            city.town().set_fault(fault, false);
            silent && gone(&huzhou_rows(city, &today)) > 0
        }
        other => panic!("{} is not looked for", other.name()),
    }
}

/// A ledger of a few lines: it goes on from the newest change that it saw, and skips what it cannot read.
#[test]
fn what_a_fault_damaged_comes_again_when_it_is_off() {
    for fault in faults_of(System::Huzhou).filter(|fault| fault.effect() == Effect::Recoverable) {
        let city = Served::new(Town::new(6, 80));
        let (mut ledger, mut cursor) = (BTreeMap::new(), ALWAYS.to_owned());
        pull(&city, &mut ledger, &mut cursor);
        assert_same(&ledger, &truth(&city.town(), System::Huzhou), "without a fault");
        city.town().set_fault(fault, true);
        for _ in 0..2 {
            city.town().advance();
            pull(&city, &mut ledger, &mut cursor);
        }
        city.town().set_fault(fault, false);
        pull(&city, &mut ledger, &mut cursor);
        assert_same(&ledger, &truth(&city.town(), System::Huzhou), fault.name());
        // From nothing, with the fault on from the start.
        let city = Served::new(Town::new(6, 80));
        city.town().set_fault(fault, true);
        let (mut ledger, mut cursor) = (BTreeMap::new(), ALWAYS.to_owned());
        pull(&city, &mut ledger, &mut cursor);
        city.town().set_fault(fault, false);
        pull(&city, &mut ledger, &mut cursor);
        assert_same(&ledger, &truth(&city.town(), System::Huzhou), fault.name());
    }
}

fn pull(city: &Served, ledger: &mut BTreeMap<String, Known>, cursor: &mut String) {
    for row in huzhou_rows(city, cursor) {
        *cursor = cursor.clone().max(text(&row, "gxsj"));
        ledger.extend(huzhou_known(&row));
    }
}
