//! Whoever sends letters, put together from the settings.

use crate::config::{MailServer, MailTls, MailWay, Settings};
use crate::mail::{Post, Security, Server};
use std::fs;

/// The longest password file: anything longer is another file.
const MAX_PASSWORD: usize = 4096;

/// Whoever sends letters; `None` where the settings name no way.
///
/// # Errors
/// In words, if a file cannot be read, or the settings cannot be used.
pub fn post(settings: &Settings) -> Result<Option<Post>, String> {
    let mail = &settings.mail;
    let post = match &mail.way {
        None => return Ok(None),
        Some(MailWay::Folder(folder)) => Post::folder(&mail.from, folder.clone()),
        Some(MailWay::Server(named)) => Post::smtp(&mail.from, &server(named)?),
    };
    post.map(Some).map_err(|e| e.to_string())
}

fn server(named: &MailServer) -> Result<Server, String> {
    let read = |path: &std::path::PathBuf| {
        let bytes = fs::read(path);
        bytes.map_err(|e| format!("{}: {e}", path.display()))
    };
    let login = match named.user.clone().zip(named.password_file.as_ref()) {
        None => None,
        Some((user, path)) => {
            let wrong = || format!("{}: one line of text is expected", path.display());
            let bytes = read(path)?;
            let text = String::from_utf8(bytes).map_err(|_| wrong())?;
            let password = text.trim_end_matches(['\r', '\n']);
            let good = !password.is_empty() && password.len() <= MAX_PASSWORD;
            if !good || password.chars().any(char::is_control) {
                return Err(wrong());
            }
            Some((user, password.to_owned()))
        }
    };
    Ok(Server {
        host: named.host.clone(),
        port: named.port,
        security: match named.tls {
            Some(MailTls::Implicit) => Security::Tls,
            Some(MailTls::StartTls) => Security::StartTls,
            None => Security::None,
        },
        authorities: named.ca_file.as_ref().map(read).transpose()?,
        login,
        patience: named.patience,
    })
}
