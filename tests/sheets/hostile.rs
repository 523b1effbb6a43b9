//! Files made to exhaust the reader, and damaged ones: refused, quickly, and without a panic of ours.

use std::io::Write;

use proptest::prelude::*;
use xueshi::sheet::Limits;

use super::files::{
    PERSON, SHORT, by_hand, delimited, flaw, gzip, inline, ndjson, read, read_within, refused,
    refused_within, workbook, zipped,
};
use crate::support::randomised;

#[test]
fn a_cell_at_the_far_end_costs_nothing() {
    let far = r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    let data = [inline(1, &SHORT), inline(2, &PERSON), far.to_owned()].concat();
    let book = by_hand(&data, "", &[]);
    assert!(book.len() < 3000, "{}", book.len());
    let rows = read("far", &book).expect("rows");
    assert_eq!((rows.len(), rows[1].number), (2, 1_048_576));
    assert_eq!(flaw(&rows[1]), "cell_without_heading");
    // In the row of headings it is a column too many.
    let head = inline(1, &SHORT).replace("</row>", r#"<c r="XFD1"><v>1</v></c></row>"#);
    assert_eq!(refused("far", &by_hand(&head, "", &[])).code, "too_many_columns");
    for place in ["XFE1", "ZZZZZZZZZZ1", "A99999999999999999999", "1", "A0", "A-1", "甲1"] {
        let data = format!(r#"{}<row r="2"><c r="{place}"><v>1</v></c></row>"#, inline(1, &SHORT));
        let _ = read("place", &by_hand(&data, "", &[]));
    }
}

#[test]
fn a_gzip_bomb_is_refused_while_it_unpacks() {
    let mut bomb = gzip(&delimited(b','));
    let zeros = gzip(&b"x,\n".repeat(1 << 20));
    (0..40).for_each(|_| bomb.extend_from_slice(&zeros));
    assert!(bomb.len() < 1 << 20);
    assert_eq!(refused("bomb.csv.gz", &bomb).code, "ratio_too_high");
    let limits = Limits { expanded_bytes: 8 << 20, ..Limits::STANDARD };
    assert_eq!(refused_within("bomb.csv.gz", &bomb, &limits).code, "expands_too_far");
    let json = gzip(format!("{{}}{}\n", " ".repeat(1000)).repeat(20_000).as_bytes());
    assert_eq!(refused("bomb.ndjson.gz", &json).code, "ratio_too_high");
    // A bomb that unpacks to a workbook is not unpacked further than a workbook may be.
    let book = gzip(&[&workbook()[..], &vec![0; 32 << 20]].concat());
    assert_eq!(refused("bomb.xlsx.gz", &book).code, "ratio_too_high");
}

/// A sheet of so many bytes of spaces between two rows.
fn bloated(bytes: usize) -> Vec<u8> {
    let gap = format!("<row r=\"2\">{}</row>", " ".repeat(1000)).repeat(bytes / 1000);
    by_hand(&[inline(1, &SHORT), gap].concat(), "", &[])
}

#[test]
fn a_zip_bomb_is_refused_by_what_it_holds() {
    let mut bomb = bloated(40 << 20);
    assert!(bomb.len() < 1 << 18, "{}", bomb.len());
    assert_eq!(refused("bomb.xlsx", &bomb).code, "ratio_too_high");
    // The size that the archive declares is a claim.
    for at in 0..bomb.len().saturating_sub(46) {
        if bomb[at..].starts_with(b"PK\x01\x02") {
            bomb[at + 24..at + 28].copy_from_slice(&100u32.to_le_bytes());
        }
    }
    let message = refused("liar.xlsx", &bomb);
    assert!(["ratio_too_high", "not_a_workbook"].contains(&message.code), "{message:?}");
    let limits = Limits { expanded_bytes: 1 << 20, ..Limits::STANDARD };
    assert_eq!(refused_within("big.xlsx", &bloated(2 << 20), &limits).code, "expands_too_far");
}

#[test]
fn parts_of_a_workbook_are_bounded() {
    let head = inline(1, &SHORT);
    let strings = |text: String| by_hand(&head, "", &[("xl/sharedStrings.xml", text.as_bytes())]);
    // Room would be made for as many texts as are announced.
    for count in ["99999999999", "18446744073709551615", "340282366920938463463374607431768211456"]
    {
        let text = format!("<sst uniqueCount = '{count}'></sst>");
        assert_eq!(refused("announced", &strings(text)).code, "too_many_texts");
    }
    let limits = Limits { texts: 10, ..Limits::STANDARD };
    let many = |count| strings(format!("<sst>{}</sst>", "<si><t>x</t></si>".repeat(count)));
    assert_eq!(refused_within("texts", &many(11), &limits).code, "too_many_texts");
    assert!(read_within("texts", &many(10), &limits).is_ok());
    let limits = Limits { text_bytes: 100, ..Limits::STANDARD };
    assert_eq!(refused_within("texts", &many(10), &limits).code, "too_many_texts");
    let long = "x".repeat(2 << 20);
    for text in [
        format!("<sst><si><t>{long}</t></si></sst>"),
        format!("<sst><si>{}</si></sst>", "<r><t>xxxxxxxxxx</t></r>".repeat(200_000)),
        format!("<sst><!-- {long} --></sst>"),
        format!("<sst><si><t><![CDATA[{long}]]></t></si></sst>"),
        format!("<sst><?{long}?></sst>"),
        format!("<sst a=\"{long}\"></sst>"),
    ] {
        assert_eq!(refused("long", &strings(text)).code, "workbook_excessive");
    }
    for styles in [
        format!("<styleSheet><cellXfs>{}</cellXfs></styleSheet>", "<xf/>".repeat(80_000)),
        "<a>".repeat(10_000),
    ] {
        let book = by_hand(&head, "", &[("xl/styles.xml", styles.as_bytes())]);
        assert_eq!(refused("styles", &book).code, "workbook_excessive");
    }
    let parts: Vec<(String, &[u8])> = (0..10_001).map(|n| (format!("{n}.png"), &b""[..])).collect();
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, b)| (n.as_str(), *b)).collect();
    assert_eq!(refused("parts", &zipped(&parts)).code, "workbook_excessive");
    // A sheet that is named as a picture would not have been looked through.
    let relations = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="media/a.png"/></Relationships>"#;
    let book = by_hand(
        &head,
        "",
        &[
            ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
            ("xl/media/a.png", head.as_bytes()),
        ],
    );
    assert_eq!(refused("picture", &book).code, "not_a_workbook");
}

