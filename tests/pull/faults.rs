//! Faults.
#[test]
fn tmp_mapping() {
    let r = xueshi::feeds::Feed::from_dir(std::path::Path::new("config/feeds"));
    match r {
        Ok(f) => panic!("{}", f.len()),
        Err(p) => panic!("{p:?}"),
    }
}
