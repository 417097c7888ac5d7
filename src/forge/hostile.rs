//! Inputs made to be slow: what a stranger may send to hold a judging thread or fill its memory
//! (attack catalogue K2 and K3). Each is a signer with certificates, anchors and CRLs around it.

use super::crl::many;
use super::extension::{self, id};
use super::name::{self, Name};
use super::{
    Entity, ForgeError, GeneralName, Key, KeyKind, RevocationList, Template, Validity, der,
};
use crate::model::Timestamp;

/// One such input.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// Anchors, DER.
    pub anchors: Vec<Vec<u8>>,
    /// The signer.
    pub signer: Entity,
    /// What comes along with the signature, DER: hundreds of certificates at times.
    pub supplied: Vec<Vec<u8>>,
    /// CRLs of those who are honest, DER.
    pub lists: Vec<Vec<u8>>,
}

/// Makes one.
pub type Make = fn(Timestamp) -> Result<Hostile, ForgeError>;

/// Every one that is tested and measured, under what it is called in tables. The first is what must
/// pass; the sizes are those of issue and catalogue, or what fits below the limits.
pub const CASES: &[(&str, Make)] = &[
    ("an honest chain of three", nothing),
    ("30 same-name CAs in all directions", |at| {
        same_names(30, false, at)
    }),
    ("30 same-name CAs, one under the root", |at| {
        same_names(30, true, at)
    }),
    ("9 same-name CAs in all directions", |at| {
        same_names(9, false, at)
    }),
    ("9 same-name CAs, one under the root", |at| {
        same_names(9, true, at)
    }),
    ("policy explosion, 30 to the power of 8", |at| {
        policies(8, 30, at)
    }),
    ("policies within the limits, 16 to the power of 14", |at| {
        policies(14, 16, at)
    }),
    ("a cycle of two CAs", cycle),
    ("40 CAs under each other", |at| long_chain(40, at)),
    ("a certificate of 10 MB", |at| {
        large_certificate(10_000_000, at)
    }),
    ("a CA of 10 MB beside the chain", |at| {
        large_intermediate(10_000_000, at)
    }),
    ("100,000 alternative names", |at| many_names(100_000, at)),
    ("4,000 alternative names", |at| many_names(4_000, at)),
    ("domain names × subtrees, as many as fit", |at| {
        names_and_subtrees(NameKind::Dns, at)
    }),
    ("mail addresses × subtrees, as many as fit", |at| {
        names_and_subtrees(NameKind::Mail, at)
    }),
    ("distinguished names × subtrees, as many as fit", |at| {
        names_and_subtrees(NameKind::Directory, at)
    }),
    ("URIs × subtrees, as many as fit", |at| {
        names_and_subtrees(NameKind::Uri, at)
    }),
    ("internet addresses × subtrees, as many as fit", |at| {
        names_and_subtrees(NameKind::Ip, at)
    }),
    ("a signer with RSA-16384", |at| long_key(16_384, at)),
    ("a CA with RSA-16384", |at| long_authority_key(16_384, at)),
    ("a CRL of 500,000 entries", |at| long_list(500_000, at)),
    ("500 distribution points", |at| many_points(500, at)),
    ("2,000 stale CRLs of the CA", |at| many_lists(2_000, at)),
    ("5,000 purposes", |at| many_purposes(5_000, at)),
];

fn key(number: u16) -> Result<Key, ForgeError> {
    Key::shared(KeyKind::P256, number)
}

fn authority(common: &str, number: u16, at: Timestamp) -> Result<Template, ForgeError> {
    let template = Template::authority(common, Validity::around(at));
    Ok(template.key(key(number)?))
}

fn root(at: Timestamp) -> Result<Entity, ForgeError> {
    authority("Gốc", 0, at)?.self_signed()
}

/// A list of an authority that revokes nobody.
fn empty_list(of: &Entity, at: Timestamp) -> Result<Vec<u8>, ForgeError> {
    RevocationList::complete(1, Validity::days(at, 1, 6)).signed_by(of)
}

/// A signer under a root and an authority that are honest, `edit` changing the signer.
fn honest(at: Timestamp, edit: impl FnOnce(Template) -> Template) -> Result<Hostile, ForgeError> {
    let root = root(at)?;
    let ca = authority("Cấp phát", 1, at)?.issued_by(&root)?;
    let signer = Template::signer("Người ký", Validity::around(at)).key(key(2)?);
    let signer = edit(signer).issued_by(&ca)?;
    Ok(Hostile {
        anchors: vec![root.der.clone()],
        supplied: vec![ca.der.clone()],
        lists: vec![empty_list(&root, at)?, empty_list(&ca, at)?],
        signer,
    })
}

