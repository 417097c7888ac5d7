//! What is said of a recipient for whom no unit of today stands.

use crate::http::text::Args;
use crate::intake::NoRecipient;
use crate::model::UnitCode;
use crate::registry::{Standing, Succession};

/// Why a code is that of no recipient, and which unit it stands for today.
pub(super) fn no_recipient(code: &UnitCode, why: &NoRecipient) -> (&'static str, Args) {
    let with = |units: &[UnitCode], change: Option<&Succession>| {
        let units: Vec<&str> = units.iter().map(UnitCode::as_str).collect();
        let mut args = vec![("value", code.to_string()), ("unit", units.join(", "))];
        if let Some(change) = change {
            args.push(("on", change.on.to_string()));
            args.push(("basis", change.basis.clone()));
        }
        args
    };
    match why {
        NoRecipient::Unknown
        | NoRecipient::Ended(Standing::InForce | Standing::Became(..))
        | NoRecipient::Own(Standing::InForce | Standing::OneOf(..) | Standing::Abolished(_)) => {
            ("field-unknown-recipient", with(&[], None))
        }
        NoRecipient::CodeOf(unit) => (
            "field-recipient-code",
            with(std::slice::from_ref(unit), None),
        ),
        NoRecipient::Own(Standing::Became(unit, change)) => (
            "field-recipient-own",
            with(std::slice::from_ref(unit), Some(change)),
        ),
        NoRecipient::Ended(Standing::OneOf(units, change)) => {
            ("field-recipient-one-of", with(units, Some(change)))
        }
        NoRecipient::Ended(Standing::Abolished(change)) => {
            ("field-recipient-abolished", with(&[], Some(change)))
        }
    }
}
