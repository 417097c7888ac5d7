//! The registry, the folders under `certs/` and the policy, loaded into rules: everything or nothing.

use super::folder::{decode, entries, files, wrong};
use super::material::{CERTIFICATES, installed, load_after, load_installed, load_material};
use super::{ConfigError, SeenCrls, Settings, holidays, registry};
use crate::format::asn1::read::Reader;
use crate::format::cms::read::Algorithm;
use crate::model::Timestamp;
use crate::policy::{PolicySettings, Rules};
use crate::registry::{Registry, RegistryError};
use crate::shelf::Shelf;
use crate::trust::algorithms::{AlgorithmPolicy, PublicKeyRef, SignatureScheme, Usage};
use crate::trust::certificate::Certificate;
use crate::trust::evidence::Pool;
use crate::trust::material::Material;
use crate::trust::validator::Validator;
use rustls_pki_types::pem::SectionKind;
use std::path::Path;
use std::sync::Arc;

/// Loads every rule that a judgement follows.
///
/// # Errors
/// [`ConfigError`], naming the file that is not what its folder holds.
pub fn load_rules(settings: &Settings) -> Result<Rules, ConfigError> {
    rules(settings, load_installed(settings)?, Arc::default())
}

/// The rules of a folder laid out like `certs/`, without units and under the default policy.
///
/// # Errors
/// [`ConfigError`], naming the file that is not what its folder holds.
pub fn load_folder(certs: &Path) -> Result<Rules, ConfigError> {
    let validator = Validator::new(Arc::new(load_material(certs, None)?));
    let registry = Arc::new(Registry::default());
    Ok(Rules::new(
        Arc::new(validator),
        registry,
        PolicySettings::default(),
    ))
}

/// As [`load_rules`], leaving out CRLs older than one already seen of the same issuer, and going on
/// with what was read before from a list's file that is broken now. Judgements look into `pool` too.
///
/// # Errors
/// As [`load_rules`].
pub fn load_rules_after(
    settings: &Settings,
    seen: &mut SeenCrls,
    pool: &Arc<Pool>,
) -> Result<Rules, ConfigError> {
    let folder = settings.evidence().join("given");
    let shelf = Shelf::open(&folder).inspect_err(|error| {
        tracing::warn!(%error, folder = %folder.display(), "long lists stay in memory");
    });
    let shelf = shelf.ok();
    let input = installed(settings)?;
    let material = load_after(&settings.certs, input, seen, shelf.as_ref())?;
    rules(settings, material, Arc::clone(pool))
}

fn rules(settings: &Settings, material: Material, pool: Arc<Pool>) -> Result<Rules, ConfigError> {
    let registry = registry::read(&settings.units)?;
    let mut grouped = settings.policy.groups.iter().flat_map(|g| &g.units);
    if let Some(code) = grouped.find(|code| registry.unit(code).is_none()) {
        return Err(ConfigError::Registry {
            path: settings.units.clone(),
            error: RegistryError::UnknownGroupUnit(code.clone()),
        });
    }
    let validator = Validator::with_pool(Arc::new(material), pool)
        .admitting(settings.policy.after_last_signature);
    let validator = Arc::new(validator);
    let calendar = holidays::read(&settings.holidays)?;
    let rules = Rules::new(validator, Arc::new(registry), settings.policy.clone());
    Ok(rules.with_calendar(calendar))
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

/// Whether `issuer` issued `certificate`, by name and by a signature that is accepted at `at`.
#[must_use]
pub fn issued_by(
    certificate: &Certificate,
    issuer: &Certificate,
    algorithms: &AlgorithmPolicy,
    at: Timestamp,
) -> bool {
    let mut reader = Reader::new(certificate.signature_algorithm());
    let scheme = Algorithm::read(&mut reader).ok();
    let scheme = scheme.and_then(|a| SignatureScheme::new(&a, None).ok());
    let signed = |scheme: SignatureScheme| {
        let (message, value) = (certificate.to_be_signed(), certificate.signature());
        let key = PublicKeyRef::new(issuer.public_key());
        let verified = scheme.verify_with_facts(key, message, value);
        let accepted = |key| algorithms.judge(Usage::Certificate, scheme, &key, at);
        verified.is_ok_and(|key| accepted(key).is_accepted())
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
    algorithms: &AlgorithmPolicy,
    at: Timestamp,
) -> Result<Option<Certificate>, ConfigError> {
    let mut folders = entries(&certs.join("trust"))?;
    folders.retain(|folder| folder.is_dir());
    folders.extend([certs.join("intermediate"), certs.join("own")]);
    for folder in folders {
        for path in files(&folder, CERTIFICATES)? {
            let all = read_certificates(&path)?;
            let mut issuers = all.into_iter();
            let issued = |c: &Certificate| issued_by(certificate, c, algorithms, at);
            if let Some(issuer) = issuers.find(issued) {
                return Ok(Some(issuer));
            }
        }
    }
    Ok(None)
}
