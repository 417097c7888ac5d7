//! Reading and writing key files: PEM, private keys with mode 0600, nothing overwritten.

use super::KeyError;
use super::issue::{self, Issued, Validity};
use crate::model::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// The names of the gateway's own files, in `certs/own/`.
pub mod own {
    /// The receipt CA's certificate: what recipients pin.
    pub const RECEIPT_CA: &str = "receipt-ca.pem";
    /// The receipt CA's key: needed only to renew the receipt key; may be kept elsewhere.
    pub const RECEIPT_CA_KEY: &str = "receipt-ca.key";
    /// The receipt certificate.
    pub const RECEIPT: &str = "receipt.pem";
    /// The receipt key.
    pub const RECEIPT_KEY: &str = "receipt.key";
    /// The transport CA's certificate: what clients pin, and what the server asks of clients.
    pub const TRANSPORT_CA: &str = "transport-ca.pem";
    /// The transport CA's key: needed to enrol units.
    pub const TRANSPORT_CA_KEY: &str = "transport-ca.key";
    /// The server's certificate.
    pub const SERVER: &str = "server.pem";
    /// The server's key.
    pub const SERVER_KEY: &str = "server.key";
    /// The certificate that the gateway shows where it delivers.
    pub const CLIENT: &str = "client.pem";
    /// Its key.
    pub const CLIENT_KEY: &str = "client.key";
}

/// Makes all of the gateway's own keys and certificates in `folder`.
///
/// # Errors
/// [`KeyError::Exists`] if one of them is there already.
pub fn create_own(
    folder: &Path,
    gateway: &str,
    server_names: &[String],
    at: Timestamp,
) -> Result<(), KeyError> {
    create_own_since(folder, gateway, server_names, (at, at))
}

/// The same at the second moment, for receipts of anything since the first: a history written beforehand lies before.
///
/// # Errors
/// As [`create_own`].
pub fn create_own_since(
    folder: &Path,
    gateway: &str,
    server_names: &[String],
    (first, at): (Timestamp, Timestamp),
) -> Result<(), KeyError> {
    let since = |validity: Validity| Validity {
        from: validity.from.min(first),
        ..validity
    };
    let receipt_ca = issue::create_receipt_ca(gateway, since(Validity::years(at, 20)))?;
    let receipt_authority = issue::Authority::new(&receipt_ca)?;
    let validity = since(Validity::years(at, 5));
    let receipt = issue::issue_receipt(&receipt_authority, gateway, validity)?;
    let transport_ca = issue::create_transport_ca(gateway, Validity::years(at, 20))?;
    let transport_authority = issue::Authority::new(&transport_ca)?;
    let server = issue::issue_server(&transport_authority, server_names, Validity::years(at, 3))?;
    write_pair(folder, own::RECEIPT_CA, own::RECEIPT_CA_KEY, &receipt_ca)?;
    write_pair(folder, own::RECEIPT, own::RECEIPT_KEY, &receipt)?;
    write_pair(
        folder,
        own::TRANSPORT_CA,
        own::TRANSPORT_CA_KEY,
        &transport_ca,
    )?;
    write_pair(folder, own::SERVER, own::SERVER_KEY, &server)?;
    let client =
        issue::issue_gateway_client(&transport_authority, gateway, Validity::years(at, 3))?;
    write_pair(folder, own::CLIENT, own::CLIENT_KEY, &client)
}

/// Makes the certificate that the gateway shows where it delivers, unless there is one: installations
/// made before there was delivery have none. Says whether it was made.
///
/// # Errors
/// See [`KeyError`].
pub fn ensure_client(folder: &Path, gateway: &str, at: Timestamp) -> Result<bool, KeyError> {
    let (certificate, key) = (folder.join(own::CLIENT), folder.join(own::CLIENT_KEY));
    if certificate.exists() || key.exists() {
        return Ok(false);
    }
    let ca = read_pair(folder, own::TRANSPORT_CA, own::TRANSPORT_CA_KEY)?;
    let authority = issue::Authority::new(&ca)?;
    let client = issue::issue_gateway_client(&authority, gateway, Validity::years(at, 3))?;
    write_pair(folder, own::CLIENT, own::CLIENT_KEY, &client)?;
    Ok(true)
}

/// Writes a certificate and its key.
///
/// # Errors
/// See [`KeyError`].
pub fn write_pair(
    folder: &Path,
    certificate: &str,
    key: &str,
    issued: &Issued,
) -> Result<(), KeyError> {
    write_new(&folder.join(key), issued.key_pem.as_bytes(), 0o600)?;
    write_new(
        &folder.join(certificate),
        issued.certificate_pem.as_bytes(),
        0o644,
    )
}

/// Writes a new file with the given mode, durably; an existing one is an error.
///
/// # Errors
/// [`KeyError::Exists`], [`KeyError::Write`].
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeyError> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |e: std::io::Error| {
        if e.kind() == std::io::ErrorKind::AlreadyExists {
            return KeyError::Exists(path.into());
        }
        KeyError::Write {
            path: path.into(),
            problem: e.to_string(),
        }
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(failed)
}

/// The first certificate of a PEM file, DER.
///
/// # Errors
/// See [`KeyError`].
pub fn read_certificate(path: &Path) -> Result<Vec<u8>, KeyError> {
    let pem = read(path)?;
    match CertificateDer::from_pem_slice(&pem) {
        Ok(der) => Ok(der.as_ref().to_vec()),
        Err(e) => Err(content(path, &e)),
    }
}

/// The PKCS#8 key of a PEM file, DER.
///
/// # Errors
/// See [`KeyError`].
pub fn read_key(path: &Path) -> Result<Vec<u8>, KeyError> {
    let pem = read(path)?;
    match PrivatePkcs8KeyDer::from_pem_slice(&pem) {
        Ok(key) => Ok(key.secret_pkcs8_der().to_vec()),
        Err(e) => Err(content(path, &e)),
    }
}

/// A certificate and its key, as issued.
///
/// # Errors
/// See [`KeyError`].
pub fn read_pair(folder: &Path, certificate: &str, key: &str) -> Result<Issued, KeyError> {
    let text = |path: &Path| {
        let bytes = read(path)?;
        String::from_utf8(bytes).map_err(|e| content(path, &e))
    };
    Ok(Issued {
        certificate_der: read_certificate(&folder.join(certificate))?,
        certificate_pem: text(&folder.join(certificate))?,
        key_pem: text(&folder.join(key))?,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    std::fs::read(path).map_err(|e| KeyError::Read {
        path: path.into(),
        problem: e.to_string(),
    })
}

fn content(path: &Path, problem: &dyn std::fmt::Display) -> KeyError {
    KeyError::Content {
        path: path.into(),
        problem: problem.to_string(),
    }
}
