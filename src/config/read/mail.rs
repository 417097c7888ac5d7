//! `[mail]`: where letters to people go. The password is in a file of its own, never here.

use super::super::ConfigError;
use super::super::settings::{MailServer, MailSettings, MailTls, MailWay};
use super::{Picker, one_of, sections};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest wait for one answer of a server.
const MOST_SECS: u64 = 600;
/// The longest time before a due date, and between two reminders.
const MOST_DAYS: u64 = 90;

impl Picker<'_> {
    pub(super) fn mail(
        &mut self,
        raw: sections::mail,
        home: &Path,
    ) -> Result<MailSettings, ConfigError> {
        let d = MailSettings::default();
        let days = |n: u64| u16::try_from(n).unwrap_or(u16::MAX);
        let path = |text: &str| Ok((!text.is_empty()).then(|| home.join(text)));
        let some = |text: &str| Ok((!text.is_empty()).then(|| text.to_owned()));
        let from_span = raw.from.as_ref().map(toml::Spanned::span);
        let from = self.text("mail.from", raw.from, "", address)?;
        let folder = self.text("mail.folder", raw.folder, "", path)?;
        let host_span = raw.host.as_ref().map(toml::Spanned::span);
        let host = self.text("mail.host", raw.host, "", host)?;
        let port = self.number("mail.port", raw.port, 0, 0..=u64::from(u16::MAX))?;
        let tls_span = raw.security.as_ref().map(toml::Spanned::span);
        let tls = self.text("mail.security", raw.security, "starttls", security)?;
        let ca_file = self.text("mail.ca_file", raw.ca_file, "", path)?;
        let user = self.text("mail.user", raw.user, "", some)?;
        let password_file = self.text("mail.password_file", raw.password_file, "", path)?;
        let secs = self.number("mail.timeout_secs", raw.timeout_secs, 30, 1..=MOST_SECS)?;
        let ahead = u64::from(d.ahead_days);
        let ahead = self.number("mail.ahead_days", raw.ahead_days, ahead, 0..=MOST_DAYS)?;
        let every = u64::from(d.every_days);
        let every = self.number("mail.every_days", raw.every_days, every, 1..=MOST_DAYS)?;
        if folder.is_some() && host.is_some() {
            return Err(self.mistake(host_span, "letters go to a host or into a folder, not both"));
        }
        if user.is_some() != password_file.is_some() {
            let problem = "user and password_file belong together";
            return Err(self.mistake(host_span, problem));
        }
        let way = match host {
            Some(host) => {
                if tls.is_none() && !is_here(&host) {
                    let problem = "without TLS only to this machine: localhost, 127.0.0.1 or ::1";
                    return Err(self.mistake(tls_span, problem));
                }
                Some(MailWay::Server(MailServer {
                    port: chosen(u16::try_from(port).unwrap_or(0), tls),
                    host,
                    tls,
                    ca_file,
                    user,
                    password_file,
                    patience: Duration::from_secs(secs),
                }))
            }
            None => folder.map(MailWay::Folder),
        };
        if way.is_some() && from.is_empty() {
            let problem = "letters need an address that they are from: mail.from";
            return Err(self.mistake(from_span.or(host_span), problem));
        }
        Ok(MailSettings {
            way,
            from,
            ahead_days: days(ahead),
            every_days: days(every),
        })
    }
}

fn chosen(port: u16, tls: Option<MailTls>) -> u16 {
    match (port, tls) {
        (0, Some(MailTls::Implicit)) => 465,
        (0, Some(MailTls::StartTls)) => 587,
        (0, None) => 25,
        (port, _) => port,
    }
}

fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

/// An address, or nothing.
fn address(text: &str) -> Result<String, String> {
    match text.is_empty() || is_address(text) {
        true => Ok(text.to_owned()),
        false => Err("expected an address such as truc@tinh.gov.vn".to_owned()),
    }
}