#[test]
fn one_long_text_in_many_cells_is_kept_once() {
    let text = "x".repeat(1_000_000);
    let strings = format!("<sst><si><t>{text}</t></si></sst>");
    let row = |n: u32| {
        let cells: String =
            ('A'..='Z').map(|c| format!(r#"<c r="{c}{n}" t="s"><v>0</v></c>"#)).collect();
        format!(r#"<row r="{n}">{cells}</row>"#)
    };
    let data: String = std::iter::once(inline(1, &SHORT)).chain((2..5000).map(row)).collect();
    let book = by_hand(&data, "", &[("xl/sharedStrings.xml", strings.as_bytes())]);
    let rows = read("repeated", &book).expect("rows");
    assert_eq!(rows.len(), 4998);
    assert_eq!(flaw(&rows[0]), "cell_too_long");
}

#[test]
fn entities_are_neither_expanded_nor_fetched() {
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    let outside = r#"<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>"#;
    for doctype in [bomb, outside, "<!DOCTYPE x>", "<!doctype x>"] {
        let strings = format!("<?xml version=\"1.0\"?>{doctype}<sst><si><t>&a;</t></si></sst>");
        let book = by_hand(&inline(1, &SHORT), "", &[("xl/sharedStrings.xml", strings.as_bytes())]);
        assert_eq!(refused("entities", &book).code, "workbook_doctype");
    }
    // Without a declaration they mean nothing.
    let person = PERSON.map(|text| if text == "张三" { "&outside;" } else { text });
    let data = [inline(1, &SHORT), inline(2, &person)].concat();
    let _ = read("undeclared", &by_hand(&data, "", &[]));
    let utf16: Vec<u8> = "<!DOCTYPE x>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = [&[0xff, 0xfe][..], &utf16].concat();
    let book = by_hand(&inline(1, &SHORT), "", &[("xl/sharedStrings.xml", &utf16)]);
    assert_eq!(refused("utf-16", &book).code, "not_a_workbook");
}

#[test]
fn no_bytes_make_it_panic() {
    let samples = [
        delimited(b','),
        delimited(b'\t'),
        workbook(),
        ndjson(),
        gzip(&delimited(b',')),
        by_hand(&[inline(1, &SHORT), inline(2, &PERSON)].concat(), "", &[]),
    ];
    let mutation = (0..samples.len(), any::<prop::sample::Index>(), any::<u8>(), 0..4u8);
    let changes = prop::collection::vec(mutation, 1..4);
    let tested = randomised(300).run(&changes, |changes| {
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
        let _ = read("mutant", &bytes);
        Ok(())
    });
    tested.expect("no panic");
    let tested = randomised(200).run(&prop::collection::vec(any::<u8>(), 0..400), |bytes| {
        let _ = read("noise", &bytes);
        let _ = read("noise.gz", &gzip(&bytes));
        let _ = read("noise.xlsx", &[b"PK\x03\x04", &bytes[..]].concat());
        Ok(())
    });
    tested.expect("no panic");
}

#[test]
fn no_sheet_makes_it_panic() {
    // Damage inside the packed parts, where an archive's checksum would otherwise end it.
    let sheet = [inline(1, &SHORT), inline(2, &PERSON)].concat();
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let tested = randomised(300).run(&prop::collection::vec(change, 1..6), |changes| {
        let mut data = sheet.clone().into_bytes();
        for (place, byte) in changes {
            let at = place.index(data.len());
            data[at] = byte;
        }
        let mut part = b"<worksheet><sheetData>".to_vec();
        part.write_all(&data).expect("bytes");
        part.extend_from_slice(b"</sheetData></worksheet>");
        let _ = read("sheet", &by_hand("", "", &[("xl/worksheets/sheet1.xml", &part)]));
        Ok(())
    });
    tested.expect("no panic");
}
