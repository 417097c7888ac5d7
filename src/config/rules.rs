//! The folders under `certs/` and the registry, loaded into rules: everything or nothing.
//!
//! ```text
//! trust/<domain>/   anchors            *.pem *.crt *.cer *.der
//! intermediate/     other CA certificates   the same
//! distrust/         certificates never accepted; *.txt with SHA-256 of certificates or keys
//! crl/              revocation lists    *.crl *.pem *.der
//! ```
//!
//! Other files are left alone. Files are read, never mapped: their owner may change them.

use super::{ConfigError, SeenCrls, Settings, registry};
use crate::format::asn1::read::Reader;
use crate::format::cms::read::Algorithm;
use crate::model::{Digest, Timestamp};
use crate::policy::Rules;
use crate::trust::algorithms::SignatureScheme;
use crate::trust::certificate::Certificate;
use crate::trust::material::{Material, MaterialInput};
use crate::trust::revocation::crl::Crl;
use crate::trust::validator::Validator;
use rustls_pki_types::pem::{PemObject, SectionKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest file read: a national CRL of 64 MiB lists more than a million certificates
/// (`verdicts.md` §3).
const MAX_FILE: u64 = 64 << 20;
const CERTIFICATES: &[&str] = &["pem", "crt", "cer", "der"];
const CRLS: &[&str] = &["crl", "pem", "der"];

/// Loads every rule that a judgement follows.
///
/// # Errors
/// [`ConfigError`], naming the file that is not what its folder holds.
pub fn load_rules(settings: &Settings) -> Result<Rules, ConfigError> {
    rules(settings, BTreeMap::new())
}

/// As [`load_rules`], leaving out CRLs older than one already seen of the same issuer.
///
/// # Errors
/// As [`load_rules`].
pub fn load_rules_after(settings: &Settings, seen: &SeenCrls) -> Result<Rules, ConfigError> {
    rules(settings, seen.newest().clone())
}

fn rules(
    settings: &Settings,
    newest_seen: BTreeMap<String, Timestamp>,
) -> Result<Rules, ConfigError> {
    let input = MaterialInput {
        max_crl_age_secs: settings.max_crl_age_secs,
        newest_seen,
        ..MaterialInput::default()
    };
    let material = material(&settings.certs, input)?;
    let registry = registry::read(&settings.units)?;
    let validator = Arc::new(Validator::new(Arc::new(material)));
    Ok(Rules::new(
        validator,
        Arc::new(registry),
        settings.policy.clone(),
    ))
}

/// Loads anchors, intermediates, distrust and CRLs from a folder laid out like `certs/`.
///
/// # Errors
/// [`ConfigError`], naming the file that is not what its folder holds.
pub fn load_material(certs: &Path, max_crl_age_secs: Option<i64>) -> Result<Material, ConfigError> {
    let input = MaterialInput {
        max_crl_age_secs,
        ..MaterialInput::default()
    };
    material(certs, input)
}

/// Fills `input` from the folders.
fn material(certs: &Path, mut input: MaterialInput) -> Result<Material, ConfigError> {
    for folder in entries(&certs.join("trust"))? {
        // A file beside the domains belongs to no domain, so it anchors nothing.
        if folder.is_dir() {
            let domain = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let anchors = certificates(&folder)?.into_iter();
            input
                .anchors
                .extend(anchors.map(|der| (domain.clone(), der)));
        }
    }
    input.intermediates = certificates(&certs.join("intermediate"))?;
    input.distrust = distrust(&certs.join("distrust"))?;
    for path in files(&certs.join("crl"), CRLS)? {
        for der in decode(&path, SectionKind::Crl)? {
            Crl::parse(der.clone()).map_err(|e| wrong(&path, &e))?;
            input.crls.push(der);
        }
    }
    // Every item was parsed above under its file's name, so this names none.
    Material::new(input).map_err(|e| wrong(certs, &e))
}

/// Every certificate of a file, PEM or DER.
///
/// # Errors
/// [`ConfigError`], naming the file.
pub fn read_certificates(path: &Path) -> Result<Vec<Certificate>, ConfigError> {
    let all = decode(path, SectionKind::Certificate)?.into_iter();
    all.map(|der| Certificate::parse(&der).map_err(|e| wrong(path, &e)))
        .collect()
}

/// Whether `issuer` issued `certificate`, by name and by signature.
#[must_use]
pub fn issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let mut reader = Reader::new(certificate.signature_algorithm());
    let scheme = Algorithm::read(&mut reader).ok();
    let scheme = scheme.and_then(|a| SignatureScheme::new(&a, None).ok());
    let signed = |scheme: SignatureScheme| {
        let (message, value) = (certificate.to_be_signed(), certificate.signature());
        scheme.verify(issuer.public_key(), message, value).is_ok()
    };
    certificate.issuer() == issuer.subject() && scheme.is_some_and(signed)
}

/// The issuer of a certificate among anchors, intermediates and the gateway's own CAs.
///
/// # Errors
/// [`ConfigError`], naming a file that is not what its folder holds.
pub fn find_issuer(
    certs: &Path,
    certificate: &Certificate,
) -> Result<Option<Certificate>, ConfigError> {
    let mut folders = entries(&certs.join("trust"))?;
    folders.retain(|folder| folder.is_dir());
    folders.extend([certs.join("intermediate"), certs.join("own")]);
    for folder in folders {
        for path in files(&folder, CERTIFICATES)? {
            let all = read_certificates(&path)?;
            if let Some(issuer) = all.into_iter().find(|c| issued_by(certificate, c)) {
                return Ok(Some(issuer));
            }
        }
    }
    Ok(None)
}

