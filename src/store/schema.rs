//! The tables, as Diesel knows them; `migrations/` makes them.

diesel::table! {
    source (source_id) {
        source_id -> BigInt,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
        jurisdiction -> Nullable<Text>,
        recognises -> SmallInt,
        rank -> SmallInt,
        active -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    client (issuer, subject, source_id) {
        issuer -> Text,
        subject -> Text,
        source_id -> BigInt,
        active -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    person (person_id) {
        person_id -> BigInt,
        known_at -> BigInt,
        name_index -> Binary,
        sealed -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    person_alias (number_index, kind) {
        number_index -> Binary,
        kind -> SmallInt,
        person_id -> BigInt,
    }
}

diesel::table! {
    person_key (person_id) {
        person_id -> BigInt,
        master -> Integer,
        wrapped -> Nullable<Binary>,
    }
}

diesel::table! {
    entry (person_id, seq) {
        person_id -> BigInt,
        seq -> BigInt,
        kind -> SmallInt,
        source_id -> BigInt,
        ext_key -> Text,
        revision -> Integer,
        content_hash -> Binary,
        year -> SmallInt,
        category -> SmallInt,
        hours -> BigInt,
        completed_on -> Nullable<Date>,
        recorded_at -> BigInt,
        ref_seq -> Nullable<BigInt>,
        batch_id -> BigInt,
        row_no -> BigInt,
        attrs -> Text,
        entry_hash -> Binary,
    }
}

diesel::table! {
    ext_ref (ext_key, source_id) {
        ext_key -> Text,
        source_id -> BigInt,
        revision -> Integer,
        content_hash -> Binary,
        person_id -> BigInt,
    }
}

diesel::table! {
    balance (person_id, year, category) {
        person_id -> BigInt,
        year -> SmallInt,
        category -> SmallInt,
        hours -> BigInt,
        n -> BigInt,
        last_seq -> BigInt,
    }
}

diesel::table! {
    batch (batch_id) {
        batch_id -> BigInt,
        source_id -> BigInt,
        subject -> Text,
        kind -> SmallInt,
        state -> SmallInt,
        received_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        rows_in -> BigInt,
        counts -> Text,
        note -> Text,
        spool -> Nullable<Text>,
    }
}

diesel::table! {
    submission (batch_id, row_no) {
        batch_id -> BigInt,
        row_no -> BigInt,
        source_id -> BigInt,
        subject -> Text,
        received_at -> BigInt,
        outcome -> SmallInt,
        ext_key -> Nullable<Text>,
        person_id -> Nullable<BigInt>,
        entry_seq -> Nullable<BigInt>,
        problem -> Nullable<Text>,
        sealed -> Binary,
    }
}

diesel::table! {
    pending (person_id, batch_id, row_no) {
        person_id -> BigInt,
        batch_id -> BigInt,
        row_no -> BigInt,
        source_id -> BigInt,
        ext_key -> Text,
        revision -> Integer,
        content_hash -> Binary,
        year -> SmallInt,
        category -> SmallInt,
        hours -> BigInt,
        completed_on -> Nullable<Date>,
        attrs -> Text,
        jurisdiction -> Nullable<Text>,
        specialty -> Nullable<Text>,
        known_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        closed_as -> Nullable<SmallInt>,
        decision_id -> Nullable<BigInt>,
        entry_seq -> Nullable<BigInt>,
    }
}

diesel::table! {
    decision (person_id, decision_id) {
        person_id -> BigInt,
        decision_id -> BigInt,
        kind -> SmallInt,
        made_at -> BigInt,
        issuer -> Text,
        subject -> Text,
        jurisdiction -> Nullable<Text>,
        year -> Nullable<SmallInt>,
        category -> Nullable<SmallInt>,
        hours -> Nullable<BigInt>,
        batch_id -> Nullable<BigInt>,
        row_no -> Nullable<BigInt>,
        entry_seq -> Nullable<BigInt>,
        about -> Nullable<BigInt>,
        sealed -> Binary,
    }
}

diesel::table! {
    dispute (person_id, dispute_id) {
        person_id -> BigInt,
        dispute_id -> BigInt,
        made_at -> BigInt,
        entry_seq -> Nullable<BigInt>,
        batch_id -> Nullable<BigInt>,
        row_no -> Nullable<BigInt>,
        jurisdiction -> Nullable<Text>,
        category -> Nullable<SmallInt>,
        specialty -> Nullable<Text>,
        sealed -> Binary,
    }
}

diesel::table! {
    receipt (receipt_id) {
        receipt_id -> BigInt,
        person_id -> Nullable<BigInt>,
        issuer -> Text,
        subject -> Text,
        jurisdiction -> Text,
        asked_at -> BigInt,
        as_of -> BigInt,
        head_seq -> BigInt,
        head_hash -> Binary,
        sealed -> Binary,
    }
}

diesel::table! {
    idem_request (idem_key, client, route) {
        idem_key -> Text,
        client -> Text,
        route -> Text,
        fingerprint -> Binary,
        started_at -> BigInt,
        status -> Nullable<SmallInt>,
        answer -> Nullable<Binary>,
    }
}

diesel::table! {
    access_log (log_id) {
        log_id -> BigInt,
        at -> BigInt,
        issuer -> Text,
        subject -> Text,
        role -> Text,
        route -> Text,
        person_id -> Nullable<BigInt>,
        request_id -> Text,
    }
}

diesel::table! {
    installation (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    stated (ext_key, source_id) {
        ext_key -> Text,
        source_id -> BigInt,
        person_id -> BigInt,
        version -> BigInt,
        standing -> SmallInt,
        digest -> Binary,
        refused -> Nullable<Binary>,
        revision -> Integer,
        year -> Nullable<SmallInt>,
        category -> Nullable<SmallInt>,
        hours -> Nullable<BigInt>,
        completed_on -> Nullable<Date>,
        started_on -> Nullable<Date>,
        attrs -> Nullable<Text>,
        state -> SmallInt,
        kept_source -> Nullable<BigInt>,
        kept_key -> Nullable<Text>,
        score -> Nullable<SmallInt>,
        parts -> Nullable<Text>,
        batch_id -> BigInt,
        row_no -> BigInt,
        since -> BigInt,
        run_id -> BigInt,
        bucket -> SmallInt,
    }
}

diesel::table! {
    control_total (source_id, year, category, bucket) {
        source_id -> BigInt,
        year -> SmallInt,
        category -> SmallInt,
        bucket -> SmallInt,
        n -> BigInt,
        hours -> BigInt,
        digest -> Binary,
    }
}

diesel::table! {
    difference (person_id, difference_id) {
        person_id -> BigInt,
        difference_id -> BigInt,
        kind -> SmallInt,
        subject -> Binary,
        source_id -> BigInt,
        ext_key -> Text,
        other_source -> Nullable<BigInt>,
        other_key -> Nullable<Text>,
        score -> Nullable<SmallInt>,
        parts -> Text,
        year -> Nullable<SmallInt>,
        category -> Nullable<SmallInt>,
        hours -> Nullable<BigInt>,
        completed_on -> Nullable<Date>,
        attrs -> Nullable<Text>,
        entry_seq -> Nullable<BigInt>,
        jurisdiction -> Nullable<Text>,
        specialty -> Nullable<Text>,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        closed_as -> Nullable<SmallInt>,
        decision_id -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(person, person_alias, person_key);
diesel::allow_tables_to_appear_in_same_query!(source, client);

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
