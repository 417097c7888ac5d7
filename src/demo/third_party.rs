//! Third-party files: a folder with a `manifest.json` that says what each file is, or any folder.

use super::DemoError;
use super::world::MaterialFile;
use crate::model::Digest;
use crate::trust::anchor::AnchorInput;
use crate::trust::certificate::Certificate;
use crate::trust::material::{Material, MaterialInput};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The kinds of the manifest that are PDF or CMS.
const KINDS: [&str; 5] = ["pades", "pdf-diff", "pdf-attack", "cms", "cades"];
/// The endings taken from a folder without a manifest.
const ENDINGS: [&str; 4] = ["pdf", "p7m", "p7s", "cms"];
/// The domain under which foreign anchors stand.
const DOMAIN: &str = "ben-ngoai";

/// One file to send, with what is known about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Foreign {
    /// Its name in the manifest, or its file name.
    pub id: String,
    /// Its kind in the manifest, or its ending.
    pub kind: String,
    /// The file.
    pub path: PathBuf,
    /// The content of a detached signature.
    pub detached: Option<PathBuf>,
    /// SHA-256 of the file, as the manifest says.
    pub sha256: Option<Digest>,
    /// Whether the manifest says that it must not pass.
    pub must_not_pass: bool,
}

#[derive(Deserialize)]
struct Manifest {
    cases: Vec<RawCase>,
}

#[derive(Deserialize)]
struct RawCase {
    id: String,
    kind: String,
    file: PathBuf,
    sha256: String,
    expected: Expected,
    #[serde(default)]
    aux: Vec<Aux>,
    #[serde(default)]
    disputed: serde_json::Value,
}

#[derive(Deserialize)]
struct Expected {
    verdict: String,
    #[serde(default)]
    acceptable_verdicts: Vec<String>,
}

#[derive(Deserialize)]
struct Aux {
    role: String,
    file: PathBuf,
}

/// Reads a folder: its files, and the anchors, issuing certificates and CRLs beside them.
///
/// # Errors
/// [`DemoError::Folder`] for what cannot be read.
pub fn read(folder: &Path) -> Result<(Vec<Foreign>, Vec<MaterialFile>), DemoError> {
    let manifest = folder.join("manifest.json");
    if !manifest.is_file() {
        return scan(folder);
    }
    let wrong = |problem: String| DemoError::Folder {
        path: manifest.clone(),
        problem,
    };
    let text = std::fs::read(&manifest).map_err(|e| wrong(e.to_string()))?;
    let parsed: Manifest = serde_json::from_slice(&text).map_err(|e| wrong(e.to_string()))?;
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    let mut material = BTreeMap::new();
    for case in parsed
        .cases
        .into_iter()
        .filter(|c| KINDS.contains(&c.kind.as_str()))
    {
        for aux in &case.aux {
            take(folder, aux, &mut material);
        }
        let detached = case.aux.iter().find(|a| a.role == "detached");
        let detached = detached.map(|a| folder.join(&a.file));
        if !seen.insert((case.file.clone(), detached.clone())) {
            continue;
        }
        let disputed = case
            .disputed
            .as_bool()
            .unwrap_or_else(|| !case.disputed.is_null());
        let tolerated = case
            .expected
            .acceptable_verdicts
            .iter()
            .any(|v| v == "valid");
        files.push(Foreign {
            must_not_pass: case.expected.verdict == "invalid" && !disputed && !tolerated,
            sha256: Digest::from_hex(&case.sha256),
            id: case.id,
            kind: case.kind,
            path: folder.join(&case.file),
            detached,
        });
    }
    Ok((files, material.into_values().collect()))
}

/// A folder without a manifest: PDF and CMS files, and certificates and CRLs by their endings.
fn scan(folder: &Path) -> Result<(Vec<Foreign>, Vec<MaterialFile>), DemoError> {
    let failed = |e: std::io::Error| DemoError::folder(folder, &e);
    let (mut out, mut material) = (Vec::new(), BTreeMap::new());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let role = match ending.as_str() {
            "crt" | "cer" | "pem" => "certificate",
            "crl" => "crl",
            known if ENDINGS.contains(&known) && path.is_file() => {
                out.push(found(path, ending));
                continue;
            }
            _ => continue,
        };
        let aux = Aux {
            role: role.into(),
            file: path,
        };
        take(folder, &aux, &mut material);
    }
    out.sort_by(|a, b| a.id.cmp(&b.id));
    Ok((out, material.into_values().collect()))
}

fn found(path: PathBuf, ending: String) -> Foreign {
    let signed = path.with_extension("");
    let detached = (ending == "p7s" && signed.is_file()).then_some(signed);
    Foreign {
        id: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        kind: ending,
        path,
        detached,
        sha256: None,
        must_not_pass: false,
    }
}

/// Takes an anchor, certificate or CRL that the gateway can use; the others it would refuse as a
/// whole, and a case without its anchor only stays without a path.
fn take(folder: &Path, aux: &Aux, into: &mut BTreeMap<Digest, MaterialFile>) {
    let Ok(bytes) = std::fs::read(folder.join(&aux.file)) else {
        return;
    };
    let certificate = || match CertificateDer::from_pem_slice(&bytes) {
        Ok(der) => der.to_vec(),
        Err(_) => bytes.clone(),
    };
    let mut input = MaterialInput::default();
    let self_issued = || Certificate::parse(&certificate()).is_ok_and(|c| c.is_self_issued());
    let role = match aux.role.as_str() {
        "certificate" if self_issued() => "trust_anchor",
        "certificate" => "intermediate",
        role => role,
    };
    let (place, ending, der) = match role {
        "trust_anchor" => {
            let der = certificate();
            let anchor = AnchorInput::ordinary(DOMAIN, der.clone());
            input.anchors.push(anchor);
            (format!("trust/{DOMAIN}"), "crt", der)
        }
        "intermediate" => {
            let der = certificate();
            input.intermediates.push(der.clone());
            ("intermediate".to_owned(), "crt", der)
        }
        "crl" => {
            let der = match CertificateRevocationListDer::from_pem_slice(&bytes) {
                Ok(der) => der.to_vec(),
                Err(_) => bytes.clone(),
            };
            input.crls.push(der.clone().into());
            ("crl".to_owned(), "crl", der)
        }
        _ => return,
    };
    if Material::new(input).is_ok() {
        let digest = Digest::of(&der);
        let path = format!("{place}/{digest}.{ending}");
        into.insert(digest, MaterialFile { path, bytes: der });
    }
}