/// Whether it looks like one: whoever sends looks again.
pub(super) fn is_address(text: &str) -> bool {
    let plain = |part: &str| {
        let good = |b: u8| b.is_ascii_graphic() && !b"<>,;\"()[]\\:@".contains(&b);
        !part.is_empty() && part.bytes().all(good)
    };
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| plain(name) && plain(host))
}

fn host(text: &str) -> Result<Option<String>, String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:".contains(&b);
    match text.bytes().all(plain) {
        true => Ok((!text.is_empty()).then(|| text.to_owned())),
        false => Err("expected a host name such as mail.tinh.gov.vn".to_owned()),
    }
}

fn security(text: &str) -> Result<Option<MailTls>, String> {
    match text {
        "tls" => Ok(Some(MailTls::Implicit)),
        "starttls" => Ok(Some(MailTls::StartTls)),
        "none" => Ok(None),
        _ => Err(one_of(["starttls", "tls", "none"].into_iter())),
    }
}

/// The files that settings of letters name.
impl MailServer {
    /// Those that have to be there.
    #[must_use]
    pub fn files(&self) -> Vec<&PathBuf> {
        self.ca_file.iter().chain(&self.password_file).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;

    fn read(text: &str) -> Result<MailSettings, ConfigError> {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        let text = format!("[mail]\n{text}\n");
        Ok(parse(path, &text, &Environment::default())?.settings.mail)
    }

    #[test]
    fn nothing_is_sent_unless_a_way_is_set() {
        assert_eq!(read("").expect("good"), MailSettings::default());
        let folder =
            read("from = \"truc@tinh.vn\"\nfolder = \"thu\"\nahead_days = 5").expect("good");
        assert_eq!(
            folder.way,
            Some(MailWay::Folder(PathBuf::from("/srv/lt/thu")))
        );
        assert_eq!((folder.ahead_days, folder.every_days), (5, 1));
        let text = "from = \"truc@tinh.vn\"\nhost = \"mail.tinh.vn\"\nuser = \"truc\"\n\
                    password_file = \"config/mail-password\"";
        let Some(MailWay::Server(server)) = read(text).expect("good").way else {
            panic!("no server");
        };
        assert_eq!((server.port, server.tls), (587, Some(MailTls::StartTls)));
        assert_eq!(
            server.files(),
            [&PathBuf::from("/srv/lt/config/mail-password")]
        );
        let tls = read("from = \"a@b.vn\"\nhost = \"mail.tinh.vn\"\nsecurity = \"tls\"");
        let Some(MailWay::Server(server)) = tls.expect("good").way else {
            panic!("no server");
        };
        assert_eq!(server.port, 465);
    }

    #[test]
    fn what_cannot_be_is_a_mistake_at_its_place() {
        for text in [
            "from = \"truc\"",
            "from = \"a@b.vn\\r\\nBcc: c@d.vn\"",
            "from = \"Trục <a@b.vn>\"",
            "host = \"mail.tinh.vn\"",
            "from = \"a@b.vn\"\nhost = \"mail.tinh.vn\"\nfolder = \"thu\"",
            "from = \"a@b.vn\"\nhost = \"mail.tinh.vn\"\nsecurity = \"none\"",
            "from = \"a@b.vn\"\nhost = \"mail.tinh.vn\"\nsecurity = \"ssl\"",
            "from = \"a@b.vn\"\nhost = \"mail.tinh.vn\"\nuser = \"truc\"",
            "from = \"a@b.vn\"\nhost = \"mail/tinh\"",
            "port = 70000",
            "every_days = 0",
            "timeout_secs = 0",
            "password = \"secret\"",
        ] {
            let error = read(text).expect_err(text);
            assert!(matches!(error, ConfigError::Mistake(_)), "{text}: {error}");
        }
        assert!(read("from = \"a@b.vn\"\nhost = \"127.0.0.1\"\nsecurity = \"none\"").is_ok());
    }
}
