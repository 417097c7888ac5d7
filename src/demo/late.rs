//! The last step: a list says that the certificate of one unit was revoked before its documents
//! arrived. They were accepted, and that stands; both sides are told.

use super::DemoError;
use super::exchange::Exchange;
use super::install::{Installation, put};
use super::units::UNITS;
use super::world::World;
use crate::clock::{Clock, SystemClock};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A commune as which nobody is shown to send afterwards.
const UNIT: &str = "H53.MAU.TL";
/// How long the first notice may take, and the last after it.
const FIRST: Duration = Duration::from_secs(30);
const LAST: Duration = Duration::from_millis(500);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// What was told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doubted {
    /// The unit's name, short.
    pub unit: &'static str,
    /// Where the list is, below `certs/`.
    pub list: String,
    /// How many documents.
    pub count: usize,
    /// Whether it is what was intended: documents of that unit, each once, all of them accepted.
    pub intended: bool,
}

/// Drops the list in and waits until the unit was told.
///
/// # Errors
/// [`DemoError`] if the list cannot be written or the gateway does not answer.
pub async fn revoke(
    world: &World,
    at: &Installation,
    exchange: &Exchange,
) -> Result<Option<Doubted>, DemoError> {
    let place = UNITS.iter().position(|unit| unit.code == UNIT);
    let found = place.and_then(|place| {
        let (member, office) = (world.members.get(place)?, exchange.office_at(place)?);
        Some((place, member, office))
    });
    let Some((place, member, office)) = found else {
        return Ok(None);
    };
    let hour = world.now.plus_secs(-3600);
    let list = world.late_crl(member, hour, SystemClock.now())?;
    put(&at.certs().join(&list.path), &list.bytes)?;
    let began = Instant::now();
    let mut told: Vec<String> = Vec::new();
    while told.is_empty() && began.elapsed() < FIRST {
        sleep(PAUSE).await;
        told = notices(office).await?;
    }
    loop {
        sleep(LAST).await;
        let now = notices(office).await?;
        if now.len() <= told.len() {
            break;
        }
        told = now;
    }
    let each: BTreeSet<&String> = told.iter().collect();
    let accepted = exchange.accepted_of(place);
    Ok(Some(Doubted {
        unit: member.unit.short,
        list: list.path,
        count: told.len(),
        intended: !told.is_empty()
            && each.len() == told.len()
            && told.iter().all(|id| accepted.contains(id)),
    }))
}

/// The documents of whose doubts the unit was told as their sender.
async fn notices(office: &super::office::Office) -> Result<Vec<String>, DemoError> {
    let (mut told, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = office.client.notices(after.as_deref(), 200, 0).await?;
        let own = page.items.into_iter();
        let own = own.filter(|n| n.sender == office.unit && n.notice == "doubted");
        told.extend(own.map(|notice| notice.id));
        after = page.next;
        if after.is_none() {
            return Ok(told);
        }
    }
}
