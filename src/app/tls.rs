//! The listener's certificates, read from `certs/own/`.

use crate::http::tls::{Material, server_config};
use crate::keys::files::own;
use axum_server::tls_rustls::RustlsConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;

/// The configuration in use, and the CAs of clients.
pub(super) struct Tls {
    pub(super) config: RustlsConfig,
    pub(super) authorities: Vec<Vec<u8>>,
}

/// Reads everything.
pub(super) fn load(folder: &Path) -> Result<Tls, String> {
    let material = read(folder)?;
    let authorities = material.clients.iter().map(|ca| ca.to_vec()).collect();
    let config = server_config(material).map_err(|e| e.to_string())?;
    Ok(Tls {
        config: RustlsConfig::from_config(Arc::new(config)),
        authorities,
    })
}

impl Tls {
    /// Takes the server's certificate and key anew, for connections from now on. Another transport
    /// CA needs a restart, since open connections were checked against this one.
    pub(super) fn reload(&self, folder: &Path) -> Result<(), String> {
        let material = read(folder)?;
        let authorities: Vec<Vec<u8>> = material.clients.iter().map(|ca| ca.to_vec()).collect();
        if authorities != self.authorities {
            return Err("another transport CA takes effect only with a restart".into());
        }
        let config = server_config(material).map_err(|e| e.to_string())?;
        self.config.reload_from_config(Arc::new(config));
        Ok(())
    }
}

fn read(folder: &Path) -> Result<Material, String> {
    let certificates = |name: &str| {
        let path = folder.join(name);
        let failed = |e: rustls_pki_types::pem::Error| format!("{}: {e}", path.display());
        let all: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_file_iter(&path)
            .map_err(failed)?
            .collect();
        match all {
            Ok(all) if all.is_empty() => Err(format!("{}: no certificate in it", path.display())),
            Ok(all) => Ok(all),
            Err(e) => Err(failed(e)),
        }
    };
    let path = folder.join(own::SERVER_KEY);
    let key = PrivateKeyDer::from_pem_file(&path);
    Ok(Material {
        chain: certificates(own::SERVER)?,
        key: key.map_err(|e| format!("{}: {e}", path.display()))?,
        clients: certificates(own::TRANSPORT_CA)?,
    })
}
