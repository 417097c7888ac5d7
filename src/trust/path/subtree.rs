//! One subtree of a name constraint and the forms of name it can hold (RFC 5280 §4.2.1.10).

use super::Conformity;
use super::names::{Held, NameFailure};
use crate::format::x509::general_name::GeneralName;
use crate::trust::name::Name;

/// The base of a subtree, of a form that is processed or not.
#[derive(Debug)]
pub(super) enum Subtree<'c> {
    Directory(Name),
    /// Labels, lower case; empty: every host; with a leading point: every host below.
    Dns(String),
    Mail(MailBase),
    /// The host, or with a leading point every host below.
    Uri(String),
    /// Address and mask.
    Ip(&'c [u8], &'c [u8]),
    /// A form that is not processed, by its number (RFC 5280 §4.2.1.6).
    Other(u8),
}

#[derive(Debug)]
pub(super) enum MailBase {
    /// One mailbox: its local part as written, its host in lower case.
    Mailbox(String, String),
    /// Every mailbox on one host; empty: everywhere.
    Host(String),
    /// Every mailbox on every host below, the leading point included.
    Below(String),
}

/// What an otherName begins with that is a mailbox (id-on-SmtpUTF8Mailbox, RFC 9598 §3).
const UTF8_MAILBOX: &[u8] = &[0x06, 8, 0x2b, 6, 1, 5, 5, 7, 8, 9];

type Answer = Option<Result<Held, NameFailure>>;

fn malformed<T>(what: &'static str) -> Result<T, NameFailure> {
    Err(NameFailure::NotProcessed(what))
}

impl<'c> Subtree<'c> {
    pub(super) fn new(base: &GeneralName<'c>, conformity: Conformity) -> Result<Self, NameFailure> {
        Ok(match base {
            GeneralName::Directory(der) => Self::Directory(Name::parse(der)?),
            GeneralName::Dns(text) => Self::Dns(dns_base(text, conformity)?),
            GeneralName::Mail(text) => Self::Mail(mail_base(text)?),
            GeneralName::Uri(text) => Self::Uri(uri_base(text)?),
            GeneralName::Ip(octets) => ip_base(octets)?,
            GeneralName::Other(_)
            | GeneralName::X400(_)
            | GeneralName::EdiParty(_)
            | GeneralName::RegisteredId(_) => Self::Other(form(base)),
        })
    }

    /// A base that is none of its form: whatever name of that form meets it is refused. `None` for directory
    /// names, of which every certificate has one.
    pub(super) fn unread(base: &GeneralName<'_>) -> Option<Self> {
        match base {
            GeneralName::Directory(_) => None,
            GeneralName::Other(_)
            | GeneralName::Mail(_)
            | GeneralName::Dns(_)
            | GeneralName::X400(_)
            | GeneralName::EdiParty(_)
            | GeneralName::Uri(_)
            | GeneralName::Ip(_)
            | GeneralName::RegisteredId(_) => Some(Self::Other(form(base))),
        }
    }

    /// How a distinguished name lies to this; `None` for a subtree of another form.
    pub(super) fn holds_directory(&self, name: &Name) -> Answer {
        match self {
            Self::Directory(base) => Some(Ok(name.is_within(base).into())),
            Self::Dns(_) | Self::Mail(_) | Self::Uri(_) | Self::Ip(..) | Self::Other(_) => None,
        }
    }

    /// How a name of any other form lies to this.
    pub(super) fn holds(&self, name: &GeneralName<'_>) -> Answer {
        match (self, name) {
            (Self::Dns(base), GeneralName::Dns(name)) => Some(dns_holds(base, name)),
            (Self::Mail(base), GeneralName::Mail(name)) => Some(mail_holds(base, name)),
            (Self::Uri(base), GeneralName::Uri(name)) => Some(uri_holds(base, name)),
            (Self::Ip(base, mask), GeneralName::Ip(name)) => Some(ip_holds(base, mask, name)),
            // RFC 9598 §6: under what mailboxes are under.
            (Self::Mail(_), GeneralName::Other(name)) if name.starts_with(UTF8_MAILBOX) => {
                Some(malformed("a mailbox that is not in ASCII"))
            }
            // §4.2.1.10: a constraint on a form that is not processed, and a name of that form.
            (Self::Other(number), name) if *number == form(name) => {
                Some(malformed("a name form that is not processed"))
            }
            _ => None,
        }
    }
}

