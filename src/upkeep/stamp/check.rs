//! Every stamp compared with the chain as the log has it now, and its token judged: a log that was
//! rewritten has another hash where a token says otherwise.
//!
//! A token's authority may be gone years later. A later stamp covers, through the chain, the record
//! that names the earlier token: so the earlier one is judged as having existed when the later one was
//! made (EN 319 102-1 §5.6), with what its first verdict rested on at hand.

use super::books::{Books, Later};
use crate::client::stamps::StampsCheckView;
use crate::fetch::{Allowance, Gatherer, News};
use crate::intake::Intake;
use crate::model::event::Event;
use crate::model::{Digest, Position, Timestamp};
use crate::policy::Rules;
use crate::store::{Ledger, LogStamp, ReadError, Vault};
use crate::trust::evidence::Need;
use crate::trust::timestamp::imprint_of;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Rounds of one check: an issuer, then its list, then what is said under both.
const ROUNDS: usize = 3;
/// As long as a person waits for the report about a file.
const PATIENCE: Duration = Duration::from_secs(10);

/// As [`check`], and again when evidence arrives that an open question waits for. It runs beside the
/// requests.
///
/// # Errors
/// See [`ReadError`].
pub async fn check_gathering(
    intake: &Arc<Intake>,
    tokens: Vec<Bytes>,
) -> Result<StampsCheckView, ReadError> {
    let begun = Instant::now();
    let until = begun.checked_add(PATIENCE).unwrap_or(begun);
    let (tokens, mut allowance) = (Arc::new(tokens), Allowance::default());
    let mut left = ROUNDS;
    loop {
        left = left.saturating_sub(1);
        let gatherer = intake.tools().judge.gatherer();
        let since = gatherer.map_or(0, Gatherer::latest);
        let (intake, tokens) = (Arc::clone(intake), Arc::clone(&tokens));
        let work = move || {
            let tools = intake.tools();
            let (rules, now) = (intake.rules(), tools.clock.now());
            look(&*tools.ledger, &*tools.vault, &rules, now, &tokens)
        };
        let looked = tokio::task::spawn_blocking(work).await;
        let (view, needs) = looked.map_err(|e| ReadError::Failed(e.to_string()))??;
        let gatherer = gatherer.filter(|_| left > 0 && !needs.is_empty());
        let Some(gatherer) = gatherer else {
            return Ok(view);
        };
        let gathering = gatherer.gather(needs, &mut allowance, since, until);
        if gathering.await != News::Arrived {
            return Ok(view);
        }
    }
}

/// Reads the whole log and says of every stamp in it whether it holds. `tokens` were kept elsewhere:
/// each has to be over a hash of this log.
///
/// # Errors
/// See [`ReadError`]: a damaged log is one.
pub fn check(
    ledger: &dyn Ledger,
    vault: &dyn Vault,
    rules: &Rules,
    at: Timestamp,
    tokens: &[Bytes],
) -> Result<StampsCheckView, ReadError> {
    look(ledger, vault, rules, at, tokens).map(|(view, _)| view)
}

/// The view, and what would settle what is open in it.
fn look(
    ledger: &dyn Ledger,
    vault: &dyn Vault,
    rules: &Rules,
    at: Timestamp,
    tokens: &[Bytes],
) -> Result<(StampsCheckView, Vec<Need>), ReadError> {
    let (head, _) = ledger.head()?;
    let (mut stamps, mut records) = (Vec::new(), 0u64);
    ledger.replay(head, &mut |record| {
        records = records.saturating_add(1);
        if let Event::Stamped(e) = &record.event {
            stamps.push(LogStamp {
                position: record.position,
                at: record.at,
                stamped: e.as_ref().clone(),
            });
        }
    })?;
    // A second time, for the hashes that are asked for: those of all records would fill memory.
    let mut places: BTreeMap<Position, Option<Digest>> =
        stamps.iter().map(|s| (s.stamped.of, None)).collect();
    let given: Vec<Option<Digest>> = tokens.iter().map(|token| imprint_of(token)).collect();
    let mut met: BTreeMap<Digest, Option<Position>> = given
        .iter()
        .flatten()
        .map(|imprint| (*imprint, None))
        .collect();
    ledger.replay(head, &mut |record| {
        if let Some(place) = places.get_mut(&record.position) {
            *place = Some(record.hash);
        }
        if let Some(place) = met.get_mut(&record.hash) {
            *place = Some(record.position);
        }
    })?;
    let books = Books { vault, rules, at };
    let mut needs = BTreeSet::new();
    let (mut views, mut later) = (Vec::with_capacity(stamps.len()), None);
    for stamp in stamps.iter().rev() {
        let chain = places.get(&stamp.stamped.of).copied().flatten();
        let found = books.stamp(stamp, chain, later);
        let proved = found.proves.map(|at| Later {
            of: stamp.stamped.of,
            at,
        });
        // The earliest proof of all that are later counts.
        later = proved.or(later);
        needs.extend(found.needs);
        views.push(found.view);
    }
    views.reverse();
    for (token, imprint) in tokens.iter().zip(&given) {
        let at = imprint.and_then(|imprint| met.get(&imprint).copied().flatten());
        let found = books.given(token, *imprint, at);
        needs.extend(found.needs);
        views.push(found.view);
    }
    let stamps = views;
    let view = StampsCheckView { records, stamps };
    Ok((view, needs.into_iter().collect()))
}
