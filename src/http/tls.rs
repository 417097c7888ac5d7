//! The exchange listener's TLS: 1.2 and 1.3 with ring, client certificates asked for and checked
//! against the transport CAs. A client without one gets through the handshake, so that it can be
//! told in words what it lacks; one with a wrong certificate does not.

use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use std::sync::Arc;

/// What the listener shows and whom it trusts.
pub struct Material {
    /// The server's certificate first, then what chains it.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
    /// The CAs of client certificates.
    pub clients: Vec<CertificateDer<'static>>,
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Material({} certificates)", self.chain.len())
    }
}

/// Why the listener cannot use its certificates.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("TLS: {0}")]
pub struct TlsError(String);

/// The listener's configuration.
///
/// # Errors
/// [`TlsError`] if key, certificate or CAs do not fit.
pub fn server_config(material: Material) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    for ca in material.clients {
        roots.add(ca).map_err(|e| TlsError(e.to_string()))?;
    }
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .map_err(|e| TlsError(e.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| TlsError(e.to_string()))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(material.chain, material.key)
        .map_err(|e| TlsError(e.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