/// The number of a form's tag.
fn form(name: &GeneralName<'_>) -> u8 {
    match name {
        GeneralName::Other(_) => 0,
        GeneralName::Mail(_) => 1,
        GeneralName::Dns(_) => 2,
        GeneralName::X400(_) => 3,
        GeneralName::Directory(_) => 4,
        GeneralName::EdiParty(_) => 5,
        GeneralName::Uri(_) => 6,
        GeneralName::Ip(_) => 7,
        GeneralName::RegisteredId(_) => 8,
    }
}

fn lower(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    text.is_ascii().then(|| text.to_ascii_lowercase())
}

/// Whether every label is one of a host name (RFC 1034 §3.5, with the underscore that is in use).
fn is_host(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|label| {
            let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            (1..=63).contains(&label.len()) && label.bytes().all(inner)
        })
}

/// Whether a commonName is meant as a host's: labels with at least one point between them, not all
/// digits (an address), no hyphen at either end of a label, as OpenSSL decides.
pub(super) fn host_like(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let hyphens = |label: &str| label.starts_with('-') || label.ends_with('-');
    name.contains('.')
        && is_host(name)
        && !name.split('.').any(hyphens)
        && name.bytes().any(|b| b.is_ascii_alphabetic())
}

/// A leading point is not in §4.2.1.10's syntax for hosts; where it is let pass, it means what it
/// means in a URI.
fn dns_base(text: &[u8], conformity: Conformity) -> Result<String, NameFailure> {
    match (lower(text), conformity) {
        (Some(base), _) if base.is_empty() || is_host(&base) => Ok(base),
        (Some(base), Conformity::Lenient) if base.strip_prefix('.').is_some_and(is_host) => {
            Ok(base)
        }
        _ => malformed("dNSName constraint"),
    }
}

/// §4.2.1.10: the base itself, or labels added on its left.
fn below_or_equal(name: &str, base: &str) -> bool {
    base.is_empty()
        || name
            .strip_suffix(base)
            .is_some_and(|left| match base.starts_with('.') {
                true => !left.is_empty(),
                false => left.is_empty() || left.ends_with('.'),
            })
}

fn dns_holds(base: &str, name: &[u8]) -> Result<Held, NameFailure> {
    let Some(name) = lower(name) else {
        return malformed("dNSName");
    };
    let name = name.strip_suffix('.').unwrap_or(&name);
    match name.strip_prefix("*.") {
        // Every name one label below `rest`.
        Some(rest) if is_host(rest) => {
            let wholly = below_or_equal(rest, base) || base.strip_prefix('.') == Some(rest);
            Ok(Held {
                wholly,
                partly: wholly || one_label_below(base, rest),
            })
        }
        None if is_host(name) => Ok(below_or_equal(name, base).into()),
        Some(_) | None => malformed("dNSName"),
    }
}

fn one_label_below(name: &str, parent: &str) -> bool {
    name.split_once('.').is_some_and(|(_, rest)| rest == parent)
}

fn mail_base(text: &[u8]) -> Result<MailBase, NameFailure> {
    let Ok(text) = std::str::from_utf8(text) else {
        return malformed("rfc822Name constraint");
    };
    if let Some((local, host)) = text.rsplit_once('@') {
        let host = host.to_ascii_lowercase();
        return match is_host(&host) {
            true => Ok(MailBase::Mailbox(local.to_owned(), host)),
            false => malformed("rfc822Name constraint"),
        };
    }
    let host = text.to_ascii_lowercase();
    match host.strip_prefix('.') {
        Some(rest) if is_host(rest) => Ok(MailBase::Below(host)),
        None if host.is_empty() || is_host(&host) => Ok(MailBase::Host(host)),
        Some(_) | None => malformed("rfc822Name constraint"),
    }
}

fn mail_holds(base: &MailBase, name: &[u8]) -> Result<Held, NameFailure> {
    let text = std::str::from_utf8(name).ok();
    let Some((local, host)) = text.and_then(|text| text.rsplit_once('@')) else {
        return malformed("rfc822Name");
    };
    let host = host.to_ascii_lowercase();
    // Nothing that is quoted or holds a second at sign: two readers would find two hosts.
    if local.is_empty() || local.contains(['@', '"']) || !is_host(&host) {
        return malformed("rfc822Name");
    }
    // RFC 5280 §7.5: the local part as written, the host in any case.
    let inside = match base {
        MailBase::Mailbox(l, h) => *l == local && *h == host,
        MailBase::Host(h) => h.is_empty() || *h == host,
        MailBase::Below(suffix) => host.ends_with(suffix.as_str()),
    };
    Ok(inside.into())
}

