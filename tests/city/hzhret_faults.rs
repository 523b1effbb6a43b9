//! The faults of the learning site, one by one, and how it gets over them.

use std::collections::BTreeSet;
use std::io::Read;

use serde_json::Value;
use xueshi::city::{Effect, Fault, Standing, System, Town};

use super::faults_of;
use super::http::Served;
use super::wire::{assert_same, hzhret_known, hzhret_lines, text, truth};

const ALWAYS: &str = "2000-01-01T00:00:00.000Z";

#[test]
fn each_fault_is_what_it_is_said_to_be() {
    for fault in faults_of(System::Hzhret) {
        let city = Served::new(Town::new(4, 80));
        let before = hzhret_lines(&city, ALWAYS);
        city.town().set_fault(fault, true);
        assert!(shows(fault, &city, &before), "{}", fault.name());
        if fault.effect() == Effect::Tolerated && fault != Fault::HzhretBurst503 {
            // What is packed unasked, the little reader cannot read.
            if fault != Fault::HzhretGzipUnasked {
                assert_alive(&city, &hzhret_lines(&city, ALWAYS), fault);
            }
        }
    }
}

/// Fails where the lines say something else than what is true. Of a statement that is void nothing need
/// be known.
fn assert_alive(city: &Served, lines: &[Value], fault: Fault) {
    let (mut known, mut truth) = (hzhret_known(lines), truth(&city.town(), System::Hzhret));
    known.retain(|_, known| known.4 != Standing::Withdrawn);
    truth.retain(|_, known| known.4 != Standing::Withdrawn);
    assert_same(&known, &truth, fault.name());
}

fn shows(fault: Fault, city: &Served, before: &[Value]) -> bool {
    let first = || city.hzhret("/xapi/statements?limit=50");
    let more = || {
        let reply = first();
        let text = reply.text();
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        last["more"].as_str().unwrap().to_owned()
    };
    match fault {
        Fault::HzhretLineCut => {
            let text = first().text();
            let (last, others) = (text.lines().last().unwrap(), text.lines().count() - 1);
            others == 49
                && serde_json::from_str::<Value>(last).is_err()
                && !text.contains("\"more\"")
        }
        Fault::HzhretMoreExpired => city.hzhret(&more()).status == 410,
        Fault::HzhretMoreCircles => {
            let again = city.hzhret(&more());
            again.text() == first().text()
        }
        Fault::HzhretGzipUnasked => {
            let reply = first();
            let mut text = String::new();
            let mut unpacked = flate2::read::GzDecoder::new(&reply.body[..]);
            unpacked.read_to_string(&mut text).is_ok()
                && reply.head.contains("content-encoding: gzip")
                && text.lines().count() == 51
        }
        Fault::HzhretBurst503 => {
            let replies: Vec<_> = (0..3).map(|_| first()).collect();
            let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
            statuses == [503, 503, 200] && replies[0].head.contains("retry-after: 1")
        }
        _ => in_lines(fault, &hzhret_lines(city, ALWAYS), before),
    }
}

fn in_lines(fault: Fault, lines: &[Value], before: &[Value]) -> bool {
    let stored: Vec<String> = lines.iter().map(|line| text(line, "stored")).collect();
    let is_void = |line: &Value| {
        line.get("voided").is_some() || text(&line["verb"], "id").ends_with("/voided")
    };
    let ids = |lines: &[Value]| lines.iter().map(|l| text(l, "id")).collect::<BTreeSet<_>>();
    let new = || lines.iter().filter(|line| !before.contains(line));
    match fault {
        Fault::HzhretDuplicates => {
            lines.len() > before.len() && ids(lines) == ids(before) && !stored.is_sorted()
        }
        Fault::HzhretVoidingFirst => {
            let count = lines.iter().filter(|line| is_void(line)).count();
            count > 0 && lines[..count].iter().all(is_void) && lines.len() == before.len()
        }
        Fault::HzhretLocalTimes => lines
            .iter()
            .filter(|line| line.get("result").is_some())
            .all(|line| text(line, "timestamp").ends_with("+08:00")),
        Fault::HzhretFailed => {
            new().count() > 0 && new().all(|line| line["result"]["success"] == false)
        }
        Fault::HzhretUnknownVerbs => {
            new().count() > 0 && new().all(|line| text(&line["verb"], "id").ends_with("/attended"))
        }
        Fault::HzhretNotSettled => {
            let more = |line: &Value| line["context"]["extensions"]["settled"] == false;
            new().count() == 5 && new().all(more)
        }
        Fault::HzhretRechosen => {
            let (gone, again): (Vec<_>, Vec<_>) = new().partition(|line| is_void(line));
            gone.len() == 5
                && again.len() == 5
                && again.iter().all(|line| !ids(before).contains(&text(line, "id")))
        }
        Fault::HzhretHashedAccounts => {
            let hashed = |line: &&Value| {
                text(&line["actor"]["account"], "name").len() == 64
                    && line["actor"].get("name").is_none()
            };
            let count = lines.iter().filter(hashed).count();
            count > 0 && count < lines.len()
        }
        Fault::HzhretYearLabel => lines.iter().filter(|l| l.get("result").is_some()).all(|line| {
            let label: i64 = text(&line["context"]["extensions"], "year").parse().unwrap();
            let year: i64 = text(line, "timestamp")[..4].parse().unwrap();
            label == year + 1 || label == year + 2
        }),
        Fault::HzhretShrinks => lines.len() < before.len() && !lines.is_empty(),
        other => panic!("{} is not looked for", other.name()),
    }
}

/// Takes lines as they come, from the newest that was seen, and skips what it cannot read.
#[test]
fn what_a_fault_damaged_comes_again_when_it_is_off() {
    for fault in faults_of(System::Hzhret).filter(|fault| fault.effect() == Effect::Recoverable) {
        let city = Served::new(Town::new(6, 80));
        let (mut lines, mut cursor) = (Vec::new(), ALWAYS.to_owned());
        city.town().set_fault(fault, true);
        pull(&city, &mut lines, &mut cursor);
        city.town().advance();
        pull(&city, &mut lines, &mut cursor);
        city.town().set_fault(fault, false);
        pull(&city, &mut lines, &mut cursor);
        assert_alive(&city, &lines, fault);
    }
}

fn pull(city: &Served, lines: &mut Vec<Value>, cursor: &mut String) {
    let new = hzhret_lines(city, cursor);
    *cursor = new.iter().map(|line| text(line, "stored")).chain([cursor.clone()]).max().unwrap();
    lines.extend(new);
}
