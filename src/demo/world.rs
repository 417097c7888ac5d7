//! Throw-away trust: two roots that do not chain to each other, issuing CAs, and for every unit the
//! certificates it uses, rightly and wrongly.

use super::online::{Online, OnlineMember};
use super::units::{UNITS, UnitInfo};
use crate::forge::{Authority, Crl, ForgeError, Identity, Key, KeyKind, Profile, Validity};
use crate::model::Timestamp;
use rcgen::DnType;

/// The Government's specialised certificates.
pub const SPECIAL: &str = "co-yeu";
/// Public certificates.
pub const PUBLIC: &str = "cong-cong";

/// Every certificate of one unit.
#[derive(Debug)]
pub struct Member {
    /// The unit.
    pub unit: &'static UnitInfo,
    /// The agency's certificate.
    pub agency: Identity,
    /// Its signing person's, from the public root.
    pub person: Identity,
    /// An agency certificate that has expired.
    pub expired: Identity,
    /// An agency certificate that begins tomorrow.
    pub not_yet: Identity,
    /// An agency certificate that is revoked.
    pub revoked: Identity,
    /// An agency certificate from an authority whose CRL is out of date.
    pub late: Identity,
    /// An agency certificate from a root that the gateway does not know.
    pub outsider: Identity,
    /// A good certificate that is bound to nobody.
    pub unbound: Identity,
    /// An agency certificate from the public root, which may not certify agencies here.
    pub wrong_domain: Identity,
    /// An agency certificate of an authority that is revoked itself.
    pub fallen: Identity,
    /// Agency certificates about which somebody has to be asked.
    pub online: OnlineMember,
}

impl Member {
    /// The certificates bound to the unit as its agency.
    pub fn agency_bindings(&self) -> impl Iterator<Item = &Identity> {
        [
            &self.agency,
            &self.expired,
            &self.not_yet,
            &self.revoked,
            &self.late,
            &self.outsider,
            &self.fallen,
            &self.wrong_domain,
        ]
        .into_iter()
        .chain(self.online.all())
    }
}

/// The authorities and members.
#[derive(Debug)]
pub struct World {
    /// When it was made.
    pub now: Timestamp,
    special_root: Authority,
    special: Authority,
    /// Its CRL is out of date until a fresh one is dropped in.
    late: Authority,
    /// Revoked by the root.
    fallen: Authority,
    public_root: Authority,
    public: Authority,
    /// The authorities that are asked over the network.
    pub online: Online,
    /// One per unit, in the order of [`UNITS`].
    pub members: Vec<Member>,
}

/// A file for one of the folders under `certs/`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MaterialFile {
    /// Its path below `certs/`.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

struct Makers<'a> {
    special: &'a Authority,
    late: &'a Authority,
    fallen: &'a Authority,
    public: &'a Authority,
    outside: &'a Authority,
    now: Timestamp,
}

impl World {
    /// Makes everything anew. `base` is where authorities are asked ([`Online`]).
    ///
    /// # Errors
    /// [`ForgeError`] if the machine cannot make keys.
    pub fn new(now: Timestamp, base: &str) -> Result<Self, ForgeError> {
        let good = Validity::around(now);
        let signers = UNITS.iter().filter(|u| u.rsa).count();
        let mut keys = Key::generate_many(KeyKind::Rsa2048, signers.saturating_add(2))?;
        let mut rsa = move || match keys.pop() {
            Some(key) => Ok(key),
            None => Key::generate(KeyKind::Rsa2048),
        };
        let special_root = Authority::root_with("Gốc chuyên dùng (mẫu)", rsa()?, good)?;
        let issuing = "CA chuyên dùng 1 (mẫu)";
        let special = special_root.authority_with(issuing, rsa()?, good, |_| {})?;
        let late = special_root.authority("CA chuyên dùng 2 (mẫu)", KeyKind::P256, good)?;
        let fallen = special_root.authority("CA chuyên dùng 6 (mẫu)", KeyKind::P256, good)?;
        let public_root = Authority::root("Gốc công cộng (mẫu)", KeyKind::P256, good)?;
        let public = public_root.authority("CA công cộng (mẫu)", KeyKind::P256, good)?;
        let unknown = Authority::root("Gốc lạ", KeyKind::P256, good)?;
        let outside = unknown.authority("CA lạ", KeyKind::P256, good)?;
        let mut online = Online::new(&special_root, base, now)?;
        let makers = Makers {
            special: &special,
            late: &late,
            fallen: &fallen,
            public: &public,
            outside: &outside,
            now,
        };
        let members: Result<Vec<Member>, ForgeError> = UNITS
            .iter()
            .map(|unit| {
                let key = if unit.rsa {
                    rsa()?
                } else {
                    Key::generate(KeyKind::P256)?
                };
                makers.member(unit, key, online.member(unit)?)
            })
            .collect();
        Ok(Self {
            now,
            members: members?,
            special_root,
            special,
            late,
            fallen,
            public_root,
            public,
            online,
        })
    }

