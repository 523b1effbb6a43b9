//! The faults of the files of Lishui, one by one.

use std::path::Path;

use xueshi::city::{Fault, System, Town};

use super::faults_of;
use super::wire::{Folder, lishui_known, lishui_rows};

type Rows = Vec<Vec<String>>;

#[test]
fn each_fault_is_what_it_is_said_to_be() {
    for fault in faults_of(System::Lishui) {
        let (folder, mut town) = (Folder::new(), Town::new(4, 80));
        (0..3).for_each(|_| town.advance());
        let first = folder.drop_of(&mut town, System::Lishui);
        let (before, _) = lishui_rows(&first);
        town.set_fault(fault, true);
        let path = folder.drop_of(&mut town, System::Lishui);
        assert!(path.to_string_lossy().contains("_full_"), "{}", fault.name());
        assert!(shows(fault, &path, &before), "{}", fault.name());
        town.set_fault(fault, false);
        // Whole again, and in order.
        let path = folder.drop_of(&mut town, System::Lishui);
        assert!(path.to_string_lossy().contains("_full_"), "{}", fault.name());
        assert_eq!(lishui_rows(&path), (before, false), "{}", fault.name());
        assert!(beside(&path, ".ok").is_some());
    }
}

fn beside(path: &Path, ending: &str) -> Option<String> {
    std::fs::read_to_string(format!("{}{ending}", path.display())).ok()
}

fn shows(fault: Fault, path: &Path, before: &Rows) -> bool {
    let bytes = std::fs::read(path).expect("the file");
    match fault {
        Fault::LishuiNoOk => beside(path, ".ok").is_none() && beside(path, ".md5").is_some(),
        Fault::LishuiWrongMd5 => {
            let first = path.with_file_name("LS_XS_20250604_full_01.csv");
            std::fs::read(&first).expect("the first") == bytes
                && beside(path, ".md5") != beside(&first, ".md5")
        }
        Fault::LishuiCut => {
            let (rows, _) = lishui_rows(path);
            rows.last().is_some_and(|row| row.len() < 15) && !bytes.ends_with(b"\n")
        }
        _ => {
            let (rows, marked) = lishui_rows(path);
            in_rows(fault, &rows, before, marked)
        }
    }
}

fn in_rows(fault: Fault, rows: &Rows, before: &Rows, marked: bool) -> bool {
    let all = || rows[1..].iter();
    let column = |rows: &Rows, n: usize| rows.iter().map(|row| row[n].clone()).collect::<Vec<_>>();
    let sum = |rows: &[Vec<String>]| -> f64 {
        rows.iter().map(|row| row[8].parse::<f64>().expect("hours")).sum()
    };
    match fault {
        Fault::LishuiBom => marked && rows == before,
        Fault::LishuiRareSigns => all().all(|row| row[3].contains('𠀀')),
        Fault::LishuiQuoting => all().all(|row| row[3].ends_with("\"东区\",一部\n二组")),
        Fault::LishuiSumLine | Fault::LishuiSumWrong => {
            let (last, others) = rows.split_last().expect("rows");
            let more = sum(std::slice::from_ref(last)) - sum(&others[1..]);
            let wanted = if fault == Fault::LishuiSumWrong { 1.0 } else { 0.0 };
            last[0] == "合计" && (more - wanted).abs() < 1e-6 && others == before
        }
        Fault::LishuiColumnsMoved => {
            rows[0][3] == "培训项目名称" && column(rows, 3) == column(before, 5)
        }
        Fault::LishuiColumnsRenamed => rows[0][8] == "认定学时数" && rows[1..] == before[1..],
        Fault::LishuiNumbersDamaged => {
            let damaged = all().filter(|row| row[2] == "3.31102E+17").count();
            damaged > 0 && damaged < rows.len() - 1
        }
        // The first file of the day came again, under another name.
        Fault::LishuiYesterday => rows == before,
        Fault::LishuiCorrectionAdded => {
            let corrected = |rows: &Rows| rows.iter().filter(|row| row[14] == "更正").count();
            let pairs = rows.windows(2).filter(|two| {
                two[1][14] == "更正" && two[0][5] == two[1][5] && two[0][8] != two[1][8]
            });
            corrected(before) > 0
                && rows.len() == before.len() + corrected(before)
                && pairs.count() == corrected(before)
        }
        Fault::LishuiVoidUnknown => {
            let last = rows.last().expect("rows");
            rows.len() == before.len() + 1 && last[12] == "作废" && last[13] == "LS2024-999999"
        }
        Fault::LishuiUnsplit => {
            let unsplit = |rows: &Rows| rows.iter().filter(|row| row[7] == "公需科目").count();
            unsplit(rows) > unsplit(before)
                && all().all(|row| row[7] != "公需科目" || lishui_known(row).1.1 < 2022)
        }
        Fault::LishuiSynonyms => all().all(|row| row[7].ends_with('课')),
        Fault::LishuiHoursWords => {
            let unit = all().filter(|row| row[8].ends_with("学时")).count();
            let wide = all().filter(|row| row[8].chars().all(|c| !c.is_ascii())).count();
            unit > 0 && wide > 0 && unit + wide == rows.len() - 1
        }
        Fault::LishuiShrinks => {
            let (kept, all) = (rows.len() - 1, before.len() - 1);
            kept == all - all / 3 && rows[..] == before[..rows.len()]
        }
        other => panic!("{} is not looked for", other.name()),
    }
}

#[test]
fn yesterdays_file_is_yesterdays() {
    let (folder, mut town) = (Folder::new(), Town::new(4, 40));
    let yesterday = std::fs::read(folder.drop_of(&mut town, System::Lishui)).expect("a file");
    town.advance();
    town.set_fault(Fault::LishuiYesterday, true);
    let path = folder.drop_of(&mut town, System::Lishui);
    assert!(path.to_string_lossy().contains("20250602"));
    assert!(std::fs::read(path).expect("a file") == yesterday);
    town.set_fault(Fault::LishuiYesterday, false);
    assert!(std::fs::read(folder.drop_of(&mut town, System::Lishui)).expect("a file") != yesterday);
}
