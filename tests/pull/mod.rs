//! Feeds end to end: the stand-in city is pulled into a ledger, and the ledger holds what is true.

mod beside;
mod faults;
mod lease;
mod retain;
mod runs;
mod sums;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use xueshi::app::feed_runs::compare::Compared;
use xueshi::app::feed_runs::{Ended, FeedRunner};
use xueshi::app::service::{Failure, Service};
use xueshi::app::verification;
use xueshi::city::{self, Expected, Serving, System, Town};
use xueshi::config;
use xueshi::domain::hours::Hours;
use xueshi::domain::identity::{IdKind, IdNumber};
use xueshi::store::Surroundings;
use xueshi::store::ledger::stored_category;

use crate::support::engines::{Database, Engine, surroundings};

/// The four feeds.
pub const FEEDS: [System; 4] = [System::Huzhou, System::Lishui, System::Jiaxing, System::Hzhret];

/// A town that answers.
pub struct City {
    pub town: Arc<Mutex<Town>>,
    serving: Serving,
}

impl City {
    pub fn new(seed: u64, people: usize) -> City {
        let town = Arc::new(Mutex::new(Town::new(seed, people)));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let serving = city::serve(town.clone(), listener).expect("a server");
        City { town, serving }
    }

    pub fn with<T>(&self, act: impl FnOnce(&mut Town) -> T) -> T {
        act(&mut self.town.lock().expect("a town"))
    }
}

/// An installation that pulls it.
pub struct Installation {
    pub database: Database,
    pub service: Service,
    pub pulling: Arc<FeedRunner>,
    pub runtime: tokio::runtime::Runtime,
}

impl Installation {
    pub fn new(engine: Engine, city: &City) -> Installation {
        Installation::on(Database::new(engine), surroundings(), city)
    }

    pub fn on(database: Database, around: Surroundings, city: &City) -> Installation {
        Installation::with(database, around, city, "")
    }

    /// With lines of its own for the settings of feeds.
    pub fn with(
        database: Database,
        around: Surroundings,
        city: &City,
        feeds: &str,
    ) -> Installation {
        let service = database.service(around);
        let pulling = pulling(&database, &service, city, feeds);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        Installation { database, service, pulling, runtime }
    }

    /// Files of the town come into the folders, as its night job does.
    pub fn drop_files(&self, city: &City) {
        for system in [System::Lishui, System::Jiaxing] {
            let folder = self.database.folder.join(system.code());
            city.with(|town| town.drop_of(system, &folder)).expect("a file");
        }
    }

    /// A file of settings, with which the program works on the same installation.
    pub fn config(&self, city: &City, feeds: &str) -> PathBuf {
        let (folder, text) = (&self.database.folder, settings(&self.database, city, feeds));
        let config = folder.join("xueshi.toml");
        std::fs::write(&config, text).expect("a file of settings");
        // The program finds the keys that the test made.
        std::fs::create_dir_all(folder.join("data")).expect("a folder");
        std::fs::copy(folder.join("keys.toml"), folder.join("data/keys.toml")).expect("keys");
        config
    }

