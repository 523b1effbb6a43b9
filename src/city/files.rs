//! Files, put where a feed looks for them: whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::Datelike;
use md5::{Digest, Md5};

use super::answer::gzip;
use super::fault::Fault;
use super::record::System;
use super::town::Town;

impl Town {
    /// From now on files are put there when a day passes over HTTP.
    pub fn set_folder(&mut self, folder: &Path) {
        self.folder = Some(folder.to_owned());
    }

    /// Writes the files of Lishui, Jiaxing and the learning site, each into the folder of its feed below
    /// this one; the files that a reader opens.
    pub fn drop_files(&mut self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        [System::Lishui, System::Jiaxing, System::Hzhret]
            .into_iter()
            .map(|system| self.drop_of(system, &folder.join(system.code())))
            .collect()
    }

    /// Writes the file of one system into a folder; there is none of Huzhou, which gives an empty path.
    pub fn drop_of(&mut self, system: System, folder: &Path) -> io::Result<PathBuf> {
        std::fs::create_dir_all(folder)?;
        let day = self.today().format("%Y%m%d").to_string();
        let number = self.numbered(system);
        match system {
            System::Huzhou => Ok(PathBuf::new()),
            System::Lishui => self.drop_of_lishui(folder, &day, number),
            System::Jiaxing => {
                let bytes = self.jiaxing_book().map_err(io::Error::other)?;
                put(folder, &format!("JX_PX_{day}_{number:02}.xlsx"), &bytes)
            }
            System::Hzhret => {
                let bytes = gzip(self.hzhret_file().as_bytes());
                put(folder, &format!("HZ_XAPI_{day}_{number:02}.ndjson.gz"), &bytes)
            }
        }
    }

    fn numbered(&mut self, system: System) -> u32 {
        let today = self.today();
        let (day, number) = self.dropped.numbers.entry(system).or_insert((today, 0));
        *number = if *day == today { *number + 1 } else { 1 };
        *day = today;
        *number
    }

    fn drop_of_lishui(&mut self, folder: &Path, day: &str, number: u32) -> io::Result<PathBuf> {
        let faulty = self.faults().into_iter().any(|fault| fault.system() == System::Lishui);
        let weekly = self.today().day() % 7 == 1;
        let since = self.dropped.at.filter(|_| !(faulty || weekly || self.dropped.whole));
        let kind = if since.is_some() { "inc" } else { "full" };
        let now = self.tick();
        let said = self.lishui_file(since);
        let mut bytes = if self.on(Fault::LishuiYesterday) && !self.dropped.last.is_empty() {
            self.dropped.last.clone()
        } else {
            said
        };
        if self.on(Fault::LishuiCut) {
            // Within a row: the last ten bytes of the last one are gone.
            bytes.truncate(bytes.len().saturating_sub(10));
        }
        self.dropped.last.clone_from(&bytes);
        self.dropped.at = Some(now);
        self.dropped.whole = false;
        let name = format!("LS_XS_{day}_{kind}_{number:02}.csv");
        let digest =
            if self.on(Fault::LishuiWrongMd5) { md5_hex(b"other bytes") } else { md5_hex(&bytes) };
        let path = put(folder, &name, &bytes)?;
        put(folder, &format!("{name}.md5"), digest.as_bytes())?;
        if !self.on(Fault::LishuiNoOk) {
            put(folder, &format!("{name}.ok"), b"")?;
        }
        Ok(path)
    }
}

/// Nobody ever sees a part of it under its name.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let (path, unfinished) = (folder.join(name), folder.join(format!(".{name}.tmp")));
    let mut file = std::fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, &path)?;
    Ok(path)
}

/// As the registry of Lishui puts it beside its files: against accidents, not against forgers.
fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}