fn uri_base(text: &[u8]) -> Result<String, NameFailure> {
    let Some(base) = lower(text) else {
        return malformed("URI constraint");
    };
    let host = base.strip_prefix('.').unwrap_or(&base);
    // "a fully qualified domain name", so no address and no scheme.
    match is_host(host) && host.bytes().any(|b| b.is_ascii_alphabetic()) {
        true => Ok(base),
        false => malformed("URI constraint"),
    }
}

/// §4.2.1.10: a URI without an authority, or whose host is an address, is refused.
fn uri_holds(base: &str, name: &[u8]) -> Result<Held, NameFailure> {
    let host = lower(name).and_then(|text| uri_host(&text));
    let Some(host) = host else {
        return malformed("uniformResourceIdentifier");
    };
    let inside = match base.strip_prefix('.') {
        Some(_) => host.ends_with(base),
        None => host == base,
    };
    Ok(inside.into())
}

/// The host of a URI in lower case (RFC 3986 §3.2); `None` where there is none or it is an address.
fn uri_host(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // No part of a URI (RFC 3986 §2), and for some readers the same as `/`: they find another host before it.
    if authority.contains('\\') {
        return None;
    }
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let host = host.strip_suffix('.').unwrap_or(host);
    let named = is_host(host) && host.bytes().any(|b| b.is_ascii_alphabetic());
    named.then(|| host.to_owned())
}

fn ip_base(octets: &[u8]) -> Result<Subtree<'_>, NameFailure> {
    if !matches!(octets.len(), 8 | 32) {
        return malformed("iPAddress constraint");
    }
    let (address, mask) = octets.split_at(octets.len() / 2);
    // RFC 4632: ones, then zeros.
    let mut zeros = false;
    for byte in mask {
        let contiguous = byte.leading_ones().saturating_add(byte.trailing_zeros()) >= 8;
        if !contiguous || (zeros && *byte != 0) {
            return malformed("iPAddress constraint");
        }
        zeros = zeros || *byte != 0xff;
    }
    Ok(Subtree::Ip(address, mask))
}

