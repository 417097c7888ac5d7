//! One evidence bundle, fetched by its sender and judged as an inspector would: from the file alone, under the
//! pinned receipt CA and the anchors; then with one octet changed.

use super::DemoError;
use super::exchange::Exchange;
use super::install::Installation;
use crate::client::progress::Progress;
use crate::clock::{Clock, SystemClock};
use crate::format::content::Memory;
use crate::judge::bundle::{self, Again, Proven};
use crate::model::DocumentId;
use std::path::PathBuf;

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundled {
    /// Where the bundle lies.
    pub path: PathBuf,
    /// Receipts proven by it.
    pub receipts: usize,
    /// Whether it is what was intended: genuine, the same verdict again, and refused once changed.
    pub intended: bool,
}

/// Fetches and judges the bundle of an accepted document of the first unit.
///
/// # Errors
/// [`DemoError`] if the gateway does not give it.
pub async fn judged(at: &Installation, exchange: &Exchange) -> Result<Option<Bundled>, DemoError> {
    let accepted = exchange.accepted_of(0);
    let id = accepted.first().and_then(|id| DocumentId::parse(id));
    let (Some(office), Some(id)) = (exchange.office(), id) else {
        return Ok(None);
    };
    let folder = at.home.join("bundles");
    std::fs::create_dir_all(&folder).map_err(|e| DemoError::folder(&folder, &e))?;
    let path = folder.join(format!("{id}.asice"));
    let silent = Progress::silent();
    office.client.bundle(id, &path, &silent).await?;
    let bytes = std::fs::read(&path).map_err(|e| DemoError::folder(&path, &e))?;
    let certs = at.certs();
    let judge = |bytes: &[u8]| {
        let content = Memory::new(bytes.to_vec().into());
        let ca = office.receipt_ca();
        bundle::judge(&content, ca, Some(&certs), SystemClock.now())
    };
    let mut altered = bytes.clone();
    let middle = altered.len() / 2;
    if let Some(octet) = altered.get_mut(middle) {
        *octet ^= 1;
    }
    let refused = judge(&altered).is_err();
    let proven = judge(&bytes).ok();
    Ok(Some(Bundled {
        path,
        receipts: proven.as_ref().map_or(0, |proven| proven.receipts.len()),
        intended: refused && proven.is_some_and(|proven| same(&proven)),
    }))
}

fn same(proven: &Proven) -> bool {
    let mut again = proven.judgements.iter().map(|judgement| &judgement.again);
    !proven.judgements.is_empty() && again.all(|again| matches!(again, Again::Same(1..)))
}
