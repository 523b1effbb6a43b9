//! Statements whose text is written here; each connection prepares them once.
//!
//! Diesel prepares `sql_query`, every `UPDATE` and every `ON CONFLICT … DO UPDATE` anew each time it
//! runs them: on SQLite that costs more than the statement itself, on PostgreSQL a wait for the server.
//! What runs for every row or every request is stated here instead.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::HasSqlType;

/// Begins a statement.
pub(super) fn statement(words: impl Into<Cow<'static, str>>) -> Statement<()> {
    Statement { parts: (), words: words.into() }
}

/// A statement: what goes before, and the words after it.
pub(super) struct Statement<P> {
    parts: P,
    words: Cow<'static, str>,
}

/// A statement that ends with a value, which the database is given beside the text.
pub(super) struct Given<P, V, T> {
    before: Statement<P>,
    value: V,
    kind: PhantomData<T>,
}

/// A statement that answers with rows of these types.
pub(super) struct Asking<P, R> {
    statement: Statement<P>,
    rows: PhantomData<R>,
}

impl<P> Statement<P> {
    /// Goes on with a value.
    pub(super) fn bind<T, V>(self, value: V) -> Given<P, V, T> {
        Given { before: self, value, kind: PhantomData }
    }

    /// Goes on with other words.
    pub(super) fn sql(self, words: impl Into<Cow<'static, str>>) -> Statement<Statement<P>> {
        Statement { parts: self, words: words.into() }
    }

    /// Says what it answers with.
    pub(super) fn answering<R>(self) -> Asking<P, R> {
        Asking { statement: self, rows: PhantomData }
    }
}

impl<P, V, T> Given<P, V, T> {
    /// Goes on with words.
    pub(super) fn sql(self, words: impl Into<Cow<'static, str>>) -> Statement<Given<P, V, T>> {
        Statement { parts: self, words: words.into() }
    }
}

/// A part of a statement.
pub(super) trait Part<DB: Backend> {
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB: Backend> Part<DB> for () {
    fn walk<'b>(&'b self, _: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

impl<DB: Backend, P: Part<DB>> Part<DB> for Statement<P> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.parts.walk(out.reborrow())?;
        out.push_sql(&self.words);
        Ok(())
    }
}

impl<DB, P, V, T> Part<DB> for Given<P, V, T>
where
    DB: Backend + HasSqlType<T>,
    P: Part<DB>,
    V: ToSql<T, DB>,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.before.walk(out.reborrow())?;
        out.push_bind_param::<T, V>(&self.value)
    }
}

impl<DB, P> QueryFragment<DB> for Statement<P>
where
    DB: Backend,
    P: Part<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk(out)
    }
}

impl<DB, P, R> QueryFragment<DB> for Asking<P, R>
where
    DB: Backend,
    P: Part<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk(out)
    }
}

// Two statements of one type may have different words: the text is the key.
impl<P> QueryId for Statement<P> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<P, R> QueryId for Asking<P, R> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<P, R> Query for Asking<P, R> {
    type SqlType = R;
}

impl<P, C> RunQueryDsl<C> for Statement<P> {}

impl<P, R, C> RunQueryDsl<C> for Asking<P, R> {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use diesel::connection::InstrumentationEvent;
    use diesel::sql_types::{BigInt, Text};
    use diesel::{Connection, SqliteConnection};

    use super::*;

    #[test]
    fn a_statement_is_prepared_once_and_given_its_values_each_time() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        let kept = Arc::new(AtomicUsize::new(0));
        let counted = kept.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        for n in 0..3 {
            let sum: (i64, String) = statement("SELECT ")
                .bind::<BigInt, _>(n)
                .sql(" + 1, ")
                .bind::<Text, _>(format!("no. {n}"))
                .sql("")
                .answering::<(BigInt, Text)>()
                .get_result(&mut conn)
                .unwrap();
            assert_eq!(sum, (n + 1, format!("no. {n}")));
        }
        assert_eq!(kept.load(Ordering::Relaxed), 1, "kept once, found twice");
    }
}
