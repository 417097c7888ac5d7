//! Every metric: `lienthong_…_seconds|_bytes|_total`, base units, labels from closed sets.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Documents offered, by `disposition`.
pub const OFFERED: &str = "lienthong_documents_offered_total";
/// Documents judged, by `indication`.
pub const JUDGED: &str = "lienthong_verifications_total";
/// Time from a document's last byte to its receipt.
pub const OFFER_SECONDS: &str = "lienthong_offer_seconds";
/// Judgements turned away because the queue was full.
pub const BUSY: &str = "lienthong_judge_busy_total";
/// Bytes waiting for a judging thread.
pub const QUEUED_BYTES: &str = "lienthong_judge_queued_bytes";
/// Receipts signed.
pub const RECEIPTS: &str = "lienthong_receipts_signed_total";
/// Deliveries completed.
pub const ARRIVED: &str = "lienthong_deliveries_total";
/// Answers by recipients, by `status`.
pub const ANSWERED: &str = "lienthong_answers_total";
/// Take-backs and recalls, by `event`.
pub const WITHDRAWN: &str = "lienthong_withdrawals_total";
/// Bodies erased, by `cause`.
pub const ERASED: &str = "lienthong_erased_bodies_total";
/// Dossiers that got a number, by `status`.
pub const DOSSIERS: &str = "lienthong_dossiers_total";
/// Moves of dossiers after that, by the `status` that they led to.
pub const DOSSIER_MOVES: &str = "lienthong_dossier_moves_total";
/// Files of changes that were never committed, removed.
pub const ORPHANS: &str = "lienthong_orphan_files_removed_total";
/// Tasks of the daemon that panicked and were begun anew, by `task`: anything but 0 is a fault of the program.
pub const TASKS_PANICKED: &str = "lienthong_tasks_panicked_total";
/// Dead letters sent again or given up, by `event`.
pub const DEAD_LETTERS: &str = "lienthong_dead_letters_total";
/// Documents that are kept past their arrival because something is still to come of them, by `why`, at the last walk.
pub const RETENTION_OPEN: &str = "lienthong_retention_open_documents";
/// When terms of keeping were last looked at to the end, in seconds since 1970.
pub const RETENTION_WALKED: &str = "lienthong_retention_walk_timestamp_seconds";
/// Bad requests, by `code`.
pub const PROBLEMS: &str = "lienthong_problems_total";
/// Documents on hold.
pub const HELD: &str = "lienthong_held_documents";
/// Documents judged again, by `disposition`.
pub const REJUDGED: &str = "lienthong_rejudged_total";
/// Documents whose verdict a later revocation puts in doubt.
pub const DOUBTED: &str = "lienthong_doubted_total";
/// Connections open on the exchange listener.
pub const CONNECTIONS: &str = "lienthong_connections";
/// Reloads of the rules, by `outcome`.
pub const RELOADS: &str = "lienthong_reloads_total";
/// Files under `certs/` that could not be read and are passed over.
pub const PASSED_OVER: &str = "lienthong_evidence_files_passed_over";
/// The newest record applied.
pub const POSITION: &str = "lienthong_log_position";
/// Syncs of the log: one per group.
pub const SYNCS: &str = "lienthong_log_syncs_total";
/// Fetches of evidence, by `kind` and `outcome`.
pub const FETCHES: &str = "lienthong_evidence_fetches_total";
/// Fetched evidence on the disk.
pub const CACHE_BYTES: &str = "lienthong_evidence_cache_bytes";
/// Since the thisUpdate of the oldest fetched CRL.
pub const OLDEST_CRL_SECONDS: &str = "lienthong_evidence_oldest_crl_seconds";
/// Attempts to have the log stamped, by `outcome`.
pub const STAMPS: &str = "lienthong_log_stamps_total";
/// Attempts that failed since the last stamp.
pub const STAMP_FAILURES: &str = "lienthong_log_stamp_failures";
/// The last record that is stamped.
pub const STAMPED_POSITION: &str = "lienthong_log_stamped_position";
/// When it was stamped, in seconds since 1970.
pub const STAMPED_TIME: &str = "lienthong_log_stamped_timestamp_seconds";
/// Figures of counters that differ from the log, as last recounted: 0 is good.
pub const RECOUNT_DIFFERENCES: &str = "lienthong_recount_differences";
/// Attempts to deliver, by `channel` and `outcome`.
pub const ATTEMPTS: &str = "lienthong_delivery_attempts_total";
/// Documents that wait for their delivery, by `channel`, as far as they are held in memory.
pub const WAITING: &str = "lienthong_delivery_waiting_documents";
/// Recipients that are left alone because they kept failing, by `channel`.
pub const BROKEN: &str = "lienthong_delivery_recipients_failing";
/// Deliveries that a clock ended, by `clock` and `cause`.
pub const EXPIRED: &str = "lienthong_deliveries_expired_total";
/// Documents in a state that the gateway owns beyond their clock, by `desk`; more than 0 is a fault.
pub const STUCK: &str = "lienthong_stuck_documents";
/// Take-backs and recalls whose answer is late.
pub const LATE_REQUESTS: &str = "lienthong_late_requests";
/// Letters to people, by `kind` and `outcome`.
pub const LETTERS: &str = "lienthong_letters_total";
/// Findings that are overdue.
pub const FINDINGS_OVERDUE: &str = "lienthong_findings_overdue";
/// Always 1; `version` says which build runs.
pub const BUILD: &str = "lienthong_build_info";

