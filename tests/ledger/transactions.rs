//! A transaction happens whole or not at all, and leaves nothing open behind it.

use xueshi::domain::ids::BatchId;
use xueshi::store::batches::{BatchKind, NewBatch};
use xueshi::store::{StoreError, WriteTx};

use super::{on_both, row};

#[test]
fn what_fails_or_panics_leaves_nothing_and_harms_nobody_after_it() {
    on_both(|ledger| {
        let store = &ledger.service.store;
        for id in 1..=6 {
            let source = ledger.trusted.source.id();
            let new = move |tx: &mut WriteTx<'_>| {
                let kind = BatchKind::Batch;
                let id = BatchId::stored(id);
                tx.begin_batch(&NewBatch { id, source, subject: "test", kind })
            };
            let failed: Result<(), StoreError> = ledger.wait(store.write(move |tx| {
                new(tx)?;
                Err(StoreError::Damaged("test".to_owned()))
            }));
            assert_eq!(failed, Err(StoreError::Damaged("test".to_owned())));
            let panicked: Result<(), StoreError> = ledger.wait(store.write(move |tx| {
                new(tx)?;
                panic!("on purpose")
            }));
            assert!(matches!(panicked, Err(StoreError::Unavailable(_))), "{panicked:?}");
            let read: Result<(), StoreError> = store.read_waiting(|tx| tx.sources().map(drop));
            assert_eq!(read, Ok(()));
        }
        ledger.post(&ledger.trusted, &row(1, "a", 1, "8"));
        assert_eq!(ledger.database.count("batch"), 0);
        store
            .write_waiting({
                let source = ledger.trusted.source.id();
                move |tx: &mut WriteTx<'_>| {
                    let kind = BatchKind::Import;
                    tx.begin_batch(&NewBatch {
                        id: BatchId::stored(9),
                        source,
                        subject: "test",
                        kind,
                    })
                }
            })
            .unwrap();
        assert_eq!(ledger.database.count("batch"), 1);
    });
}
