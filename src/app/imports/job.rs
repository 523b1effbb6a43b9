//! Imports in the background: a file waits in the data folder until every row has its outcome.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::app::imports::Progress;
use crate::app::posting::Poster;
use crate::app::posting::problems::{self, Told};
use crate::app::service::{Failure, Service};
use crate::domain::ids::{BatchId, SourceId};
use crate::domain::ledger::outcome::Counts;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::locale::{self, Lang};
use crate::sheet::export::{Cell, SheetWriter};
use crate::sheet::{Limits, Opening, Stored, open_stored};
use crate::store::StoreError;
use crate::store::batches::{BatchKind, BatchRow, BatchState};
use crate::store::submissions::Wanted;
use crate::vault::file::FileSealer;
use crate::vault::sealed_file::SealedFile;

/// Files that are taken at the same time; others wait.
const AT_ONCE: usize = 2;

/// Imports of this process.
pub struct Imports {
    folder: PathBuf,
    /// Where the folder's own name is.
    name: PathBuf,
    limits: Limits,
    /// The files that an earlier process left.
    left: Vec<PathBuf>,
    running: Arc<Mutex<HashMap<BatchId, Progress>>>,
    permits: Arc<Semaphore>,
}

/// How far an import is.
#[derive(Clone, Debug)]
pub struct Job {
    /// The batch of its rows.
    pub batch: BatchId,
    /// Whose rows.
    pub source: SourceId,
    /// `running`, `finished` or `failed`.
    pub state: &'static str,
    /// Why it failed.
    pub error: Option<Told>,
    /// Rows that have their outcome.
    pub rows: u64,
    /// How many rows had which outcome.
    pub counts: Counts,
    /// How much of the file is read, in thousandths.
    pub read: Option<u64>,
    /// When it came.
    pub received_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Imports {
    /// Files wait in a folder of the data folder.
    pub fn new(data: &Path, limits: Limits) -> Imports {
        let folder = data.join("imports");
        let listed = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        Imports {
            left: listed.map(|entry| entry.path()).collect(),
            folder,
            name: data.join("imports.id"),
            limits,
            running: Arc::default(),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Where files wait.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A name for a file that is to wait.
    pub fn name_file(&self, service: &Service) -> Result<Arc<str>, Failure> {
        let made = std::fs::create_dir_all(&self.folder);
        made.map_err(|error| unwritable(&self.folder, &error))?;
        let name = service.store.surroundings().random.bits();
        Ok(format!("{name:016x}").into())
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.rows"))
    }

    /// Removes a file that is not whole, or has no batch.
    pub async fn drop_file(&self, name: &str) {
        // Where it was never made, there is nothing to remove.
        let _ = tokio::fs::remove_file(self.place(name)).await;
    }

    /// Seals the parts of a file as they come, until there are no more. For a thread that may wait.
    pub fn seal(
        &self,
        service: &Service,
        name: &str,
        parts: &mut tokio::sync::mpsc::Receiver<impl AsRef<[u8]>>,
    ) -> Result<(), Failure> {
        let path = self.place(name);
        let mut sealed = || -> io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut sealer = FileSealer::new(&service.vault, &label(name), options.open(&path)?);
            while let Some(part) = parts.blocking_recv() {
                sealer.write_all(part.as_ref())?;
            }
            sealer.finish()?.sync_all()
        };
        sealed().map_err(|error| unwritable(&path, &error))
    }

    /// The name of this folder in the books: imports of another server's are none of ours.
    fn own_name(&self, service: &Service) -> Result<Arc<str>, Failure> {
        let failed = |error: io::Error| unwritable(&self.name, &error);
        match std::fs::read_to_string(&self.name) {
            Ok(name) if !name.trim().is_empty() => return Ok(name.trim().into()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let name = format!("{:016x}", service.store.surroundings().random.bits());
        std::fs::write(&self.name, &name).map_err(failed)?;
        Ok(name.into())
    }

    /// Begins to take a file that waits.
    pub async fn start(
        &self,
        service: &Service,
        poster: &Poster,
        name: &Arc<str>,
    ) -> Result<Job, Failure> {
        let spool = format!("{}.{name}", self.own_name(service)?).into();
        let batch = service.begin_batch(poster, BatchKind::Import, Some(spool)).await?;
        self.run(service.clone(), poster.clone(), batch, name.clone());
        self.job(service, poster.source.id(), batch).await
    }

    /// Goes on with what an earlier process left in this folder; what has no file any more is told as
    /// failed, and a file of which nobody knows is removed.
    pub async fn resume(&self, service: &Service) -> Result<usize, Failure> {
        let name = self.own_name(service)?;
        let left: Vec<BatchRow> =
            service.store.read(move |tx| Ok::<_, Failure>(tx.running_imports(&name)?)).await?;
        let name_of = |row: &BatchRow| -> Arc<str> {
            let spool = row.spool.as_deref().and_then(|spool| spool.split_once('.'));
            spool.map_or("", |(_, name)| name).into()
        };
        let going_on: Vec<PathBuf> = left.iter().map(|row| self.place(&name_of(row))).collect();
        for path in self.left.iter().filter(|path| !going_on.contains(path)) {
            if let Err(error) = std::fs::remove_file(path) {
                tracing::warn!(%error, path = %path.display(), "a file could not be removed");
            }
        }
        let directory = service.directory().await?;
        let count = left.len();
        for row in left {
            let batch = BatchId::stored(row.batch_id);
            let source = directory.sources.get(&SourceId::stored(row.source_id)).cloned();
            let name = name_of(&row);
            match source.filter(|_| self.place(&name).exists()) {
                Some(source) => {
                    let subject = service.vault.subject(&row.subject).into();
                    let poster = Poster { subject, source };
                    self.run(service.clone(), poster, batch, name);
                }
                None => {
                    let rows = row.rows_in;
                    let counts = row.counts.clone();
                    let note = problems::text_of(&Message::new("import_file_gone"));
                    let failed = BatchState::Failed;
                    service
                        .store
                        .write(move |tx| tx.note_batch(batch, failed, rows, &counts, &note))
                        .await?;
                }
            }
        }
        Ok(count)
    }

    fn run(&self, service: Service, poster: Poster, batch: BatchId, name: Arc<str>) {
        let path = self.place(&name);
        let (running, limits) = (self.running.clone(), self.limits);
        let permits = self.permits.clone();
        note(&running, batch, Some(Progress::default()));
        let handle = Handle::current();
        tokio::spawn(async move {
            let Ok(_permit) = permits.acquire_owned().await else { return };
            let told = running.clone();
            let work = move || {
                let tell = |progress: &Progress| note(&told, batch, Some(progress.clone()));
                let open = || open_stored(&path, opening(&service, &name), None, &limits);
                let result = service.import_rows(&handle, &poster, batch, open, tell);
                match result {
                    // A file that could be read to its end, or never will be, is not needed any more.
                    Ok(_) | Err(Failure::Refused(..)) => drop(std::fs::remove_file(&path)),
                    Err(failure) => tracing::error!(%batch, %failure, "an import failed"),
                }
            };
            if tokio::task::spawn_blocking(work).await.is_err() {
                tracing::error!(%batch, "an import panicked");
            }
            note(&running, batch, None);
        });
    }

    /// How far an import of a source is.
    pub async fn job(
        &self,
        service: &Service,
        source: SourceId,
        batch: BatchId,
    ) -> Result<Job, Failure> {
        let row = service.store.read(move |tx| tx.batch(batch)).await?;
        let row = row
            .filter(|row| row.source_id == source.get() && row.kind == BatchKind::Import.number());
        let row = row.ok_or(Failure::Absent)?;
        let live = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(job(&row, live.get(&batch))?)
    }
}

/// What a sealed file is bound to.
fn label(name: &str) -> Vec<u8> {
    [b"import".as_slice(), name.as_bytes()].concat()
}

fn opening(service: &Service, name: &str) -> Opening {
    let (vault, label) = (service.vault.clone(), label(name));
    Arc::new(move |path| {
        let file: Box<dyn Stored> = Box::new(SealedFile::open(vault.clone(), &label, path)?);
        Ok(file)
    })
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let message = Message::new("unwritable").with("path", path.display());
    Failure::refused("", message.with("why", error))
}

fn note(running: &Mutex<HashMap<BatchId, Progress>>, batch: BatchId, at: Option<Progress>) {
    let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
    match at {
        Some(progress) => drop(running.insert(batch, progress)),
        None => drop(running.remove(&batch)),
    }
}

fn job(row: &BatchRow, live: Option<&Progress>) -> Result<Job, StoreError> {
    let state = row.state()?;
    let live = live.filter(|_| state == BatchState::Running);
    let counts = match live {
        Some(live) => live.counts.clone(),
        None => Counts::read(&row.counts).ok_or_else(|| row.damaged())?,
    };
    let rows = match live {
        Some(live) => live.counts.total(),
        None => u64::try_from(row.rows_in).map_err(|_| row.damaged())?,
    };
    let read = live.and_then(|live| live.bytes);
    let read = read.and_then(|(done, all)| done.saturating_mul(1000).checked_div(all));
    let failed =
        (state == BatchState::Failed).then(|| problems::first(&row.note, || row.damaged()));
    Ok(Job {
        batch: BatchId::stored(row.batch_id),
        source: SourceId::stored(row.source_id),
        state: state.name(),
        error: failed.transpose()?,
        rows,
        counts,
        read,
        received_at: Timestamp::from_micros(row.received_at),
        finished_at: row.finished_at.map(Timestamp::from_micros),
    })
}

/// Rows of the inbox that are read at once for a report.
const PART: i64 = 1000;

impl Service {
    /// Writes the rows of a batch with their outcomes as a sheet. For a thread that may wait.
    pub fn write_report(
        &self,
        source: SourceId,
        batch: BatchId,
        xlsx: bool,
        folder: &Path,
        lang: Lang,
        out: impl io::Write + Send,
    ) -> io::Result<()> {
        let word = |key: &str| locale::text(lang, &format!("import_report.{key}"), &[]);
        let headings: Vec<String> =
            ["row", "key", "outcome", "code", "field", "message"].map(word).into();
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        let mut sheet = if xlsx {
            SheetWriter::xlsx(out, Some(folder), &headings)?
        } else {
            SheetWriter::csv(out, &headings)?
        };
        let wanted = Wanted { batch: Some(batch), outcomes: Vec::new() };
        let mut after = (batch, 0);
        loop {
            let rows = self
                .store
                .read_waiting(|tx| tx.submissions(source, &wanted, after, PART))
                .map_err(io::Error::other)?;
            let Some(last) = rows.last() else { break };
            after = (batch, last.row_no);
            for row in &rows {
                let told = problems::of_row(row).map_err(io::Error::other)?;
                let first = told.first();
                let message = first.map(|told| match lang {
                    Lang::Zh => told.message.zh.as_str(),
                    Lang::En => told.message.en.as_str(),
                });
                let outcome = row.outcome().map_err(io::Error::other)?.name();
                sheet.row(&[
                    Cell::Number(&row.row_no.to_string()),
                    Cell::Text(row.ext_key.as_deref().unwrap_or_default()),
                    Cell::Text(outcome),
                    Cell::Text(first.map_or("", |told| &told.code)),
                    Cell::Text(first.map_or("", |told| &told.field)),
                    Cell::Text(message.unwrap_or_default()),
                ])?;
            }
        }
        sheet.finish().map(drop)
    }
}