fn ip_holds(base: &[u8], mask: &[u8], name: &[u8]) -> Result<Held, NameFailure> {
    if !matches!(name.len(), 4 | 16) {
        return malformed("iPAddress");
    }
    // An address of the other version lies outside.
    let same = name.len() == base.len();
    let octets = name.iter().zip(base).zip(mask);
    let inside = same && octets.into_iter().all(|((n, b), m)| n & m == b & m);
    Ok(inside.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(base: GeneralName<'_>, name: GeneralName<'_>) -> Option<Result<(bool, bool), ()>> {
        let Ok(base) = Subtree::new(&base, Conformity::Strict) else {
            return Some(Err(()));
        };
        let found = base.holds(&name);
        found.map(|held| held.map(|h| (h.wholly, h.partly)).map_err(|_| ()))
    }

    const IN: Option<Result<(bool, bool), ()>> = Some(Ok((true, true)));
    const OUT: Option<Result<(bool, bool), ()>> = Some(Ok((false, false)));
    const PARTLY: Option<Result<(bool, bool), ()>> = Some(Ok((false, true)));
    const REFUSED: Option<Result<(bool, bool), ()>> = Some(Err(()));

    #[test]
    fn hosts() {
        for (base, name, expected) in [
            ("example.vn", "example.vn", IN),
            ("example.vn", "a.b.EXAMPLE.vn", IN),
            ("Example.VN", "example.vn.", IN),
            ("example.vn", "badexample.vn", OUT),
            ("a.example.vn", "example.vn", OUT),
            ("", "anything.example", IN),
            ("example.vn", "*.example.vn", IN),
            ("a.example.vn", "*.example.vn", PARTLY),
            ("b.a.example.vn", "*.example.vn", OUT),
            (".example.vn", "a.example.vn", REFUSED),
            ("*.example.vn", "a.example.vn", REFUSED),
            ("example.vn", "a..example.vn", REFUSED),
            ("example.vn", "a.*.example.vn", REFUSED),
        ] {
            let (b, n) = (
                GeneralName::Dns(base.as_bytes()),
                GeneralName::Dns(name.as_bytes()),
            );
            assert_eq!(ask(b, n), expected, "{base} {name}");
        }
    }

    #[test]
    fn mailboxes() {
        for (base, name, expected) in [
            ("an@example.vn", "an@EXAMPLE.vn", IN),
            ("an@example.vn", "An@example.vn", OUT),
            ("example.vn", "an@example.vn", IN),
            ("example.vn", "an@a.example.vn", OUT),
            (".example.vn", "an@a.example.vn", IN),
            (".example.vn", "an@example.vn", OUT),
            ("", "an@example.vn", IN),
            ("example.vn", "an", REFUSED),
            ("example.vn", "\"an@bad.vn\"@example.vn", REFUSED),
            ("example.vn", "an@bad.vn@example.vn", REFUSED),
        ] {
            let (b, n) = (
                GeneralName::Mail(base.as_bytes()),
                GeneralName::Mail(name.as_bytes()),
            );
            assert_eq!(ask(b, n), expected, "{base} {name}");
        }
    }

    #[test]
    fn addresses_of_resources() {
        for (base, name, expected) in [
            ("example.vn", "http://example.vn/x", IN),
            ("example.vn", "http://a.example.vn/x", OUT),
            (".example.vn", "ftp://u@a.example.vn:21/x", IN),
            (".example.vn", "http://example.vn", OUT),
            (".example.vn", "urn:isbn:1", REFUSED),
            (".example.vn", "http://10.0.0.1/", REFUSED),
            ("example.vn", "http://other.vn\\@example.vn/", REFUSED),
            ("http://example.vn", "http://example.vn/", REFUSED),
        ] {
            let (b, n) = (
                GeneralName::Uri(base.as_bytes()),
                GeneralName::Uri(name.as_bytes()),
            );
            assert_eq!(ask(b, n), expected, "{base} {name}");
        }
    }

    #[test]
    fn addresses() {
        let v4 = [192, 0, 2, 0, 255, 255, 255, 0];
        let gap = [192, 0, 2, 0, 255, 0, 255, 0];
        for (base, name, expected) in [
            (&v4[..], &[192, 0, 2, 9][..], IN),
            (&v4, &[192, 0, 3, 9], OUT),
            (&v4, &[0; 16], OUT),
            (&v4, &[1, 2, 3], REFUSED),
            (&gap, &[192, 0, 2, 9], REFUSED),
            (&[192, 0, 2, 0], &[192, 0, 2, 0], REFUSED),
        ] {
            let found = ask(GeneralName::Ip(base), GeneralName::Ip(name));
            assert_eq!(found, expected, "{base:?} {name:?}");
        }
    }

    #[test]
    fn a_base_that_is_none_refuses_every_name_of_its_form_and_no_other() {
        let base = GeneralName::Dns(b"\"\"");
        assert!(Subtree::new(&base, Conformity::Lenient).is_err());
        let unread = Subtree::unread(&base).expect("not a directory name");
        let met = unread.holds(&GeneralName::Dns(b"a.vn"));
        assert!(matches!(met, Some(Err(NameFailure::NotProcessed(_)))));
        assert!(unread.holds(&GeneralName::Mail(b"an@a.vn")).is_none());
        let directory = GeneralName::Directory(b"\x30");
        assert!(Subtree::unread(&directory).is_none());
    }

    #[test]
    fn forms_that_are_not_processed_are_refused_only_where_they_meet() {
        let other = || GeneralName::Other(b"x");
        assert_eq!(ask(other(), other()), REFUSED);
        assert_eq!(ask(other(), GeneralName::Dns(b"a.vn")), None);
        assert_eq!(ask(GeneralName::Dns(b"a.vn"), other()), None);
        assert_eq!(ask(GeneralName::Mail(b"a.vn"), other()), None);
        let mailbox = [UTF8_MAILBOX, &[0xa0, 2, 0x0c, 0]].concat();
        let met = ask(GeneralName::Mail(b"a.vn"), GeneralName::Other(&mailbox));
        assert_eq!(met, REFUSED);
    }
}
