//! A mail server, and what it says.

use super::MailError;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, Tls, TlsParameters, TlsVersion,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use std::fmt;
use std::time::Duration;

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// TLS from the first byte (RFC 8314 §3).
    Tls,
    /// STARTTLS, which must be there (RFC 3207): nothing is said of a letter before.
    StartTls,
    /// None: only to a server on this machine.
    None,
}

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name, which its certificate has to carry.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub security: Security,
    /// If there are any, only these authorities (PEM) are trusted; otherwise those of the system.
    pub authorities: Option<Vec<u8>>,
    /// Name and password, if it wants any.
    pub login: Option<(String, String)>,
    /// How long one of its answers may take.
    pub patience: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({}:{})", self.host, self.port)
    }
}

/// A connection for each letter: there are few, and none is kept open between.
pub(super) fn transport(
    server: &Server,
    own_name: &str,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let tls = match server.security {
        Security::None => Tls::None,
        Security::Tls => Tls::Wrapper(parameters(server)?),
        Security::StartTls => Tls::Required(parameters(server)?),
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
        .port(server.port)
        .tls(tls)
        .timeout(Some(server.patience))
        .hello_name(ClientId::Domain(own_name.to_owned()));
    let builder = match &server.login {
        Some((name, password)) => {
            builder.credentials(Credentials::new(name.clone(), password.clone()))
        }
        None => builder,
    };
    Ok(builder.build())
}

fn parameters(server: &Server) -> Result<TlsParameters, MailError> {
    let failed = |e: smtp::Error| MailError::Settings(e.to_string());
    let mut builder = TlsParameters::builder(server.host.clone());
    builder = builder.set_min_tls_version(TlsVersion::Tlsv12);
    if let Some(pem) = &server.authorities {
        let authorities = Certificate::from_pem(pem).map_err(failed)?;
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(authorities);
    }
    builder.build_rustls().map_err(failed)
}

/// What went wrong: a refusal for good is of the letter, but those of a name and password are of the settings
/// (RFC 4954 §6: 530, 534, 535, 538).
pub(super) fn failed(error: &smtp::Error) -> MailError {
    let said = whole(error);
    let code = error.status().map(|code| code.to_string());
    let login = ["530", "534", "535", "538"];
    if code.is_some_and(|code| login.contains(&code.as_str())) {
        return MailError::Settings(said);
    }
    match error.is_permanent() {
        true => MailError::Refused(said),
        false => MailError::Server(said),
    }
}

/// An error with what brought it about.
fn whole(error: &smtp::Error) -> String {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_said = inner.to_string();
        if !said.contains(&inner_said) {
            said = format!("{said}: {inner_said}");
        }
        cause = inner.source();
    }
    said
}