fn certificates(folder: &Path) -> Result<Vec<Vec<u8>>, ConfigError> {
    let mut all = Vec::new();
    for path in files(folder, CERTIFICATES)? {
        for der in decode(&path, SectionKind::Certificate)? {
            Certificate::parse(&der).map_err(|e| wrong(&path, &e))?;
            all.push(der);
        }
    }
    Ok(all)
}

fn distrust(folder: &Path) -> Result<Vec<Digest>, ConfigError> {
    let mut all: Vec<Digest> = certificates(folder)?
        .iter()
        .map(|der| Digest::of(der))
        .collect();
    for path in files(folder, &["txt"])? {
        let bytes = read(&path)?;
        for (i, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let number = i.saturating_add(1);
            let problem = || wrong(&path, &format!("line {number}: expected a SHA-256 in hex"));
            all.push(Digest::from_hex(&line.replace(':', "")).ok_or_else(problem)?);
        }
    }
    Ok(all)
}

/// The entries of a folder by name; a folder that is not there is empty.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let failed = |e: std::io::Error| ConfigError::Read {
        path: folder.into(),
        problem: e.to_string(),
    };
    let listed = match std::fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut all = Vec::new();
    for entry in listed {
        all.push(entry.map_err(failed)?.path());
    }
    all.sort();
    Ok(all)
}

fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, ConfigError> {
    let known = |path: &PathBuf| {
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with('.'));
        path.is_file() && !hidden && endings.contains(&ending.as_str())
    };
    Ok(entries(folder)?.into_iter().filter(known).collect())
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let failed = |e: std::io::Error| ConfigError::Read {
        path: path.into(),
        problem: e.to_string(),
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE {
        return Err(wrong(path, &format!("longer than {MAX_FILE} bytes")));
    }
    std::fs::read(path).map_err(failed)
}

/// The items of a file: PEM sections of that kind, or the whole file as DER.
fn decode(path: &Path, kind: SectionKind) -> Result<Vec<Vec<u8>>, ConfigError> {
    let bytes = read(path)?;
    if bytes.first() == Some(&0x30) {
        return Ok(vec![bytes]);
    }
    let mut all = Vec::new();
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(&bytes) {
        let (found, der) = section.map_err(|e| wrong(path, &e))?;
        if found == kind {
            all.push(der);
        }
    }
    if all.is_empty() {
        return Err(wrong(path, &format!("neither DER nor PEM with a {kind:?}")));
    }
    Ok(all)
}

fn wrong(path: &Path, problem: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::Material {
        path: path.into(),
        problem: problem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::key::KeyKind;
    use crate::forge::pki::{self, Authority, Validity};
    use crate::model::Timestamp;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn write(certs: &Path, name: &str, bytes: &[u8]) {
        let path = certs.join(name);
        std::fs::create_dir_all(path.parent().expect("folder")).expect("folder");
        std::fs::write(path, bytes).expect("written");
    }

    fn authority(name: &str) -> Authority {
        Authority::root(name, KeyKind::P256, Validity::around(NOW)).expect("root")
    }

    fn crl(authority: &Authority) -> Vec<u8> {
        let crl = pki::Crl {
            validity: Validity::around(NOW),
            number: 1,
            revoked: Vec::new(),
        };
        authority.crl(&crl).expect("crl")
    }

    #[test]
    fn every_folder_is_read_in_pem_and_der() {
        let folder = tempfile::tempdir().expect("folder");
        let certs = folder.path();
        assert_eq!(
            load_material(certs, None).expect("empty").anchors().count(),
            0
        );
        let (a, b, c) = (authority("A"), authority("B"), authority("C"));
        let two = format!("# hai chứng thư\n{}{}", a.pem(), b.pem());
        write(certs, "trust/co-yeu/two.pem", two.as_bytes());
        write(certs, "trust/cong-cong/C.DER", c.der());
        write(certs, "trust/README.md", b"no anchor");
        write(certs, "trust/stray.pem", c.pem().as_bytes());
        write(certs, "intermediate/b.crt", b.der());
        write(
            certs,
            "distrust/list.txt",
            format!("# x\n{}\n", Digest::of(b"k")).as_bytes(),
        );
        write(certs, "crl/a.crl", &crl(&a));
        write(
            certs,
            "crl/b.pem",
            pki::pem("X509 CRL", &crl(&b)).as_bytes(),
        );
        let material = load_material(certs, Some(3600)).expect("good");
        let domains: Vec<&str> = material.anchors().map(|(domain, _)| domain).collect();
        assert_eq!(domains, ["co-yeu", "co-yeu", "cong-cong"]);
        assert_eq!(material.intermediates().count(), 1);
        assert_eq!(material.crls().count(), 2);
    }

    #[test]
    fn a_file_that_is_something_else_is_named() {
        let a = authority("A");
        let table: [(&str, Vec<u8>); 6] = [
            ("trust/d/empty.pem", Vec::new()),
            (
                "trust/d/list.pem",
                pki::pem("X509 CRL", &crl(&a)).into_bytes(),
            ),
            ("intermediate/cut.der", a.der()[..40].to_vec()),
            ("crl/certificate.der", a.der().to_vec()),
            (
                "crl/broken.pem",
                b"-----BEGIN X509 CRL-----\n!!\n-----END X509 CRL-----\n".to_vec(),
            ),
            ("distrust/list.txt", b"not a digest".to_vec()),
        ];
        for (name, bytes) in table {
            let folder = tempfile::tempdir().expect("folder");
            write(folder.path(), name, &bytes);
            let error = load_material(folder.path(), None).expect_err(name);
            assert!(error.to_string().contains(name), "{name}: {error}");
        }
    }
}
