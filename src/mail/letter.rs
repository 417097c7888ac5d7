//! A letter: plain text in UTF-8, with files or without.

use super::MailError;
use crate::model::{Timestamp, is_hidden};
use bytes::Bytes;
use lettre::message::header::ContentType;
use lettre::message::{Attachment as Part, Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, message};
use std::time::{Duration, SystemTime};

/// The longest subject, in characters: what programs show of one.
const MAX_SUBJECT: usize = 150;

/// A file with a letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// What it is, the same for the same letter sent again: the left side of its Message-ID.
    pub id: String,
    /// To which address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// Its files.
    pub files: Vec<Attachment>,
    /// Its date.
    pub at: Timestamp,
}

impl Letter {
    /// As it is sent.
    pub(super) fn message(&self, from: &Mailbox) -> Result<Message, MailError> {
        let failed = |e: &dyn std::fmt::Display| MailError::Letter(e.to_string());
        let id = format!("<{}@{}>", self.file_name(), from.email.domain());
        let since = u64::try_from(self.at.0).unwrap_or(0);
        let date = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(since));
        let builder = Message::builder()
            .from(from.clone())
            .to(mailbox(&self.to)?)
            .subject(one_line(&self.subject, MAX_SUBJECT))
            .message_id(Some(id))
            .date(date.unwrap_or(SystemTime::UNIX_EPOCH))
            // Written by a program: no answer of a program is wanted (RFC 3834 §5).
            .header(AutoSubmitted);
        if self.files.is_empty() {
            let whole = builder.singlepart(SinglePart::plain(self.text.clone()));
            return whole.map_err(|e| failed(&e));
        }
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(self.text.clone()));
        for file in &self.files {
            let kind = ContentType::parse(kind(&file.name)).map_err(|e| failed(&e))?;
            let part = Part::new(one_line(&file.name, MAX_SUBJECT));
            parts = parts.singlepart(part.body(file.bytes.to_vec(), kind));
        }
        builder.multipart(parts).map_err(|e| failed(&e))
    }

    /// Its identifier with nothing in it that a path or a head could take for its own.
    pub(super) fn file_name(&self) -> String {
        let plain = |c: char| {
            let good = c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if good { c } else { '-' }
        };
        self.id.chars().map(plain).collect()
    }
}

/// `Auto-Submitted: auto-generated`.
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl message::header::Header for AutoSubmitted {
    fn name() -> message::header::HeaderName {
        message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> message::header::HeaderValue {
        let value = "auto-generated".to_owned();
        message::header::HeaderValue::new(Self::name(), value)
    }
}

/// One line of at most so many characters: what shows nothing, or begins a new line, is a space.
fn one_line(text: &str, most: usize) -> String {
    let plain = |c: char| {
        if is_hidden(c) || c.is_whitespace() {
            ' '
        } else {
            c
        }
    };
    text.chars().map(plain).take(most).collect()
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("html") => "text/html; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// An address alone, without a name: one of people is not needed to send a letter.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, MailError> {
    let wrong = || MailError::Address(one_line(text, MAX_SUBJECT));
    if !text.is_ascii() || text.bytes().any(|b| !b.is_ascii_graphic()) {
        return Err(wrong());
    }
    let address: Address = text.parse().map_err(|_| wrong())?;
    Ok(Mailbox::new(None, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str, subject: &str) -> Letter {
        Letter {
            id: "0193.2026-12-01".into(),
            to: to.into(),
            subject: subject.into(),
            text: "Đơn vị có tồn tại quá hạn.\n\r\n.\nDòng cuối".into(),
            files: Vec::new(),
            at: Timestamp::parse("2026-12-01T08:00:00+07:00").expect("time"),
        }
    }

    fn lines(letter: &Letter) -> Vec<String> {
        let from = mailbox("truc@tinh.example").expect("address");
        let bytes = letter.message(&from).expect("a letter").formatted();
        let text = String::from_utf8(bytes).expect("ASCII");
        assert!(text.is_ascii());
        let (head, _) = text.split_once("\r\n\r\n").expect("a head and a body");
        head.split("\r\n").map(str::to_owned).collect()
    }

    fn names(head: &[String]) -> Vec<&str> {
        let fields = head.iter().filter(|line| !line.starts_with(' '));
        fields
            .filter_map(|line| Some(line.split_once(':')?.0))
            .collect()
    }

    #[test]
    fn a_hostile_subject_adds_nothing_to_the_head() {
        let plain = lines(&letter("a@b.example", "Nhắc việc"));
        let expected = names(&plain);
        for hostile in [
            "x\r\nBcc: all@world.example",
            "x\nBcc: all@world.example\n\n<script>",
            "x\rSubject: other",
            "x\u{0}\u{85}Bcc: a@b.example",
            "\u{2028}Bcc: a@b.example",
            "=?utf-8?q?=0d=0aBcc:_a@b.example?=",
            &"dài ".repeat(5_000),
        ] {
            let head = lines(&letter("a@b.example", hostile));
            assert_eq!(names(&head), expected, "{hostile:?}");
            assert!(head.iter().all(|line| line.len() <= 998), "{hostile:?}");
        }
        assert!(expected.contains(&"Auto-Submitted"), "{expected:?}");
        assert!(!expected.contains(&"Bcc"));
    }

    #[test]
    fn an_address_is_an_address_or_nothing() {
        for wrong in [
            "",
            "a",
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example\n",
            "a@b.example, c@d.example",
            "A <a@b.example>",
            "a@b.example>",
            "a b@c.example",
            "sở@tỉnh.example",
        ] {
            let from = mailbox("truc@tinh.example").expect("address");
            let told = letter(wrong, "x").message(&from);
            assert!(matches!(told, Err(MailError::Address(_))), "{wrong:?}");
        }
        assert!(mailbox("van-thu@h53.tayninh.example").is_ok());
    }

    #[test]
    fn the_same_letter_is_the_same_bytes() {
        let one = letter("a@b.example", "Nhắc");
        assert_eq!(lines(&one), lines(&one));
        assert_eq!(one.file_name(), "0193-2026-12-01");
        let odd = Letter {
            id: "../../etc/x>\r\nTo: y".into(),
            ..one
        };
        assert!(!odd.file_name().contains(['/', '.', '\r', '\n', '>']));
    }
}
