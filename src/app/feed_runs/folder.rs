//! A source that drops files: which of them are new, and whether they are what they should be.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::app::feed_runs::reading;
use crate::app::feed_runs::session::{RunError, Session};
use crate::app::posting::problems;
use crate::app::service::Failure;
use crate::domain::ids::BatchId;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::feeds::{Alarm, FileControl, FileKind};
use crate::store::WriteTx;
use crate::store::feed_pages::PageRow;
use crate::store::feeds::RunRow;

/// Files that are remembered by name.
const REMEMBERED: i64 = 10_000;

/// Keeps every file of a folder that is new, in the order of their names.
pub(super) fn fetch(
    session: &Session<'_>,
    folder: &Path,
    run: &mut RunRow,
) -> Result<(), RunError> {
    let mut taken = taken(session)?;
    let mut page = 0;
    for path in files(session, folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let before = taken.iter().find(|page| page.name == name);
        if before.is_some_and(|before| changed_at(&path).is_some_and(|at| at <= before.received_at))
        {
            continue;
        }
        let control = match examined(session, &path) {
            // It is still being written; the next run looks again.
            Err(Alarm::NotDone) => continue,
            Err(alarm) if session.feed.accepted.as_deref() == Some(alarm.code()) => {
                page += 1;
                leave_out(session, run, page, &path, name)?;
                continue;
            }
            control => control?,
        };
        // Of nothing there is nothing else to say.
        let mut said = taken.iter().filter(|page| page.rows_in > 0);
        let same = said.find(|page| page.fingerprint == digest(&control));
        match same {
            Some(same) if same.name == name => continue,
            Some(same) => {
                let day = Timestamp::from_micros(same.received_at).day_in_china();
                let message = Message::new("feed_file_seen").with("name", &name);
                let message = message.with("seen", &same.name).with("day", day);
                session.unless_accepted(message)?;
            }
            None => {}
        }
        in_order(session, run, &control)?;
        no_smaller(session, &taken, &control)?;
        page += 1;
        taken.insert(0, keep(session, &path, page, run, &control)?);
    }
    Ok(())
}

/// Keeps one file that somebody gave.
pub(super) fn keep_file(
    session: &Session<'_>,
    path: &Path,
    run: &mut RunRow,
) -> Result<(), RunError> {
    let control = examined(session, path)?;
    no_smaller(session, &taken(session)?, &control)?;
    keep(session, path, 1, run, &control).map(drop)
}

fn taken(session: &Session<'_>) -> Result<Vec<PageRow>, Failure> {
    let code = &session.feed.code;
    Ok(session.service().store.read_waiting(|tx| tx.taken_files(code, REMEMBERED))?)
}

/// The newest file of a folder that holds everything.
pub(super) fn newest_whole(
    session: &Session<'_>,
    folder: &Path,
) -> Result<Option<PathBuf>, RunError> {
    for path in files(session, folder)?.into_iter().rev() {
        match examined(session, &path) {
            Ok(control) if control.kind == FileKind::Full => return Ok(Some(path)),
            Ok(_) | Err(Alarm::NotDone) => {}
            Err(alarm) => return Err(alarm.into()),
        }
    }
    Ok(None)
}

fn files(session: &Session<'_>, folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let unreadable = |error: std::io::Error| {
        let message = Message::new("unreadable").with("path", folder.display());
        RunError::Failed(message.with("why", error))
    };
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| session.linked.feed.takes_file(name)) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// When a file was last written, in microseconds.
fn changed_at(path: &Path) -> Option<i64> {
    let changed = path.metadata().ok()?.modified().ok()?;
    i64::try_from(changed.duration_since(UNIX_EPOCH).ok()?.as_micros()).ok()
}

fn examined(session: &Session<'_>, path: &Path) -> Result<FileControl, Alarm> {
    let at = session.after(Timestamp::from_micros(0));
    reading(session.service(), at, |reading| session.linked.feed.examine_file(path, reading))
}

fn digest(control: &FileControl) -> Vec<u8> {
    hex::decode(&control.digest).unwrap_or_default()
}

/// Where a file stands among those of its source.
fn place(control: &FileControl) -> Option<String> {
    control.day.map(|day| format!("{day} {:03}", control.number))
}

