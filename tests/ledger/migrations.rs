//! Databases of another form, and addresses of none.

use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::message::Message;
use xueshi::locale;
use xueshi::store::{Store, StoreError, migrate};

use super::{Ledger, row};
use crate::support::engines::{Database, Engine, surroundings};

fn tables(database: &Database) -> i64 {
    database.count(match database.engine {
        Engine::Sqlite => {
            "sqlite_master WHERE type IN ('table', 'trigger', 'index') AND name NOT LIKE 'sqlite_%' \
             AND name <> '__diesel_schema_migrations'"
        }
        Engine::Postgres => {
            "pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '__diesel%'"
        }
    })
}

fn refusal(database: &Database) -> StoreError {
    match Store::open(&database.url, 2, surroundings()) {
        Ok(_) => panic!("{:?} was opened", database.engine),
        Err(error) => error,
    }
}

#[test]
fn migrations_go_up_and_down_and_up_again() {
    for engine in Engine::BOTH {
        let database = Database::empty(engine);
        let all = migrate::up(&database.url).unwrap();
        assert!(all.len() >= 6 && all.is_sorted(), "{all:?}");
        assert_eq!(migrate::up(&database.url).unwrap(), Vec::<String>::new());
        let standing = migrate::standing(&database.url).unwrap();
        assert_eq!((&standing.applied, standing.pending.len()), (&all, 0));
        assert!(tables(&database) > 12);
        migrate::down(&database.url).unwrap();
        assert_eq!(tables(&database), 0, "{engine:?}: nothing is left");
        assert_eq!(migrate::standing(&database.url).unwrap().pending, all);
        assert_eq!(migrate::up(&database.url).unwrap(), all);
        let ledger = Ledger::new(database, surroundings());
        let posted = ledger.post(&ledger.trusted, &row(1, "a", 1, "8"));
        assert_eq!(posted.outcome, Outcome::Posted);
        ledger.prove();
        migrate::down(&ledger.database.url).unwrap();
        assert_eq!(tables(&ledger.database), 0, "{engine:?}: also with rows in it");
    }
}

#[test]
fn a_newer_database_is_refused_by_everything() {
    for engine in Engine::BOTH {
        let database = Database::new(engine);
        let sql = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9001')";
        database.execute(sql).unwrap();
        let newer = StoreError::Newer("9001".to_owned());
        assert_eq!(refusal(&database), newer);
        assert_eq!(migrate::up(&database.url), Err(newer.clone()));
        assert_eq!(migrate::down(&database.url), Err(newer.clone()));
        assert_eq!(migrate::standing(&database.url), Err(newer.clone()));
        assert!(locale::both(&newer.message_for_operator()).en.contains("9001"));
        assert!(tables(&database) > 12, "nothing was touched");
    }
}

#[test]
fn an_older_database_is_refused_with_what_to_do() {
    for engine in Engine::BOTH {
        let database = Database::new(engine);
        let known = migrate::standing(&database.url).unwrap().applied;
        let last = known.last().unwrap();
        let sql = format!("DELETE FROM __diesel_schema_migrations WHERE version = '{last}'");
        database.execute(&sql).unwrap();
        let error = refusal(&database);
        assert_eq!(error, StoreError::Older(last.clone()));
        let message: Message = error.message_for_operator();
        assert_eq!(message.code, "database_older");
        let sentence = locale::both(&message);
        for text in [sentence.en, sentence.zh] {
            assert!(text.contains(last) && text.contains("xueshi migrate"), "{text}");
        }
        let empty = Database::empty(engine);
        assert_eq!(refusal(&empty), StoreError::Older(known[0].clone()));
    }
}

#[test]
fn addresses_that_are_none_are_refused_and_no_file_is_made() {
    let place = Database::empty(Engine::Sqlite);
    let file = place.folder.join("typo.db");
    let path = file.display().to_string();
    for url in [
        path.clone(),
        format!("sqllite:{path}"),
        format!("SQLITE:{path}"),
        format!("postgre://{path}"),
        "mysql://user:secret@host/name".to_owned(),
        "sqlite:".to_owned(),
        "sqlite://".to_owned(),
        String::new(),
    ] {
        let opened = Store::open(&url, 2, surroundings()).map(drop);
        let Err(StoreError::UnknownScheme(shown)) = &opened else { panic!("{url}: {opened:?}") };
        assert!(!shown.contains("secret"), "{shown}");
        assert_eq!(migrate::up(&url), opened.clone().map(|()| Vec::new()));
        assert!(migrate::standing(&url).is_err() && migrate::down(&url).is_err());
    }
    // A right scheme and a wrong path: opening is not making.
    let url = format!("sqlite:{path}");
    assert!(matches!(Store::open(&url, 2, surroundings()), Err(StoreError::Older(_))));
    assert!(migrate::standing(&url).unwrap().applied.is_empty());
    let found: Vec<_> = std::fs::read_dir(&place.folder).unwrap().collect();
    assert!(found.is_empty(), "{found:?}");
    let nowhere = format!("sqlite:{path}/deeper/x.db");
    assert!(Store::open(&nowhere, 2, surroundings()).is_err());
    assert!(matches!(migrate::up(&nowhere), Err(StoreError::Unavailable(_))));
}
