//! One unit: what it is, how it is called, who answers for it, and how documents reach it.

use super::{Channel, RegistryError};
use crate::model::indication::words;
use crate::model::{LocalDay, UnitCode};

words! {
    /// What kind of organisation a unit is; only *state* recipients count.
    UnitKind {
        /// A state agency.
        State = 1 "state",
        /// Anything else.
        Other = 2 "other",
    }
}

words! {
    /// The level of administration that a unit belongs to.
    Level {
        /// Ministries and what is under them.
        Central = 1 "central",
        /// Provinces and cities under the centre, with their departments.
        Province = 2 "province",
        /// Districts: abolished on 1 July 2025, and still in older figures.
        District = 3 "district",
        /// Communes and wards.
        Commune = 4 "commune",
    }
}

words! {
    /// By which way documents reach a unit.
    Via {
        /// This gateway.
        Gateway = 1 "gateway",
        /// Another gateway.
        Peer = 2 "peer",
        /// The national axis.
        Axis = 3 "axis",
        /// None that is electronic.
        Paper = 4 "paper",
    }
}

words! {
    /// What of a unit's details cannot be.
    DetailProblem {
        /// Two former names up to one day, or not in their order.
        NameOrder = 1 "name_order",
        /// Two ways from one day on, or not in their order.
        WayOrder = 2 "way_order",
        /// A contact of more than 500 octets.
        LongContact = 3 "long_contact",
        /// More than 100 names, codes or ways.
        TooMany = 4 "too_many",
        /// An e-mail address that is none.
        Email = 5 "email",
    }
}

/// From a day on a unit is reached so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Reached {
    /// The first day.
    pub from: LocalDay,
    /// By which way.
    pub via: Via,
}

/// A name that a unit had.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FormerName {
    /// The last day on which it was called so.
    pub until: LocalDay,
    /// The name.
    pub name: String,
}

/// Who answers for a unit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contact {
    /// Person or office.
    pub name: String,
    /// Address of electronic mail.
    pub email: String,
    /// Telephone.
    pub phone: String,
}

/// The longest text of a contact, and the most former names, other codes and ways of one unit, in octets
/// and in number: far more than any directory has.
const MAX_TEXT: usize = 500;
const MAX_LIST: usize = 100;

/// What need not be said of a unit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Details {
    /// Its level of administration.
    pub level: Option<Level>,
    /// Its codes of the other national scheme, and older ones; never that of another unit.
    pub aliases: Vec<UnitCode>,
    /// The names it had, the earliest first.
    pub former_names: Vec<FormerName>,
    /// Who answers for it.
    pub contact: Contact,
    /// How it is reached from which day on, the earliest first; before that, and without any, by this
    /// gateway.
    pub reached: Vec<Reached>,
}

/// A unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// Its name, for people.
    pub name: String,
    /// What kind of organisation it is.
    pub kind: UnitKind,
    /// The unit above it.
    pub parent: Option<UnitCode>,
    /// How documents reach it here.
    pub channel: Channel,
    /// What else is known of it.
    pub details: Details,
}

impl Unit {
    /// How it was called on a day.
    #[must_use]
    pub fn name_on(&self, day: LocalDay) -> &str {
        let former = self
            .details
            .former_names
            .iter()
            .find(|former| day <= former.until);
        former.map_or(&self.name, |former| &former.name)
    }

    /// How it was reached on a day.
    #[must_use]
    pub fn via_on(&self, day: LocalDay) -> Via {
        let last = self
            .details
            .reached
            .iter()
            .rfind(|reached| reached.from <= day);
        last.map_or(Via::Gateway, |reached| reached.via)
    }

