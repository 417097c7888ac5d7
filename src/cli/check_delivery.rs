//! `check-config`: whether every unit that does not fetch could be delivered to, as far as files say.

use super::console::Console;
use crate::config::Settings;
use crate::delivery::{Folders, Secret, client_tls, secret_path};
use crate::fetch::Doors;
use crate::lang;
use crate::policy::Rules;
use crate::registry::{Channel, Unit};

/// What is wrong with a unit's channel; `None` if nothing is.
fn problem(settings: &Settings, unit: &Unit) -> Option<String> {
    let folders = Folders {
        push: settings.push(),
        own: settings.own(),
    };
    let tls = client_tls(&unit.channel, &folders).map(|_| ());
    let secret = || match unit.channel {
        Channel::Webhook { .. } => Secret::read(&secret_path(&folders.own, &unit.code)).map(|_| ()),
        Channel::Pull | Channel::Push { .. } => Ok(()),
    };
    let faulty = tls.and_then(|()| secret()).err().map(|e| e.to_string());
    faulty.or_else(|| unopened(settings, &unit.channel))
}

/// Why the gateway will never connect to a channel's address, as far as the address says by itself.
pub(super) fn unopened(settings: &Settings, channel: &Channel) -> Option<String> {
    let doors = Doors {
        private: settings.delivery.private.clone(),
        hosts: Vec::new(),
    };
    let refused = doors.admit(channel.url()?).err();
    refused.map(|e| e.to_string())
}

fn problems<'a>(
    settings: &'a Settings,
    rules: &'a Rules,
) -> impl Iterator<Item = (&'a Unit, String)> {
    let delivered = rules
        .registry
        .units()
        .filter(|u| u.channel != Channel::Pull);
    delivered.filter_map(|unit| Some((unit, problem(settings, unit)?)))
}

/// Says which units cannot be delivered to, and what to do.
pub(super) fn tell(console: &Console, settings: &Settings, rules: &Rules) {
    for (unit, problem) in problems(settings, rules) {
        let problem = lang::foreign(console.language, &problem);
        let values = [
            ("code", unit.code.as_str()),
            ("problem", &lang::visible(&problem)),
        ];
        console.tell("cli-check-channel", &values);
        console.tell("cli-check-channel-next", &[("code", unit.code.as_str())]);
    }
}

/// The same for a program.
pub(super) fn json(settings: &Settings, rules: &Rules) -> serde_json::Value {
    let each = problems(settings, rules).map(|(unit, problem)| {
        serde_json::json!({ "unit": unit.code.as_str(), "channel": unit.channel.name(), "problem": problem })
    });
    each.collect::<Vec<_>>().into()
}