/// What must pass, for comparison: nothing is wrong with it.
///
/// # Errors
/// [`ForgeError`], as for all here.
pub fn nothing(at: Timestamp) -> Result<Hostile, ForgeError> {
    honest(at, |t| t)
}

/// `count` authorities of one name, each certified by every other one. If `reachable`, the root
/// certified the last of them and the signer is under the first.
///
/// # Errors
/// [`ForgeError`].
pub fn same_names(count: u16, reachable: bool, at: Timestamp) -> Result<Hostile, ForgeError> {
    let mut own = Vec::new();
    for number in 0..count {
        own.push(authority("Đồng danh", number.saturating_add(10), at)?);
    }
    of_one_name(own, reachable, at)
}

/// As many as `signers` among nine authorities of one name, each among its own, over P-384: nothing that is checked
/// for one is checked for another.
///
/// # Errors
/// [`ForgeError`].
pub fn crowds(signers: u16, at: Timestamp) -> Result<Vec<Hostile>, ForgeError> {
    const EACH: u16 = 9;
    let crowd = |number: u16| {
        let from = number.saturating_mul(EACH);
        let mut own = Vec::new();
        for number in from..from.saturating_add(EACH) {
            let template = Template::authority("Đồng danh", Validity::around(at));
            own.push(template.key(Key::shared(KeyKind::P384, number)?));
        }
        of_one_name(own, false, at)
    };
    (0..signers).map(crowd).collect()
}

/// Authorities of one name that certified each other.
fn of_one_name(
    mut own: Vec<Template>,
    reachable: bool,
    at: Timestamp,
) -> Result<Hostile, ForgeError> {
    let root = root(at)?;
    for template in &mut own {
        // Without key identifiers nothing says which one is meant.
        template.linked = false;
    }
    let mut supplied = Vec::new();
    let mut entities = Vec::new();
    for (j, issuer) in own.iter().enumerate() {
        let issuer = issuer.clone().self_signed()?;
        for (i, subject) in own.iter().enumerate() {
            if i != j {
                let serial = supplied.len().to_be_bytes();
                supplied.push(subject.clone().serial(&serial).issued_by(&issuer)?.der);
            }
        }
        entities.push(issuer);
    }
    let mut lists = vec![empty_list(&root, at)?];
    if let Some(last) = own.last().filter(|_| reachable) {
        supplied.push(last.clone().issued_by(&root)?.der);
    }
    for entity in &entities {
        lists.push(empty_list(entity, at)?);
    }
    let first = entities.first().unwrap_or(&root);
    let mut signer = Template::signer("Người ký", Validity::around(at)).key(key(2)?);
    signer.linked = false;
    Ok(Hostile {
        anchors: vec![root.der.clone()],
        signer: signer.issued_by(first)?,
        supplied,
        lists,
    })
}

/// `depth` authorities under each other, each with `width` policies and a mapping from each of them
/// to each of the next one's: a tree of them would have `width` to the power of `depth` leaves.
///
/// # Errors
/// [`ForgeError`].
pub fn policies(depth: u16, width: u16, at: Timestamp) -> Result<Hostile, ForgeError> {
    let root = root(at)?;
    let named =
        |level: u16| -> Vec<String> { (0..width).map(|k| format!("1.2.3.{level}.{k}")).collect() };
    let mut above = root.clone();
    let mut lists = vec![empty_list(&root, at)?];
    for level in 0..depth {
        let (here, next) = (named(level), named(level.saturating_add(1)));
        let pairs: Vec<(&str, &str)> = here
            .iter()
            .flat_map(|a| next.iter().map(move |b| (a.as_str(), b.as_str())))
            .collect();
        let here: Vec<&str> = here.iter().map(String::as_str).collect();
        let name = format!("Cấp {level}");
        let template = authority(&name, level.saturating_add(10), at)?
            .with(extension::policies(&here))
            .with(extension::policy_mappings(&pairs))
            .with(extension::policy_constraints(Some(0), None));
        above = template.issued_by(&above)?;
        lists.push(empty_list(&above, at)?);
    }
    let last = named(depth);
    let last: Vec<&str> = last.iter().map(String::as_str).collect();
    let signer = Template::signer("Người ký", Validity::around(at)).key(key(2)?);
    let signer = signer.with(extension::policies(&last)).issued_by(&above)?;
    Ok(Hostile {
        anchors: vec![root.der],
        supplied: above.chain(),
        lists,
        signer,
    })
}

/// Two authorities that certify each other, and no way out.
///
/// # Errors
/// [`ForgeError`].
pub fn cycle(at: Timestamp) -> Result<Hostile, ForgeError> {
    let (a, b) = (authority("A", 10, at)?, authority("B", 11, at)?);
    let (root_a, root_b) = (a.clone().self_signed()?, b.clone().self_signed()?);
    let (by_b, by_a) = (a.issued_by(&root_b)?, b.issued_by(&root_a)?);
    let signer = Template::signer("Người ký", Validity::around(at)).key(key(2)?);
    Ok(Hostile {
        anchors: vec![root(at)?.der],
        signer: signer.issued_by(&root_a)?,
        supplied: vec![by_b.der, by_a.der],
        lists: vec![empty_list(&root_a, at)?, empty_list(&root_b, at)?],
    })
}

