//! No bytes make a reader panic, and none make it believe what is not there.

use proptest::prelude::*;
use xueshi::feeds::Feed;

use super::{Folder, huzhou, hzhret, jiaxing, lishui, reading};
use crate::sheets::gzip;
use crate::support::randomised;

/// Every feed reads the bytes as a page and as a file.
fn read_all(folder: &Folder, bytes: &[u8]) {
    for feed in Feed::all() {
        let _ = feed.read_page(bytes, &reading());
        let _ = feed.read_totals(bytes);
        let _ = feed.read_summaries(bytes);
        for name in ["LS_XS_20230514_full_01.csv", "a.xlsx", "a.ndjson"] {
            let path = folder.put(name, bytes);
            if feed.takes_file(name) {
                use md5::Digest;
                folder.put(&format!("{name}.ok"), b"");
                let digest = hex::encode(md5::Md5::digest(bytes));
                folder.put(&format!("{name}.md5"), digest.as_bytes());
                let mut give = |_| std::ops::ControlFlow::Continue(());
                let _ = feed.read_file(&path, &reading(), &mut give);
            }
        }
    }
}

#[test]
fn no_bytes_make_a_reader_panic() {
    let folder = Folder::new("noise");
    let bytes = prop::collection::vec(any::<u8>(), 0..400);
    let tested = randomised(60).run(&bytes, |bytes| {
        read_all(&folder, &bytes);
        read_all(&folder, &gzip(&bytes));
        Ok(())
    });
    tested.expect("no panic");
}

#[test]
fn no_change_of_a_good_page_makes_a_reader_panic() {
    let folder = Folder::new("mutants");
    let page = huzhou::paged(2, 200, 1, 1, &[huzhou::record(&[]), huzhou::record(&[])]);
    let rows = [lishui::row(&[]), lishui::row(&[("证书编号", "")])];
    let samples = [
        page.into_bytes(),
        format!("{}\n{{\"more\":\"\"}}\n", hzhret::statement()).into_bytes(),
        lishui::table(&lishui::HEADINGS, &rows),
        jiaxing::sample(""),
    ];
    let change = (0..samples.len(), any::<prop::sample::Index>(), any::<u8>(), 0..4u8);
    let tested = randomised(150).run(&prop::collection::vec(change, 1..4), |changes| {
        let mut bytes = samples[changes[0].0].clone();
        for (_, place, byte, how) in changes {
            let at = place.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << (byte % 8),
                2 if bytes.len() > 1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, byte),
            }
        }
        read_all(&folder, &bytes);
        Ok(())
    });
    tested.expect("no panic");
}

#[test]
fn no_sheet_makes_the_reader_panic() {
    let folder = Folder::new("sheets");
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let feed = super::feed("jiaxing-workbook");
    let tested = randomised(150).run(&prop::collection::vec(change, 1..6), |changes| {
        let mut data = jiaxing::head().into_bytes();
        for (place, byte) in changes {
            let at = place.index(data.len());
            data[at] = byte;
        }
        // Inside of the packed part, where a checksum would otherwise end it.
        let path = folder.put("a.xlsx", &jiaxing::sample(&String::from_utf8_lossy(&data)));
        let _ = feed.read_file(&path, &reading(), &mut |_| std::ops::ControlFlow::Continue(()));
        Ok(())
    });
    tested.expect("no panic");
}

#[test]
fn no_text_is_read_as_something_else() {
    // Whatever stands in a field, the row is a record, refused, or a key alone; and never both.
    let fields = ["id", "sfzh", "xm", "kmlx", "xs", "nd", "kssj", "jssj", "rdzt", "gxsj"];
    let strategy = (0..fields.len(), ".{0,40}");
    let tested = randomised(500).run(&strategy, |(field, text)| {
        let value = serde_json::Value::from(text).to_string();
        let record = huzhou::record(&[(fields[field], &value)]);
        let page =
            super::page("huzhou-registry", huzhou::paged(1, 200, 1, 1, &[record]).as_bytes());
        prop_assert_eq!(page.expect("a page").rows.len(), 1);
        Ok(())
    });
    tested.expect("no panic");
}