    /// Waits until a table has a row; `what` may go on with a condition.
    pub fn until(&self, what: &str) {
        let began = Instant::now();
        while self.database.count(what) == 0 {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "{:?}: {what}",
                self.database.engine
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn pull(&self, system: System) -> Result<Ended, Failure> {
        self.pulling.pull(self.runtime.handle(), system.code(), &mut |_| {})
    }

    /// What is refused, by its code.
    pub fn refused(&self, system: System) -> String {
        match self.pull(system) {
            Err(Failure::Refused(_, message)) => message.code.to_owned(),
            other => panic!("{}: not refused: {other:?}", system.code()),
        }
    }

    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Another process with the same database.
    pub fn beside(other: &Installation, city: &City) -> Installation {
        let database = Database::beside(&other.database);
        Installation::on(database, surroundings(), city)
    }

    pub fn compare(&self, system: System) -> Compared {
        let handle = self.runtime.handle();
        let compared = self.pulling.compare(handle, system.code(), None, None, &mut |_| {});
        compared.unwrap_or_else(|failure| panic!("{}: {failure:?}", system.code()))
    }

    pub fn pull_all(&self, city: &City) {
        self.drop_files(city);
        for system in FEEDS {
            self.pull(system).unwrap_or_else(|failure| panic!("{}: {failure:?}", system.code()));
        }
    }

    /// Recognised hours by number, year and category, of everybody in the town.
    pub fn held(&self, expected: &Expected) -> Expected {
        let mut people: Vec<&String> = expected.keys().map(|(number, ..)| number).collect();
        people.dedup();
        let mut held = BTreeMap::new();
        for number in people {
            let id = IdNumber::parse(number).expect("a number");
            let index = self.service.vault.blind_index(IdKind::ResidentId, &id);
            let rows = self.service.store.read_waiting(|tx| {
                let known = tx.people_by_number(IdKind::ResidentId.get(), &[index])?;
                known.get(&index).map_or(Ok(Vec::new()), |known| tx.balances(known.id))
            });
            for row in rows.expect("balances") {
                let category = stored_category(row.category).expect("a category");
                let hours = Hours::from_hundredths(row.hours);
                if hours != Hours::ZERO {
                    held.insert((number.clone(), row.year, category), hours);
                }
            }
        }
        held
    }

    /// The ledger is whole, and holds what is true and nothing else.
    pub fn prove(&self, city: &City, about: &str) {
        let proved = verification::verify(&self.service.store, None, |_| {}).expect("a proof");
        assert_eq!(proved.fault, None, "{about}");
        let expected = city.with(|town| town.expected());
        let held = self.held(&expected);
        let differs: Vec<String> = expected
            .keys()
            .chain(held.keys())
            .filter(|key| expected.get(*key) != held.get(*key))
            .map(|key| format!("{key:?}: true {:?}, held {:?}", expected.get(key), held.get(key)))
            .collect();
        assert!(differs.is_empty(), "{about}: {} differ:\n{}", differs.len(), differs.join("\n"));
        assert!(!expected.is_empty(), "{about}: nothing was to be held");
        let all = self.database.count("balance WHERE hours <> 0");
        assert_eq!(usize::try_from(all), Ok(held.len()), "{about}: hours of strangers");
    }
}

/// The settings of an installation that pulls the town.
fn settings(database: &Database, city: &City, feeds: &str) -> String {
    let url = city.serving.url();
    let data = database.folder.join("data");
    let mut text = format!("[data]\nfolder = {data:?}\n[database]\nurl = {:?}\n", database.url);
    text.extend(["[feeds]\n", feeds, "\n"]);
    for system in FEEDS {
        let place = match system {
            System::Huzhou => {
                format!(
                    "url = \"{url}\"\ntoken = \"{}\"\nprivate = true\npage_size = 20",
                    city::HUZHOU_TOKEN
                )
            }
            System::Hzhret => {
                format!(
                    "url = \"{url}\"\ntoken = \"{}\"\nprivate = true\npage_size = 20",
                    city::HZHRET_TOKEN
                )
            }
            System::Lishui | System::Jiaxing => {
                let folder = database.folder.join(system.code());
                std::fs::create_dir_all(&folder).expect("a folder");
                format!("folder = {folder:?}")
            }
        };
        let code = system.code();
        let connection = format!("[[feeds.connections]]\nfeed = \"{code}\"\n{place}\n");
        text.push_str(&connection);
    }
    text
}

fn pulling(database: &Database, service: &Service, city: &City, feeds: &str) -> Arc<FeedRunner> {
    let settings = config::layered(Some(("test", &settings(database, city, feeds))), &[]);
    Arc::new(FeedRunner::new(service, &settings.expect("settings")).expect("feeds"))
}
