//! Name subtrees as an operator writes them, into the NameConstraints that path validation begins
//! with (RFC 5280 §4.2.1.10, RFC 5937 §3), and back into words.

use super::distinguished::name_der;
use crate::format::asn1::read::{BerError, Reader};
use crate::format::asn1::write::{constructed, element, sequence, tag};
use crate::format::x509::general_name::GeneralName;
use crate::trust::name::readable;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most subtrees of one anchor; each is compared with every name of every certificate.
pub const MAX_SUBTREES: usize = 256;
/// A DNS name, RFC 1035 §2.3.4.
const MAX_HOST: usize = 253;

/// Which form of name a subtree is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SubtreeKind {
    /// dNSName: the host and everything below it.
    Dns,
    /// rfc822Name: a mailbox, all of a host, or with a leading dot all below a domain.
    Mail,
    /// uniformResourceIdentifier: a host, or with a leading dot all below a domain.
    Uri,
    /// iPAddress: a network in CIDR notation.
    Ip,
    /// directoryName: a name in RFC 4514 form and everything below it.
    Directory,
}

impl SubtreeKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Dns, Self::Mail, Self::Uri, Self::Ip, Self::Directory];

    /// Its name in `domain.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Mail => "mail",
            Self::Uri => "uri",
            Self::Ip => "ip",
            Self::Directory => "dn",
        }
    }
}

/// One subtree: the DER of its GeneralSubtree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Subtree(Vec<u8>);

impl Subtree {
    /// From what the operator wrote.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(kind: SubtreeKind, text: &str) -> Result<Self, String> {
        let base = match kind {
            // Nothing at all is above every host.
            SubtreeKind::Dns if text.is_empty() => element(0x82, b""),
            SubtreeKind::Dns => element(0x82, host(text)?.as_bytes()),
            SubtreeKind::Mail => element(0x81, mail(text)?.as_bytes()),
            SubtreeKind::Uri => element(
                0x86,
                host(text.strip_prefix('.').unwrap_or(text))
                    .map(|_| text)?
                    .as_bytes(),
            ),
            SubtreeKind::Ip => element(0x87, &network(text)?),
            SubtreeKind::Directory => constructed(tag::context(4), &[&name_der(text)?]),
        };
        Ok(Self(sequence(&[&base])))
    }
}

/// NameConstraints over these subtrees; `None` if there are none.
#[must_use]
pub fn name_constraints(permitted: &[Subtree], excluded: &[Subtree]) -> Option<Vec<u8>> {
    let side = |number: u8, list: &[Subtree]| {
        let parts: Vec<&[u8]> = list.iter().map(|s| s.0.as_slice()).collect();
        if parts.is_empty() {
            Vec::new()
        } else {
            constructed(tag::context(number), &parts)
        }
    };
    let (permitted, excluded) = (side(0, permitted), side(1, excluded));
    let any = !permitted.is_empty() || !excluded.is_empty();
    any.then(|| sequence(&[&permitted, &excluded]))
}

/// NameConstraints as words: `permitted` and `excluded`, each a form and its base.
///
/// # Errors
/// [`BerError`] if the bytes are none.
pub fn readable_constraints(der: &[u8]) -> Result<(Vec<String>, Vec<String>), BerError> {
    let mut outer = Reader::new(der);
    let mut sides = outer.expect(0x30)?.reader();
    outer.end()?;
    let list = |side: Option<crate::format::asn1::read::Element<'_>>| match side {
        Some(side) => bases(side.reader()),
        None => Ok(Vec::new()),
    };
    let permitted = list(sides.optional(0xa0)?)?;
    let excluded = list(sides.optional(0xa1)?)?;
    sides.end()?;
    Ok((permitted, excluded))
}

fn bases(mut subtrees: Reader<'_>) -> Result<Vec<String>, BerError> {
    let mut all = Vec::new();
    while let Some(subtree) = subtrees.next()? {
        let base = subtree.reader().any()?;
        all.push(words(GeneralName::read(&base)?));
    }
    Ok(all)
}

fn words(name: GeneralName<'_>) -> String {
    let text = |kind: &str, bytes: &[u8]| format!("{kind}:{}", String::from_utf8_lossy(bytes));
    match name {
        GeneralName::Dns(host) => text("dns", host),
        GeneralName::Mail(address) => text("mail", address),
        GeneralName::Uri(host) => text("uri", host),
        GeneralName::Ip(octets) => format!("ip:{}", network_text(octets)),
        GeneralName::Directory(name) => format!("dn:{}", readable(name)),
        GeneralName::Other(_) => "otherName".into(),
        GeneralName::X400(_) => "x400Address".into(),
        GeneralName::EdiParty(_) => "ediPartyName".into(),
        GeneralName::RegisteredId(_) => "registeredID".into(),
    }
}

fn host(text: &str) -> Result<&str, String> {
    let label = |l: &str| {
        let known = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=63).contains(&l.len()) && l.bytes().all(known)
    };
    if text.len() <= MAX_HOST && text.split('.').all(label) {
        Ok(text)
    } else {
        Err("expected a host in ASCII, for example gov.vn; what lies below it is included".into())
    }
}

