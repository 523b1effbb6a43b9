//! The tables of feeds as Diesel sees them: see [`super::schema`].

use super::schema::batch;

diesel::table! {
    feed (code) {
        code -> Text,
        read_to -> Nullable<Text>,
        newest -> Nullable<BigInt>,
        succeeded_at -> Nullable<BigInt>,
        due_at -> BigInt,
        failures -> Integer,
        stopped -> Nullable<Text>,
        stopped_at -> Nullable<BigInt>,
        accepted -> Nullable<Text>,
        leader -> Text,
        lease_until -> BigInt,
    }
}

diesel::table! {
    feed_run (batch_id) {
        batch_id -> BigInt,
        feed -> Text,
        work -> SmallInt,
        phase -> SmallInt,
        read_from -> Nullable<Text>,
        read_to -> Nullable<Text>,
        newest -> Nullable<BigInt>,
        alarm -> Nullable<Text>,
        skipped -> Nullable<BigInt>,
        notices -> Nullable<Text>,
    }
}

diesel::table! {
    feed_page (batch_id, page_no) {
        batch_id -> BigInt,
        page_no -> BigInt,
        feed -> Text,
        name -> Text,
        fingerprint -> Binary,
        received_at -> BigInt,
        rows_in -> BigInt,
        counts -> Text,
        taken_at -> Nullable<BigInt>,
        left_out -> Bool,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    feed_count (feed, what, name) {
        feed -> Text,
        what -> SmallInt,
        name -> Text,
        n -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(feed_run, batch);