    /// What goes into `certs/` before the daemon starts: anchors, issuing CAs, CRLs, one of them
    /// out of date.
    ///
    /// # Errors
    /// [`ForgeError`] if a CRL could not be made.
    pub fn material(&self) -> Result<Vec<MaterialFile>, ForgeError> {
        let file = |path: String, bytes: &[u8]| MaterialFile {
            path,
            bytes: bytes.to_vec(),
        };
        let crl = |by: &Authority, revoked: Vec<(Vec<u8>, Timestamp)>| {
            by.crl(&Crl {
                validity: Validity::days(self.now, 1, 7),
                number: 1,
                revoked,
            })
        };
        let yesterday = self.now.plus_secs(-24 * 3600);
        let revoked = self.members.iter().map(|m| (m.revoked.serial(), yesterday));
        let stale = Crl {
            validity: Validity::days(self.now, 9, -2),
            number: 1,
            revoked: Vec::new(),
        };
        let mut files = self.online.material()?;
        files.extend([
            file(format!("trust/{SPECIAL}/root.crt"), self.special_root.der()),
            file(format!("trust/{PUBLIC}/root.crt"), self.public_root.der()),
            file("intermediate/co-yeu-1.crt".into(), self.special.der()),
            file("intermediate/co-yeu-2.crt".into(), self.late.der()),
            file("intermediate/co-yeu-6.crt".into(), self.fallen.der()),
            file("intermediate/cong-cong.crt".into(), self.public.der()),
            file(
                "crl/co-yeu-goc.crl".into(),
                &crl(
                    &self.special_root,
                    vec![(self.fallen.entity()?.serial, yesterday)],
                )?,
            ),
            file(
                "crl/co-yeu-1.crl".into(),
                &crl(&self.special, revoked.collect())?,
            ),
            file("crl/co-yeu-2.crl".into(), &self.late.crl(&stale)?),
            file("crl/co-yeu-6.crl".into(), &crl(&self.fallen, Vec::new())?),
            file(
                "crl/cong-cong-goc.crl".into(),
                &crl(&self.public_root, Vec::new())?,
            ),
            file("crl/cong-cong.crl".into(), &crl(&self.public, Vec::new())?),
        ]);
        Ok(files)
    }

    /// A newer CRL that dates the revocation of a unit's own certificate to `since`.
    ///
    /// # Errors
    /// [`ForgeError`] if it could not be made.
    pub fn late_crl(
        &self,
        member: &Member,
        since: Timestamp,
        at: Timestamp,
    ) -> Result<MaterialFile, ForgeError> {
        let yesterday = self.now.plus_secs(-24 * 3600);
        let known = self.members.iter().map(|m| (m.revoked.serial(), yesterday));
        let crl = Crl {
            validity: Validity {
                from: at,
                until: at.plus_secs(7 * 24 * 3600),
            },
            number: 2,
            revoked: known.chain([(member.agency.serial(), since)]).collect(),
        };
        Ok(MaterialFile {
            path: "crl/co-yeu-1-moi.crl".into(),
            bytes: self.special.crl(&crl)?,
        })
    }

    /// The fresh CRL that releases what waits for it.
    ///
    /// # Errors
    /// [`ForgeError`] if it could not be made.
    pub fn fresh_crl(&self, at: Timestamp) -> Result<MaterialFile, ForgeError> {
        let crl = Crl {
            validity: Validity {
                from: at.plus_secs(-60),
                until: at.plus_secs(7 * 24 * 3600),
            },
            number: 2,
            revoked: Vec::new(),
        };
        Ok(MaterialFile {
            path: "crl/co-yeu-2-moi.crl".into(),
            bytes: self.late.crl(&crl)?,
        })
    }
}

impl Makers<'_> {
    fn member(
        &self,
        unit: &'static UnitInfo,
        key: Key,
        online: OnlineMember,
    ) -> Result<Member, ForgeError> {
        let good = Validity::around(self.now);
        let organisation = [
            (DnType::OrganizationName, unit.name),
            (DnType::CommonName, unit.name),
        ];
        let human = [
            (DnType::OrganizationName, unit.name),
            (DnType::CommonName, unit.signer),
        ];
        let agency = |by: &Authority, validity: Validity| {
            by.issue(&organisation, KeyKind::P256, validity, Profile::Signing)
        };
        Ok(Member {
            unit,
            agency: self
                .special
                .issue_with(&organisation, key, good, Profile::Signing, |_| {})?,
            person: self
                .public
                .issue(&human, KeyKind::P256, good, Profile::Signing)?,
            expired: agency(self.special, Validity::expired(self.now))?,
            not_yet: agency(self.special, Validity::not_yet(self.now))?,
            revoked: agency(self.special, good)?,
            late: agency(self.late, good)?,
            fallen: agency(self.fallen, good)?,
            outsider: agency(self.outside, good)?,
            unbound: agency(self.special, good)?,
            wrong_domain: agency(self.public, good)?,
            online,
        })
    }
}
