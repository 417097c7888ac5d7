//! Writes a real installation: configuration, registry, own keys, material, and one profile per
//! unit.

use super::DemoError;
use super::units::{PROVINCE, UNITS, UnitInfo};
use super::world::{MaterialFile, Member, SPECIAL, World};
use crate::config::registry;
use crate::forge::{Identity, pki::pem};
use crate::keys::files::{self, own};
use crate::keys::issue;
use crate::model::{Digest, Timestamp, UnitCode};
use crate::registry::{Binding, KeyPair, Parts, Registry, Role, Succession, Unit, UnitKind};
use crate::shelf::private_folder;
use crate::trust::certificate::Certificate;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

/// The gateway's name on receipts.
pub const GATEWAY: &str = "Cổng liên thông mẫu";

/// Where an installation is, and where its daemon listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Installation {
    /// Its folder.
    pub home: PathBuf,
    /// Its configuration file.
    pub config: PathBuf,
    /// The exchange listener.
    pub exchange: SocketAddr,
    /// The operations listener.
    pub operations: SocketAddr,
}

impl Installation {
    /// The profile of a unit.
    #[must_use]
    pub fn profile(&self, unit: &str) -> PathBuf {
        self.home.join("profiles").join(unit).join("profile.toml")
    }

    /// The folder `certs`.
    #[must_use]
    pub fn certs(&self) -> PathBuf {
        self.home.join("certs")
    }
}

/// What an installation is to hold.
#[derive(Debug)]
pub struct Plan<'a> {
    /// Which signatures documents must carry.
    pub policy: &'a str,
    /// Units.
    pub units: Vec<Unit>,
    /// Bindings of signing keys.
    pub bindings: Vec<Binding>,
    /// Files for `certs/`.
    pub material: Vec<MaterialFile>,
    /// What became of units.
    pub changes: Vec<Succession>,
    /// Hosts and ports inside that may be asked for validation material.
    pub private: Vec<String>,
    /// For what it is made.
    pub kind: Kind,
}

/// For what an installation is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Documents that are really signed and sent.
    Live,
    /// A history that is written beforehand.
    Simulated {
        /// Since when each unit is connected.
        joined: BTreeMap<UnitCode, Timestamp>,
        /// When it begins: the receipt key is valid from then on.
        first: Timestamp,
    },
}

impl Plan<'_> {
    /// The plan of the demo's world.
    ///
    /// # Errors
    /// [`DemoError::Forge`] if a CRL could not be made.
    pub fn of(world: &World) -> Result<Plan<'static>, DemoError> {
        // Before anything that is proved to have been signed earlier.
        let from = world.now.plus_secs(-30 * 24 * 3600);
        Ok(Plan {
            policy: "require-agency",
            units: units(),
            bindings: world
                .members
                .iter()
                .flat_map(|m| bindings(m, from))
                .collect(),
            material: world.material()?,
            changes: Vec::new(),
            private: vec![world.online.host().to_owned()],
            kind: Kind::Live,
        })
    }
}

/// The demo's units as the registry takes them.
#[must_use]
pub fn units() -> Vec<Unit> {
    let unit = |u: &UnitInfo| {
        Some(Unit {
            code: UnitCode::parse(u.code)?,
            name: format!("{} (mã mẫu)", u.name),
            kind: UnitKind::State,
            parent: UnitCode::parse(PROVINCE).filter(|p| p.as_str() != u.code),
            channel: crate::registry::Channel::Pull,
            details: crate::registry::Details::default(),
        })
    };
    UNITS.iter().filter_map(unit).collect()
}

fn bindings(member: &Member, from: Timestamp) -> Vec<Binding> {
    let Some(unit) = UnitCode::parse(member.unit.code) else {
        return Vec::new();
    };
    let bind = |identity: &Identity, role: Role, note: &str| Binding {
        keys: KeyPair {
            issuer: identity.issuer_key,
            subject: identity.subject_key,
        },
        unit: unit.clone(),
        role,
        from,
        until: None,
        note: note.to_owned(),
    };
    let name = member.unit.name;
    let mut out: Vec<Binding> = member
        .agency_bindings()
        .map(|i| bind(i, Role::Agency, name))
        .collect();
    out.push(bind(&member.person, Role::Person, member.unit.signer));
    out
}

/// The ports tried: below those from which systems number outgoing connections (Linux: 32768 on),
/// one of which could otherwise take a daemon's port while it restarts.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Two free ports on loopback. Another process may take them before the daemon does; then the demo
/// tries again with others.
///
/// # Errors
/// The last one of binding.
pub fn free_ports() -> std::io::Result<(SocketAddr, SocketAddr)> {
    let (first, second) = (free_port()?, free_port()?);
    Ok((first.local_addr()?, second.local_addr()?))
}

fn free_port() -> std::io::Result<TcpListener> {
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for _ in 0..100 {
        let chance: [u8; 2] = ring::rand::generate(&ring::rand::SystemRandom::new())
            .map(ring::rand::Random::expose)
            .unwrap_or_default();
        let width = PORTS.end.saturating_sub(PORTS.start);
        let step = u16::from_le_bytes(chance).checked_rem(width).unwrap_or(0);
        let port = PORTS.start.saturating_add(step);
        match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))) {
            Ok(listener) => return Ok(listener),
            Err(e) => last = e,
        }
    }
    Err(last)
}

