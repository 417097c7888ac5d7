//! An installation with units that do not only fetch: some are pushed to, some are told by a webhook.

use crate::receiver::Receiver;
use crate::support::{Gateway, WORLD};
use lienthong::delivery::{Secret, secret_path};
use lienthong::demo::install::Plan;
use lienthong::demo::units::UNITS;
use lienthong::model::UnitCode;
use lienthong::registry::Channel;
use std::path::Path;

/// How a unit is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reached {
    Push,
    Webhook,
}

/// Installs into `home`, or into a folder of its own, without starting.
pub fn installed(home: Option<&Path>, units: &[(usize, Reached, &Receiver)]) -> Gateway {
    let mut plan = Plan::of(&WORLD).expect("plan");
    for (place, how, receiver) in units {
        let port = receiver.port();
        let ca = format!("receiver-{place}.pem");
        let own = |unit: &&mut lienthong::registry::Unit| unit.code.as_str() == UNITS[*place].code;
        let unit = plan.units.iter_mut().find(own).expect("unit");
        unit.channel = match how {
            Reached::Push => Channel::Push {
                url: format!("https://localhost:{port}/nhan"),
                ca,
            },
            Reached::Webhook => Channel::Webhook {
                url: format!("https://localhost:{port}/bao"),
                ca: Some(ca),
            },
        };
    }
    let gateway = match home {
        Some(home) => Gateway::installed(home, &plan),
        None => Gateway::installed_in_own_folder(&plan),
    };
    let certs = gateway.at.certs();
    std::fs::create_dir_all(certs.join("push")).expect("folder");
    let mut private = Vec::new();
    for (place, how, receiver) in units {
        receiver.trusts(&certs.join("own/transport-ca.pem"));
        let ca = certs.join(format!("push/receiver-{place}.pem"));
        std::fs::write(ca, receiver.ca_pem()).expect("CA");
        private.push(format!("localhost:{}", receiver.port()));
        if *how == Reached::Webhook {
            let path = secret_of(&gateway, *place);
            std::fs::create_dir_all(path.parent().expect("folder")).expect("folder");
            let secret = Secret::generate(&ring::rand::SystemRandom::new());
            std::fs::write(path, secret.expect("secret")).expect("secret");
        }
    }
    configure(&gateway, |text| {
        format!(
            "{text}\n[delivery]\nprivate = {private:?}\nfirst_retry_secs = 1\nlongest_retry_secs = 1\n"
        )
    });
    gateway
}

/// Where the secret of a unit's webhook lies.
pub fn secret_of(gateway: &Gateway, place: usize) -> std::path::PathBuf {
    let unit = UnitCode::parse(UNITS[place].code).expect("code");
    secret_path(&gateway.at.certs().join("own"), &unit)
}

/// Writes the configuration anew.
pub fn configure(gateway: &Gateway, change: impl FnOnce(String) -> String) {
    let text = std::fs::read_to_string(&gateway.at.config).expect("configuration");
    std::fs::write(&gateway.at.config, change(text)).expect("written");
}
