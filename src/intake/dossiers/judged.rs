//! The files of a dossier into what the check reads of them.

use super::DossierError;
use crate::client::dossier::ComponentView;
use crate::dossier::Offered;
use crate::judge::{FileInput, Judge, Patience};
use crate::model::{Timestamp, UnitCode};
use crate::policy::{Rules, signed_file};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long all files of a dossier together are waited for; what cannot be fetched by then is undecided.
const WAIT: Duration = Duration::from_secs(8);

/// What the files of a dossier are judged with.
#[derive(Clone, Copy, Debug)]
pub struct JudgeDossier<'a> {
    /// The judging threads.
    pub judge: &'a Judge,
    /// The rules in force.
    pub rules: &'a Arc<Rules>,
    /// The agency that asks, if one does.
    pub whose: Option<&'a UnitCode>,
    /// The moment as of which it is judged.
    pub at: Timestamp,
    /// How long each file is waited for.
    pub patience: Patience,
}

/// What was handed in, with what its signatures say; `files` are those of the components that name one, in their order.
/// Nothing of it hangs on names or order.
///
/// # Errors
/// [`DossierError::Files`], [`DossierError::Misshapen`] or [`DossierError::Judge`].
pub async fn judged(
    with: JudgeDossier<'_>,
    components: &[ComponentView],
    files: &[FileInput],
) -> Result<Vec<Offered>, DossierError> {
    let named = components.iter().filter(|own| own.file.is_some()).count();
    if named != files.len() {
        return Err(DossierError::Files(named));
    }
    let begun = Instant::now();
    let mut files = files.iter();
    let mut offered = Vec::with_capacity(components.len());
    for component in components {
        let file = component.file.as_ref().and_then(|_| files.next());
        let content = match file {
            None => None,
            Some(file) => {
                let patience = match begun.elapsed() < WAIT {
                    true => with.patience,
                    false => Patience::None,
                };
                let given = (file.clone(), Vec::new());
                let rules = Arc::clone(with.rules);
                let report = with
                    .judge
                    .verify(rules, with.whose.cloned(), given, with.at, patience)
                    .await?;
                Some((file.digest, signed_file(with.rules, &report, with.at)))
            }
        };
        offered.push(component.offered(content)?);
    }
    Ok(offered)
}