/// `length` authorities under each other before the signer.
///
/// # Errors
/// [`ForgeError`].
pub fn long_chain(length: u16, at: Timestamp) -> Result<Hostile, ForgeError> {
    let root = root(at)?;
    let mut above = root.clone();
    let mut lists = vec![empty_list(&root, at)?];
    for level in 0..length {
        let name = format!("Cấp {level}");
        above = authority(&name, level.saturating_add(10), at)?.issued_by(&above)?;
        lists.push(empty_list(&above, at)?);
    }
    let signer = Template::signer("Người ký", Validity::around(at)).key(key(2)?);
    Ok(Hostile {
        anchors: vec![root.der],
        signer: signer.issued_by(&above)?,
        supplied: above.chain(),
        lists,
    })
}

/// The signer's certificate is `octets` long.
///
/// # Errors
/// [`ForgeError`].
pub fn large_certificate(octets: usize, at: Timestamp) -> Result<Hostile, ForgeError> {
    honest(at, |template| {
        template.with(extension::Extension::raw(
            "1.2.3.4",
            false,
            vec![0x5a; octets],
        ))
    })
}

/// An intermediate that nobody asked for is `octets` long.
///
/// # Errors
/// [`ForgeError`].
pub fn large_intermediate(octets: usize, at: Timestamp) -> Result<Hostile, ForgeError> {
    let mut made = honest(at, |t| t)?;
    made.supplied
        .extend(large_certificate(octets, at)?.signer.chain());
    Ok(made)
}

/// The signer has `count` alternative names.
///
/// # Errors
/// [`ForgeError`].
pub fn many_names(count: usize, at: Timestamp) -> Result<Hostile, ForgeError> {
    let names: Vec<GeneralName> = (0..count)
        .map(|n| GeneralName::Dns(format!("{n}.vn")))
        .collect();
    honest(at, |template| {
        template.with(extension::subject_alt_name(&names))
    })
}

/// As many names as fit under as many subtrees as fit, all of which have to be compared.
///
/// # Errors
/// [`ForgeError`].
pub fn names_and_subtrees(kind: NameKind, at: Timestamp) -> Result<Hostile, ForgeError> {
    // 60 of the 64 KiB that a certificate may have.
    const OCTETS: usize = 60 * 1024;
    let fit = |one: &GeneralName| OCTETS.checked_div(one.der().len().saturating_add(4));
    let tree = |n: usize| kind.name(n, true);
    let count = fit(&tree(90_000)).unwrap_or(0);
    let trees: Vec<GeneralName> = (0..count).map(tree).collect();
    let count = fit(&kind.name(90_000, false)).unwrap_or(0);
    let names: Vec<GeneralName> = (0..count).map(|n| kind.name(n, false)).collect();
    let root = root(at)?;
    let ca = authority("Cấp phát", 1, at)?;
    let ca = ca
        .with(extension::name_constraints(&[], &trees))
        .issued_by(&root)?;
    let signer = Template::signer("Người ký", Validity::around(at)).key(key(2)?);
    let signer = signer.with(extension::subject_alt_name(&names));
    Ok(Hostile {
        anchors: vec![root.der.clone()],
        signer: signer.issued_by(&ca)?,
        supplied: vec![ca.der.clone()],
        lists: vec![empty_list(&root, at)?, empty_list(&ca, at)?],
    })
}

/// A kind of name that subtrees are made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameKind {
    /// Domain names.
    Dns,
    /// Mail addresses.
    Mail,
    /// Distinguished names.
    Directory,
    /// Addresses.
    Uri,
    /// Internet addresses.
    Ip,
}

impl NameKind {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Dns, Self::Mail, Self::Directory, Self::Uri, Self::Ip];

    fn name(self, number: usize, tree: bool) -> GeneralName {
        let number = u32::try_from(number).unwrap_or(0);
        match self {
            Self::Dns => GeneralName::Dns(format!("{number}{}", if tree { "x" } else { "y" })),
            Self::Mail if tree => GeneralName::Mail(format!("{number}x")),
            Self::Mail => GeneralName::Mail(format!("a@{number}y")),
            Self::Directory => {
                let text = format!("{number}{}", if tree { "x" } else { "y" });
                let empty = Name::empty();
                GeneralName::Directory(empty.with(name::COMMON, der::UTF8, &text))
            }
            Self::Uri if tree => GeneralName::Uri(format!("{number}x")),
            Self::Uri => GeneralName::Uri(format!("a://{number}y/")),
            Self::Ip if tree => {
                let subnet = [number.to_be_bytes(), [0xff; 4]].concat();
                GeneralName::Ip(subnet)
            }
            Self::Ip => GeneralName::Ip(number.saturating_add(1 << 30).to_be_bytes().to_vec()),
        }
    }
}

