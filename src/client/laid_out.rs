//! What a verdict rests on as files laid out like `certs/`, so that `verify --trust` takes the folder: the same
//! in an evidence bundle, for whoever judges one, and in a folder that `evidence` writes.

use super::bundle::domain_folder;
use super::wire::EvidenceView;
use crate::format::zip::write::folded;
use std::collections::BTreeSet;

/// Where more was looked for when the verdict was given (`awaited` of the report).
pub const AWAITED: &str = "awaited.json";

/// A file of the layout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LaidOut {
    /// Its path below the folder.
    pub path: String,
    /// Its media type.
    pub media: &'static str,
    /// What is in it: a text, or else the piece itself.
    pub text: Option<String>,
}

/// The files of one piece whose SHA-256 is `hex`, the piece itself first. Of two whose names some system takes
/// for one (domains `a` and `A`), the first.
#[must_use]
pub fn laid_out(item: &EvidenceView, hex: &str) -> Vec<LaidOut> {
    let mut files = Vec::new();
    let mut names = BTreeSet::new();
    let mut add = |path: String, media, text| {
        if names.insert(folded(&path)) {
            files.push(LaidOut { path, media, text });
        }
    };
    if item.kind != "certificate" || item.anchors.is_empty() {
        let (path, media) = own_place(&item.kind, hex);
        add(path, media, None);
    }
    if item.kind == "certificate" {
        // An anchor among the intermediates would be one more way to the same root; one of several domains
        // lies in the folder of each.
        for anchor in &item.anchors {
            let place = format!("trust/{}/{hex}", domain_folder(&anchor.domain));
            add(format!("{place}.cer"), "application/pkix-cert", None);
            let constraints = Some(anchor.constraints.clone());
            add(format!("{place}.toml"), "application/toml", constraints);
        }
    }
    if let Some(since) = item.distrusted.as_deref() {
        let line = match since {
            "always" => format!("{hex}\n"),
            since => format!("{hex} from {since}\n"),
        };
        add(format!("distrust/{hex}.txt"), "text/plain", Some(line));
    }
    files
}

fn own_place(kind: &str, hex: &str) -> (String, &'static str) {
    match kind {
        "certificate" => (format!("intermediate/{hex}.cer"), "application/pkix-cert"),
        "crl" => (format!("crl/{hex}.crl"), "application/pkix-crl"),
        "ocsp" => (format!("ocsp/{hex}.der"), "application/ocsp-response"),
        "algorithms" => ("algorithms.toml".to_owned(), "application/toml"),
        _ => (format!("other/{hex}"), "application/octet-stream"),
    }
}

/// What [`AWAITED`] holds.
#[must_use]
pub fn awaited(awaited: &serde_json::Value) -> Vec<u8> {
    serde_json::to_vec_pretty(awaited).unwrap_or_default()
}