/// The borders of the histograms of time: from a tenth of a millisecond to ten seconds.
pub const SECONDS: &[f64] = &[
    0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Tells the recorder what each metric is.
pub(super) fn describe() {
    describe_counter!(OFFERED, "Documents offered, by disposition");
    describe_counter!(JUDGED, "Documents judged, by indication");
    describe_histogram!(OFFER_SECONDS, Unit::Seconds, "From last byte to receipt");
    describe_counter!(BUSY, "Judgements turned away: queue full");
    describe_gauge!(QUEUED_BYTES, Unit::Bytes, "Waiting for a judging thread");
    describe_counter!(RECEIPTS, "Receipts signed");
    describe_counter!(ARRIVED, "Deliveries completed");
    describe_counter!(ANSWERED, "Answers by recipients, by status");
    describe_counter!(WITHDRAWN, "Take-backs and recalls, by event");
    describe_counter!(ERASED, "Bodies erased, by cause");
    describe_counter!(DOSSIERS, "Dossiers that got a number, by status");
    describe_counter!(
        DOSSIER_MOVES,
        "Moves of dossiers, by the status that they led to"
    );
    describe_counter!(ORPHANS, "Files of changes never committed, removed");
    describe_counter!(TASKS_PANICKED, "Tasks that panicked; 0 is good");
    describe_counter!(
        DEAD_LETTERS,
        "Dead letters sent again or given up, by event"
    );
    describe_gauge!(RETENTION_OPEN, "Documents kept because they are open");
    describe_gauge!(
        RETENTION_WALKED,
        Unit::Seconds,
        "When terms were last looked at to the end, since 1970"
    );
    describe_counter!(PROBLEMS, "Bad requests and faults, by code");
    describe_gauge!(HELD, "Documents on hold");
    describe_counter!(REJUDGED, "Documents judged again, by disposition");
    describe_counter!(DOUBTED, "Verdicts put in doubt by a later revocation");
    describe_gauge!(CONNECTIONS, "Connections open on the exchange listener");
    describe_counter!(RELOADS, "Reloads of the rules, by outcome");
    describe_gauge!(PASSED_OVER, "Unreadable files under certs/");
    describe_gauge!(POSITION, "The newest record applied");
    describe_counter!(SYNCS, "Syncs of the log, one per group");
    describe_counter!(FETCHES, "Fetches of evidence, by kind and outcome");
    describe_gauge!(CACHE_BYTES, Unit::Bytes, "Fetched evidence on the disk");
    describe_gauge!(
        OLDEST_CRL_SECONDS,
        Unit::Seconds,
        "Age of the oldest fetched CRL"
    );
    describe_counter!(STAMPS, "Attempts to have the log stamped, by outcome");
    describe_gauge!(STAMP_FAILURES, "Attempts that failed since the last stamp");
    describe_gauge!(STAMPED_POSITION, "The last record that is stamped");
    describe_gauge!(
        STAMPED_TIME,
        Unit::Seconds,
        "When it was stamped, since 1970"
    );
    describe_gauge!(
        RECOUNT_DIFFERENCES,
        "Figures of counters that differ from the log"
    );
    describe_counter!(ATTEMPTS, "Attempts to deliver, by channel and outcome");
    describe_gauge!(WAITING, "Documents that wait for their delivery");
    describe_gauge!(BROKEN, "Recipients left alone because they kept failing");
    describe_counter!(EXPIRED, "Deliveries ended by a clock, by clock and cause");
    describe_gauge!(STUCK, "Documents beyond their clock, by desk; 0 is good");
    describe_gauge!(LATE_REQUESTS, "Take-backs and recalls whose answer is late");
    describe_counter!(LETTERS, "Letters to people, by kind and outcome");
    describe_gauge!(FINDINGS_OVERDUE, "Findings whose remedy is late");
    describe_gauge!(BUILD, "Always 1; version says which build runs");
    metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}