/// The signer's key is RSA of `bits`, of which nobody knows the private half: what it signs does
/// not verify, but finding that out would be slow.
///
/// # Errors
/// [`ForgeError`].
pub fn long_key(bits: usize, at: Timestamp) -> Result<Hostile, ForgeError> {
    honest(at, |mut template| {
        template.spki = Some(rsa_spki(bits));
        template
    })
}

/// The issuing authority's key is RSA of `bits`, and the certificate under it claims to be signed
/// by it.
///
/// # Errors
/// [`ForgeError`].
pub fn long_authority_key(bits: usize, at: Timestamp) -> Result<Hostile, ForgeError> {
    let root = root(at)?;
    let mut ca = authority("Cấp phát", 1, at)?;
    ca.spki = Some(rsa_spki(bits));
    let ca = ca.issued_by(&root)?;
    // An RSA-2048 key signs, so that the algorithm fits the key; the length of the value does not.
    let rsa = Key::shared(KeyKind::Rsa2048, 1)?;
    let false_ca = Entity {
        key: rsa,
        ..ca.clone()
    };
    let signer = Template::signer("Người ký", Validity::around(at)).key(key(2)?);
    Ok(Hostile {
        anchors: vec![root.der.clone()],
        signer: signer.issued_by(&false_ca)?,
        supplied: vec![ca.der],
        lists: vec![empty_list(&root, at)?],
    })
}

fn rsa_spki(bits: usize) -> Vec<u8> {
    // Odd, positive and of the full length, which is all that is checked before use.
    let mut modulus = vec![0xab; bits / 8];
    modulus.insert(0, 0);
    let key = der::sequence_of(&[der::raw_integer(&modulus), der::integer(65_537)]);
    let algorithm = der::algorithm("1.2.840.113549.1.1.1", Some(&der::null()));
    der::sequence_of(&[algorithm, der::bits(&key)])
}

/// The issuing authority's CRL has `entries` entries, of which none is the signer's.
///
/// # Errors
/// [`ForgeError`].
pub fn long_list(entries: u32, at: Timestamp) -> Result<Hostile, ForgeError> {
    let root = root(at)?;
    let ca = authority("Cấp phát", 1, at)?.issued_by(&root)?;
    let signer = Template::signer("Người ký", Validity::around(at)).key(key(2)?);
    let mut list = RevocationList::complete(1, Validity::days(at, 1, 6));
    list.encoded = many(entries, at.plus_secs(-48 * 3600));
    Ok(Hostile {
        anchors: vec![root.der.clone()],
        signer: signer.issued_by(&ca)?,
        supplied: vec![ca.der.clone()],
        lists: vec![empty_list(&root, at)?, list.signed_by(&ca)?],
    })
}

/// The signer names `count` places of CRLs, none of which answers.
///
/// # Errors
/// [`ForgeError`].
pub fn many_points(count: usize, at: Timestamp) -> Result<Hostile, ForgeError> {
    use super::distribution::{Point, crl_points};
    let points: Vec<Point> = (0..count)
        .map(|n| Point::uri(&format!("http://crl.example/{n}")))
        .collect();
    let mut made = honest(at, |template| template.with(crl_points(&points)))?;
    made.lists.truncate(1);
    Ok(made)
}

/// `count` lists of the same authority, each newer than the one before and each out of date.
///
/// # Errors
/// [`ForgeError`].
pub fn many_lists(count: u16, at: Timestamp) -> Result<Hostile, ForgeError> {
    let mut made = honest(at, |t| t)?;
    let root = root(at)?;
    let ca = authority("Cấp phát", 1, at)?.issued_by(&root)?;
    made.lists.truncate(1);
    for number in 0..count {
        let from = at.plus_secs(-30 * 24 * 3600).plus_secs(i64::from(number));
        let validity = Validity {
            from,
            until: from.plus_secs(24 * 3600),
        };
        let list = RevocationList::complete(u64::from(number), validity);
        made.lists.push(list.signed_by(&ca)?);
    }
    Ok(made)
}

/// The signer's only purpose, `count` times over.
///
/// # Errors
/// [`ForgeError`].
pub fn many_purposes(count: usize, at: Timestamp) -> Result<Hostile, ForgeError> {
    let purposes = vec![id::DOCUMENT_SIGNING; count];
    honest(at, |template| {
        template.with(extension::extended_key_usage(&purposes))
    })
}