/// Writes the installation into `home`.
///
/// # Errors
/// [`DemoError`] naming what could not be written.
pub fn write(home: &Path, plan: &Plan<'_>, now: Timestamp) -> Result<Installation, DemoError> {
    let (exchange, operations) = free_ports().map_err(|e| DemoError::folder(home, &e))?;
    let installation = Installation {
        home: home.into(),
        config: home.join("config/lienthong.toml"),
        exchange,
        operations,
    };
    private_folder(home).map_err(|e| DemoError::folder(home, &e))?;
    let certs = installation.certs();
    for folder in ["trust", "intermediate", "distrust", "crl", "own"] {
        make_folder(&certs.join(folder))?;
    }
    for file in &plan.material {
        put(&certs.join(&file.path), &file.bytes)?;
    }
    let names = ["127.0.0.1".into(), "localhost".into()];
    let first = match &plan.kind {
        Kind::Live => now,
        Kind::Simulated { first, .. } => *first,
    };
    files::create_own_since(&certs.join("own"), GATEWAY, &names, (first, now))?;
    put(
        &installation.config,
        configuration(&installation, plan).as_bytes(),
    )?;
    let transport = enrol(&installation, plan, now)?;
    let registry = Registry::of(Parts {
        units: plan.units.clone(),
        bindings: plan.bindings.iter().cloned().chain(transport).collect(),
        changes: plan.changes.clone(),
    })?;
    registry::write(&home.join("config/units.toml"), &registry)?;
    Ok(installation)
}

/// Writes the configuration anew with other ports, and the profiles with it.
///
/// # Errors
/// As [`write()`].
pub fn change_ports(installation: &mut Installation, plan: &Plan<'_>) -> Result<(), DemoError> {
    let failed = |e: std::io::Error| DemoError::folder(&installation.home, &e);
    (installation.exchange, installation.operations) = free_ports().map_err(failed)?;
    put(
        &installation.config,
        configuration(installation, plan).as_bytes(),
    )?;
    for unit in &plan.units {
        put(
            &installation.profile(unit.code.as_str()),
            profile(installation, &unit.code).as_bytes(),
        )?;
    }
    Ok(())
}

fn configuration(installation: &Installation, plan: &Plan<'_>) -> String {
    let policy = plan.policy;
    let private = &plan.private;
    let simulated = match plan.kind {
        Kind::Live => "",
        Kind::Simulated { .. } => "simulated = true\n",
    };
    format!(
        "# Cấu hình của một lần chạy thử (demo). / The configuration of one demo.\n\
         [gateway]\nname = \"{GATEWAY}\"\n{simulated}\n\
         [exchange]\nlisten = \"{}\"\nnames = [\"127.0.0.1\", \"localhost\"]\n\n\
         [operations]\nlisten = \"{}\"\n\n\
         [policy]\nsignatures = \"{policy}\"\nagency_domains = [\"{SPECIAL}\"]\nhold_hours = 1\n\n\
         [clocks]\nflash_secs = 2\n\n\
         [fetch]\nprivate = {private:?}\n",
        installation.exchange, installation.operations
    )
}

/// Makes key, certificate and profile of every unit, and the bindings of their keys.
fn enrol(
    installation: &Installation,
    plan: &Plan<'_>,
    now: Timestamp,
) -> Result<Vec<Binding>, DemoError> {
    let own_folder = installation.certs().join("own");
    let ca = files::read_pair(&own_folder, own::TRANSPORT_CA, own::TRANSPORT_CA_KEY)?;
    let authority = issue::Authority::new(&ca)?;
    let receipt_ca = files::read_certificate(&own_folder.join(own::RECEIPT_CA))?;
    let issuer = key_digest(&ca.certificate_der)?;
    let mut out = Vec::new();
    for unit in &plan.units {
        let validity = issue::Validity::years(now, 1);
        let validity = match &plan.kind {
            Kind::Live => validity,
            // Who calls is asked by the gateway's clock, which goes on from where the history ended.
            Kind::Simulated { first, .. } => issue::Validity {
                from: *first,
                ..validity
            },
        };
        let client = issue::issue_client(&authority, &unit.code, validity)?;
        let path = installation.profile(unit.code.as_str());
        let folder = path.parent().unwrap_or(&installation.home);
        put(&path, profile(installation, &unit.code).as_bytes())?;
        files::write_pair(folder, "client.pem", "client.key", &client)?;
        put(
            &folder.join("gateway-ca.pem"),
            ca.certificate_pem.as_bytes(),
        )?;
        put(
            &folder.join("receipt-ca.pem"),
            pem("CERTIFICATE", &receipt_ca).as_bytes(),
        )?;
        out.push(Binding {
            keys: KeyPair {
                issuer,
                subject: key_digest(&client.certificate_der)?,
            },
            unit: unit.code.clone(),
            role: Role::Transport,
            from: match &plan.kind {
                Kind::Live => now.plus_secs(-3600),
                Kind::Simulated { joined, first } => *joined.get(&unit.code).unwrap_or(first),
            },
            until: None,
            note: "demo".into(),
        });
    }
    Ok(out)
}

fn profile(installation: &Installation, unit: &UnitCode) -> String {
    format!(
        "url = \"https://{}\"\nunit = \"{unit}\"\ncertificate = \"client.pem\"\n\
         key = \"client.key\"\ngateway_ca = \"gateway-ca.pem\"\nreceipt_ca = \"receipt-ca.pem\"\n",
        installation.exchange
    )
}

fn key_digest(der: &[u8]) -> Result<Digest, DemoError> {
    Ok(Certificate::parse(der)?.key_digest())
}

fn make_folder(path: &Path) -> Result<(), DemoError> {
    std::fs::create_dir_all(path).map_err(|e| DemoError::folder(path, &e))
}

/// Writes a file so that a reader sees it whole or not at all.
///
/// # Errors
/// [`DemoError::Folder`].
pub fn put(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let failed = |e: std::io::Error| DemoError::folder(path, &e);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    let temporary = path.with_file_name(name);
    std::fs::write(&temporary, bytes).map_err(failed)?;
    std::fs::rename(&temporary, path).map_err(failed)
}
