//! TLS of the client: ring, one pinned CA, the unit's own certificate.

use super::ClientError;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, ClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| ClientError::Setup(e.to_string()))
}

/// Trusts `ca` only and presents `certificate`.
pub(super) fn mutual(
    ca: &Path,
    certificate: &Path,
    key: &Path,
) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::empty();
    for der in certificates(ca)? {
        roots.add(der).map_err(|e| wrong(ca, &e))?;
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(key, &e))?;
    builder()?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates(certificate)?, private)
        .map_err(|e| wrong(certificate, &e))
}

/// Trusts nothing: for the local socket, where no TLS is spoken.
pub(super) fn none() -> Result<ClientConfig, ClientError> {
    let roots = RootCertStore::empty();
    Ok(builder()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let all = CertificateDer::pem_file_iter(path).map_err(|e| wrong(path, &e))?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(|e| wrong(path, &e))?;
    if all.is_empty() {
        return Err(wrong(path, &"there is no certificate in it"));
    }
    Ok(all)
}

fn wrong(path: &Path, problem: &dyn std::fmt::Display) -> ClientError {
    ClientError::File(path.into(), problem.to_string())
}