    /// Whether what is said of it can be.
    pub(super) fn check(&self) -> Result<(), RegistryError> {
        let details = &self.details;
        let rising = |days: &[LocalDay]| days.is_sorted_by(|a, b| a < b);
        let names: Vec<LocalDay> = details.former_names.iter().map(|name| name.until).collect();
        let ways: Vec<LocalDay> = details.reached.iter().map(|way| way.from).collect();
        let contact = [
            &details.contact.name,
            &details.contact.email,
            &details.contact.phone,
        ];
        let few = [details.aliases.len(), names.len(), ways.len()];
        let wrong = [
            (!rising(&names), DetailProblem::NameOrder),
            (!rising(&ways), DetailProblem::WayOrder),
            (
                contact.iter().any(|text| text.len() > MAX_TEXT),
                DetailProblem::LongContact,
            ),
            (
                few.iter().any(|count| *count > MAX_LIST),
                DetailProblem::TooMany,
            ),
            (!is_mail(&details.contact.email), DetailProblem::Email),
        ];
        match wrong.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, what)) => Err(RegistryError::Details {
                unit: self.code.clone(),
                what,
            }),
            None => Ok(()),
        }
    }

    /// What the digest of the registry covers. What a unit does not have is not written, so that a registry keeps the
    /// digest that it had before there was such a thing.
    pub(super) fn line(&self) -> String {
        let Self {
            code,
            name,
            kind,
            parent,
            channel,
            details,
        } = self;
        let channel = match channel {
            Channel::Pull => String::new(),
            Channel::Push { .. } | Channel::Webhook { .. } => format!(", channel: {channel:?}"),
        };
        let details = match details == &Details::default() {
            true => String::new(),
            false => format!(", {details:?}"),
        };
        format!(
            "Unit {{ code: {code:?}, name: {name:?}, kind: {kind:?}, parent: {parent:?}{channel}{details} }}\n"
        )
    }
}

/// Empty, or something to which mail can be sent: what is not is found out when it is.
fn is_mail(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic());
    text.is_empty()
        || text
            .split_once('@')
            .is_some_and(|(name, host)| plain(name) && plain(host) && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDay {
        LocalDay::parse(text).expect("day")
    }

    fn unit(details: Details) -> Unit {
        Unit {
            code: UnitCode::parse("H80.12").expect("code"),
            name: "Xã Mỹ Lệ".into(),
            kind: UnitKind::State,
            parent: None,
            channel: Channel::Pull,
            details,
        }
    }

    fn former(until: &str, name: &str) -> FormerName {
        FormerName {
            until: day(until),
            name: name.into(),
        }
    }

    fn reached(from: &str, via: Via) -> Reached {
        Reached {
            from: day(from),
            via,
        }
    }

    #[test]
    fn a_day_has_its_name_and_its_way() {
        let known = unit(Details {
            former_names: vec![
                former("2008-12-31", "Làng Mỹ Lệ"),
                former("2025-06-30", "Xã Mỹ Lệ cũ"),
            ],
            reached: vec![
                reached("2020-03-01", Via::Axis),
                reached("2025-07-01", Via::Paper),
            ],
            ..Details::default()
        });
        for (on, name, via) in [
            ("2008-12-31", "Làng Mỹ Lệ", Via::Gateway),
            ("2009-01-01", "Xã Mỹ Lệ cũ", Via::Gateway),
            ("2020-03-01", "Xã Mỹ Lệ cũ", Via::Axis),
            ("2025-06-30", "Xã Mỹ Lệ cũ", Via::Axis),
            ("2025-07-01", "Xã Mỹ Lệ", Via::Paper),
        ] {
            assert_eq!(
                (known.name_on(day(on)), known.via_on(day(on))),
                (name, via),
                "{on}"
            );
        }
        assert!(known.check().is_ok());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let contact = |email: &str, name: String| Contact {
            name,
            email: email.into(),
            phone: String::new(),
        };
        let two_names = vec![former("2025-06-30", "A"), former("2025-06-30", "B")];
        let backwards = vec![
            reached("2025-07-01", Via::Paper),
            reached("2020-03-01", Via::Axis),
        ];
        for details in [
            Details {
                former_names: two_names,
                ..Details::default()
            },
            Details {
                reached: backwards,
                ..Details::default()
            },
            Details {
                contact: contact("khong phai dia chi", String::new()),
                ..Details::default()
            },
            Details {
                contact: contact("a@b@c", String::new()),
                ..Details::default()
            },
            Details {
                contact: contact("", "x".repeat(501)),
                ..Details::default()
            },
        ] {
            let refused = unit(details).check();
            assert!(
                matches!(refused, Err(RegistryError::Details { .. })),
                "{refused:?}"
            );
        }
        let good = contact("vanthu@myle.longan.gov.vn", "Văn thư".into());
        assert!(
            unit(Details {
                contact: good,
                ..Details::default()
            })
            .check()
            .is_ok()
        );
    }
}