fn in_order(session: &Session<'_>, run: &RunRow, control: &FileControl) -> Result<(), RunError> {
    let read_to = run.read_to.as_ref().or(session.feed.read_to.as_ref());
    let Some((read_to, day)) = read_to.zip(control.day) else { return Ok(()) };
    if day >= session.day_of(read_to)? {
        return Ok(());
    }
    let message = Message::new("feed_file_old").with("name", &control.name);
    session.unless_accepted(message.with("read_to", read_to))
}

/// A whole listing has no fewer rows than the one before it.
fn no_smaller(
    session: &Session<'_>,
    taken: &[PageRow],
    control: &FileControl,
) -> Result<(), RunError> {
    if control.kind != FileKind::Full {
        return Ok(());
    }
    // The files of a source differ in their day; what else there is in a name says which listing it is.
    let listing = |name: &str| -> Vec<String> {
        let is_day = |part: &&str| part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit());
        let parts = name.split(['_', '-', '.']).filter(|part| !is_day(part));
        parts.map(str::to_owned).collect()
    };
    let own = listing(&control.name);
    let before = taken.iter().find(|page| !page.left_out && listing(&page.name) == own);
    let rows = i64::try_from(control.rows).unwrap_or(i64::MAX);
    match before.filter(|before| rows < before.rows_in) {
        None => Ok(()),
        Some(before) => {
            let message = Message::new("feed_shrank").with("before", before.rows_in);
            session.unless_accepted(message.with("found", rows))
        }
    }
}

/// An operator looked at a file that cannot be taken, and lets it pass.
fn leave_out(
    session: &Session<'_>,
    run: &RunRow,
    page: i64,
    path: &Path,
    name: String,
) -> Result<(), Failure> {
    let now = session.service().clock.now().micros();
    let row = PageRow {
        batch_id: run.batch_id,
        page_no: page,
        feed: session.feed.code.clone(),
        name,
        fingerprint: vec![0; 32],
        received_at: changed_at(path).unwrap_or(now).max(now),
        rows_in: 0,
        counts: "{}".to_owned(),
        taken_at: Some(now),
        left_out: true,
        removed_at: None,
    };
    let lease = session.lease.clone();
    session.service().store.write_waiting(move |tx: &mut WriteTx<'_>| {
        lease.prolong(tx)?;
        Ok(tx.add_page(&row)?)
    })
}

fn keep(
    session: &Session<'_>,
    path: &Path,
    page: i64,
    run: &mut RunRow,
    control: &FileControl,
) -> Result<PageRow, RunError> {
    let service = session.service();
    let id = BatchId::stored(run.batch_id);
    let mut file = File::open(path).map_err(|error| {
        let message = Message::new("unreadable").with("path", path.display());
        RunError::Failed(message.with("why", error))
    })?;
    let fingerprint = session.pulling.keep.put(&service.vault, id, page, &mut file)?;
    if fingerprint.as_slice() != digest(control) {
        // It was written to while it was looked at.
        return Err(RunError::Failed(Alarm::NotDone.message()));
    }
    let row = PageRow {
        batch_id: run.batch_id,
        page_no: page,
        feed: session.feed.code.clone(),
        name: control.name.clone(),
        fingerprint: fingerprint.to_vec(),
        received_at: service.clock.now().micros(),
        rows_in: i64::try_from(control.rows).unwrap_or(i64::MAX),
        counts: "{}".to_owned(),
        taken_at: None,
        left_out: false,
        removed_at: None,
    };
    let (lease, kept) = (session.lease.clone(), row.clone());
    service.store.write_waiting(move |tx: &mut WriteTx<'_>| {
        lease.prolong(tx)?;
        tx.add_page(&row)?;
        Ok::<_, Failure>(())
    })?;
    run.read_to = place(control).max(run.read_to.take());
    run.newest = run.newest.max(control.newest);
    let skipped = i64::try_from(control.skipped).unwrap_or(i64::MAX);
    run.skipped = Some(run.skipped.unwrap_or(0).saturating_add(skipped));
    let notices = problems::with_more(run.notices.as_deref(), &control.notices, || run.damaged())?;
    run.notices = notices;
    Ok(kept)
}
