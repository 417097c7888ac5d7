//! What was said with a dossier, as it is kept: the applicant's particulars, what was declared, and the list of what was
//! handed in. It is a body, so that it can be erased; nothing of it is in an event or a log.

use super::super::{Intake, Note};
use super::DossierError;
use crate::client::dossier::{ApplicantView, ComponentView, DossierView};
use crate::dossier::life::DossierState;
use crate::dossier::{Facts, Value};
use crate::model::digest;
use bytes::Bytes;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was said.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Words {
    /// Who hands it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<ApplicantView>,
    /// What was declared.
    #[serde(default)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// What was handed in.
    #[serde(default)]
    pub components: Vec<ComponentView>,
}

/// Its digest stays in the log, and few words are found by trying: hence the salt.
#[derive(Serialize)]
struct Salted<'w> {
    #[serde(flatten)]
    words: &'w Words,
    salt: String,
}

impl Words {
    /// Of a dossier as it is presented.
    #[must_use]
    pub fn of(view: &DossierView) -> Self {
        let value = |value: &Value| match value {
            Value::Flag(set) => serde_json::Value::from(*set),
            Value::Number(number) => serde_json::Value::from(*number),
            Value::Word(word) => serde_json::Value::from(word.as_str()),
        };
        let facts = view.facts.iter();
        Self {
            applicant: view.applicant.clone(),
            facts: facts
                .map(|(name, own)| (name.clone(), value(own)))
                .collect(),
            components: view.components.clone(),
        }
    }

    /// The facts for the check.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let value = |own: &serde_json::Value| match own {
            serde_json::Value::Bool(set) => Some(Value::Flag(*set)),
            serde_json::Value::Number(number) => number.as_i64().map(Value::Number),
            serde_json::Value::String(word) => Some(Value::Word(word.clone())),
            serde_json::Value::Null
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => None,
        };
        let all = self.facts.iter();
        all.filter_map(|(name, own)| Some((name.clone(), value(own)?)))
            .collect()
    }

    /// The same bytes for the same words.
    #[must_use]
    pub fn plain(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// As they are kept.
    #[must_use]
    pub fn salted(&self) -> Bytes {
        let mut salt = [0; 16];
        // Fails only before the kernel has gathered any chance at boot; the words are kept all the same.
        let _ = SystemRandom::new().fill(&mut salt);
        let salted = Salted {
            words: self,
            salt: digest::to_hex(&salt),
        };
        Bytes::from(serde_json::to_vec(&salted).unwrap_or_default())
    }
}

/// The reason and who is at the counter.
pub(super) fn note_of(view: &DossierView) -> Note {
    Note {
        reason: view.reason.clone(),
        staff: view.staff.clone(),
    }
}

impl Intake {
    /// What was said with a dossier by now; `None`: it was erased.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub fn dossier_words(&self, state: &DossierState) -> Result<Option<Words>, DossierError> {
        let Some(presented) = state.presented() else {
            return Ok(None);
        };
        if state.is_erased(&presented.words) {
            return Ok(None);
        }
        let bytes = self.body(&presented.words)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}
