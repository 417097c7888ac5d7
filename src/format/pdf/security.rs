//! The document security store: what came with the file for the validation of its signatures
//! (ISO 32000-2 §12.8.4.3, EN 319 142-1 §5.4).

use super::value::{Dictionary, Value};
use super::view::View;
use crate::format::limits::{MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES, MAX_SUPPLIED_EVIDENCE};
use std::collections::BTreeSet;

/// Certificates, lists and responses, each as DER and each once.
#[derive(Clone, Debug, Default)]
pub struct SecurityStore {
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses.
    pub responses: Vec<Vec<u8>>,
}

impl SecurityStore {
    /// What the store of one revision holds. What cannot be read is passed over: it proves nothing.
    pub(crate) fn of(view: View<'_, '_>) -> Self {
        let mut found = Self::default();
        let store = view.catalog().and_then(|c| view.dictionary(&c, b"DSS"));
        let Some(store) = store else {
            return found;
        };
        let mut seen = BTreeSet::new();
        found.add(&store, [&b"Certs"[..], b"CRLs", b"OCSPs"], view, &mut seen);
        // What only speaks for one signature (§12.8.4.4).
        let related = view.dictionary(&store, b"VRI");
        let related = related.map(|related| related.entries).unwrap_or_default();
        for (_, one) in related.iter().take(MAX_SUPPLIED_EVIDENCE) {
            if let Some(Value::Dictionary(one)) = view.direct(one) {
                found.add(&one, [&b"Cert"[..], b"CRL", b"OCSP"], view, &mut seen);
            }
        }
        found
    }

    /// Whether it holds nothing that speaks about revocation.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        self.crls.is_empty() && self.responses.is_empty()
    }

    fn add<'d>(
        &mut self,
        dictionary: &Dictionary<'d>,
        keys: [&[u8]; 3],
        view: View<'d, '_>,
        seen: &mut BTreeSet<u32>,
    ) {
        let [certificates, crls, responses] = keys;
        for (key, kind, limit) in [
            (certificates, &mut self.certificates, MAX_CERTIFICATES),
            (crls, &mut self.crls, MAX_SUPPLIED_EVIDENCE),
            (responses, &mut self.responses, MAX_SUPPLIED_EVIDENCE),
        ] {
            let items = view.array(dictionary, key).unwrap_or_default();
            for number in items.iter().filter_map(Value::reference) {
                if kind.len() < limit && seen.insert(number) {
                    kind.extend(stream(number, view));
                }
            }
        }
        self.certificates
            .retain(|der| der.len() <= MAX_CERTIFICATE_BYTES);
    }
}

fn stream(number: u32, view: View<'_, '_>) -> Option<Vec<u8>> {
    let object = view.object(number).filter(|object| object.is_stream)?;
    view.decoded(&object)
}
