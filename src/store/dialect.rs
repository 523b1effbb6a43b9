//! What the engines do differently: one body against both connections, and many rows at once.

/// Runs one body against the concrete connection of either engine.
macro_rules! on_each_engine {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::store::conn::Conn::Sqlite($c) => $body,
            $crate::store::conn::Conn::Postgres($c) => $body,
        }
    };
}

/// Looks up rows: one by one through one prepared statement where the database is in this process,
/// with one array where it is not.
macro_rules! look_up {
    ($conn:expr, $keys:expr, |$c:ident, $key:ident| $each:expr, |$d:ident| $all:expr $(,)?) => {
        match $conn {
            $crate::store::conn::Conn::Sqlite($c) => {
                let mut found = Vec::new();
                for $key in $keys {
                    found.extend($each);
                }
                found
            }
            $crate::store::conn::Conn::Postgres($d) => $all,
        }
    };
}

/// Makes a row of a table by its key: a struct with its columns, a function that inserts many of them,
/// and the error that names one.
///
/// PostgreSQL takes them as arrays in one statement whose text does not depend on their number;
/// SQLite, in the same process, takes them one by one through one prepared statement.
macro_rules! rows {
    (
        $(#[$doc:meta])*
        $vis:vis struct $row:ident in $table:ident by ($($key:ident),+) {
            $($column:ident: $rust:ty => $sql:ty),* $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, diesel::Insertable, diesel::Queryable, diesel::Selectable)]
        #[diesel(table_name = $crate::store::schema::$table, treat_none_as_default_value = false)]
        $vis struct $row {
            $(
                #[doc = concat!("The column `", stringify!($column), "`.")]
                $vis $column: $rust,
            )*
        }

        // PostgreSQL gives many rows of a table as one value, too.
        const _: () = {
            use diesel::deserialize::{self, FromSql};
            use diesel::pg::{Pg, PgValue};
            use diesel::sql_types::*;

            impl FromSql<Record<($($sql,)*)>, Pg> for $row {
                fn from_sql(value: PgValue<'_>) -> deserialize::Result<$row> {
                    let ($($column,)*) = FromSql::<Record<($($sql,)*)>, Pg>::from_sql(value)?;
                    Ok($row { $($column),* })
                }
            }

            impl $crate::store::dialect::Whole for $row {
                type Sql = Record<($($sql,)*)>;
                const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),*];
            }
        };

        impl $row {
            /// That a value of this row does not read.
            pub fn damaged(&self) -> $crate::store::StoreError {
                let key = [$(format!("{} = {}", stringify!($key), self.$key)),+].join(", ");
                $crate::store::StoreError::Damaged(format!("{} ({key})", stringify!($table)))
            }

            pub(in crate::store) fn insert(
                conn: &mut $crate::store::conn::Conn,
                rows: &[$row],
            ) -> Result<(), $crate::store::StoreError> {
                use diesel::RunQueryDsl;
                use diesel::sql_types::*;
                if rows.is_empty() {
                    return Ok(());
                }
                match conn {
                    $crate::store::conn::Conn::Sqlite(conn) => {
                        for row in rows {
                            diesel::insert_into($crate::store::schema::$table::table)
                                .values(row)
                                .execute(conn)
                                .map_err($crate::store::StoreError::of_insert)?;
                        }
                    }
                    $crate::store::conn::Conn::Postgres(conn) => {
                        let columns = <$row as $crate::store::dialect::Whole>::COLUMNS;
                        let insert = $crate::store::dialect::insert_from_arrays(
                            stringify!($table),
                            columns,
                        );
                        let insert = $crate::store::statement::statement(insert);
                        $(
                            let column: Vec<_> = rows.iter().map(|row| &row.$column).collect();
                            let is_last = columns.last() == Some(&stringify!($column));
                            let after = if is_last { ")" } else { ", " };
                            let insert = insert.bind::<Array<$sql>, _>(column).sql(after);
                        )*
                        insert.execute(conn)?;
                    }
                }
                Ok(())
            }
        }
    };
}

pub(super) use {look_up, on_each_engine, rows};

/// A row of a table as one value.
pub(super) trait Whole {
    /// What it is to PostgreSQL.
    type Sql;
    /// Its columns.
    const COLUMNS: &'static [&'static str];
}

/// `ARRAY(SELECT ROW(a, b)::t FROM t WHERE `: many rows as one value, of the type of the table, which
/// another machine knows too; which of them, and `)`, follow.
pub(super) fn array_of<R: Whole>(table: &str) -> String {
    format!("ARRAY(SELECT ROW({})::{table} FROM {table} WHERE ", R::COLUMNS.join(", "))
}

/// `INSERT INTO t (a, b) SELECT * FROM unnest(`; the arrays follow, and carry their types.
pub(super) fn insert_from_arrays(table: &str, columns: &[&str]) -> String {
    format!("INSERT INTO {table} ({}) SELECT * FROM unnest(", columns.join(", "))
}
