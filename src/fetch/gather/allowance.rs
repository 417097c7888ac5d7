//! How much one document may have fetched.

use crate::trust::evidence::{Need, Source};
use std::collections::BTreeSet;

/// Needs of one judgement that are looked at: a chain has few certificates.
const MAX_NEEDS: usize = 64;
/// Sources of one need that are tried.
const MAX_SOURCES: usize = 8;
/// Fetches of issuers for one document (`verdicts.md` §3): their addresses come from certificates
/// that nobody vouches for yet.
const MAX_ISSUERS: usize = 4;

/// What one document may still have fetched.
#[derive(Debug, Default)]
pub struct Allowance {
    issuers: BTreeSet<String>,
}

impl Allowance {
    /// The needs without issuers beyond the limit.
    pub fn admit(&mut self, needs: Vec<Need>) -> Vec<Need> {
        let mut admitted = |source: &Source| match source {
            Source::Crl { .. } | Source::Ocsp { .. } => true,
            Source::Issuer { uri } if self.issuers.contains(uri) => true,
            Source::Issuer { uri } => {
                let room = self.issuers.len() < MAX_ISSUERS;
                room && self.issuers.insert(uri.clone())
            }
        };
        let mut needs: Vec<Need> = needs.into_iter().take(MAX_NEEDS).collect();
        for need in &mut needs {
            need.sources.truncate(MAX_SOURCES);
            need.sources.retain(&mut admitted);
        }
        needs.retain(|need| !need.sources.is_empty());
        needs
    }
}