/// RFC 5280 §4.2.1.10: a mailbox, a host, or a domain with a leading dot.
fn mail(text: &str) -> Result<&str, String> {
    let (local, domain) = text.rsplit_once('@').unwrap_or(("any", text));
    let domain = if text.contains('@') {
        domain
    } else {
        domain.strip_prefix('.').unwrap_or(domain)
    };
    let local = !local.is_empty() && local.is_ascii() && !local.contains(char::is_whitespace);
    match host(domain) {
        Ok(_) if local => Ok(text),
        Ok(_) | Err(_) => {
            Err("expected a mailbox, a host, or .domain for all hosts below it".into())
        }
    }
}

/// Address and mask, 8 or 32 octets.
fn network(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || "expected a network, for example 10.0.0.0/8 or 2001:db8::/32".to_owned();
    let (address, bits) = text.split_once('/').ok_or_else(wrong)?;
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let bits: u32 = bits.parse().map_err(|_| wrong())?;
    let (value, mask, width) = match address {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)) << 96, mask(bits), 4usize),
        IpAddr::V6(v6) => (u128::from(v6), mask(bits), 16),
    };
    let widest = u32::try_from(width).unwrap_or(0).saturating_mul(8);
    if bits > widest {
        return Err(wrong());
    }
    if value & !mask != 0 {
        return Err(format!("the address has bits outside /{bits}"));
    }
    let part = |n: u128| n.to_be_bytes().get(..width).unwrap_or_default().to_vec();
    Ok([part(value), part(mask)].concat())
}

fn mask(bits: u32) -> u128 {
    u128::MAX.checked_shr(bits).map_or(u128::MAX, |rest| !rest)
}

fn network_text(octets: &[u8]) -> String {
    let (address, mask) = octets.split_at(octets.len() / 2);
    let ones: u32 = mask.iter().map(|b| b.count_ones()).sum();
    match (<[u8; 4]>::try_from(address), <[u8; 16]>::try_from(address)) {
        (Ok(v4), _) => format!("{}/{ones}", Ipv4Addr::from(v4)),
        (_, Ok(v6)) => format!("{}/{ones}", Ipv6Addr::from(v6)),
        (Err(_), Err(_)) => "?".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(kind: SubtreeKind, texts: &[&str]) -> Vec<Subtree> {
        let read = |text: &&str| Subtree::read(kind, text).expect(text);
        texts.iter().map(read).collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let permitted = [
            all(SubtreeKind::Dns, &["gov.vn", ""]),
            all(SubtreeKind::Mail, &["a@b.vn", "b.vn", ".b.vn"]),
            all(SubtreeKind::Uri, &["b.vn", ".b.vn"]),
            all(
                SubtreeKind::Ip,
                &["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "192.0.2.1/32"],
            ),
            all(SubtreeKind::Directory, &["O=Ban Cơ yếu\\, Chính phủ,C=VN"]),
        ];
        let excluded = all(SubtreeKind::Dns, &["x.gov.vn"]);
        let der = name_constraints(&permitted.concat(), &excluded).expect("constraints");
        let (found, out) = readable_constraints(&der).expect("readable");
        assert_eq!(
            found,
            [
                "dns:gov.vn",
                "dns:",
                "mail:a@b.vn",
                "mail:b.vn",
                "mail:.b.vn",
                "uri:b.vn",
                "uri:.b.vn",
                "ip:10.0.0.0/8",
                "ip:2001:db8::/32",
                "ip:0.0.0.0/0",
                "ip:192.0.2.1/32",
                "dn:O=Ban Cơ yếu\\, Chính phủ,C=VN",
            ]
        );
        assert_eq!(out, ["dns:x.gov.vn"]);
        assert_eq!(name_constraints(&[], &[]), None);
        let one = name_constraints(&[], &excluded).expect("one side");
        assert_eq!(one[..4], [0x30, 0x0e, 0xa1, 0x0c]);
    }

    #[test]
    fn what_is_no_subtree_is_refused() {
        for (kind, text) in [
            (SubtreeKind::Dns, ".gov.vn"),
            (SubtreeKind::Dns, "a..vn"),
            (SubtreeKind::Dns, "tỉnh.vn"),
            (SubtreeKind::Mail, ""),
            (SubtreeKind::Mail, "@b.vn"),
            (SubtreeKind::Mail, "a@.b.vn"),
            (SubtreeKind::Uri, "https://b.vn"),
            (SubtreeKind::Ip, "10.0.0.0"),
            (SubtreeKind::Ip, "10.0.0.1/8"),
            (SubtreeKind::Ip, "10.0.0.0/33"),
            (SubtreeKind::Ip, "::/129"),
            (SubtreeKind::Directory, "Sở"),
        ] {
            assert!(Subtree::read(kind, text).is_err(), "{kind:?} {text}");
        }
    }
}
