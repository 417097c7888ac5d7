//! Delta lists (RFC 5280 §5.2.4, §6.3.3 (c)): what changed since a complete list.

use crate::format::asn1::values::significant;
use crate::trust::revocation::crl::Crl;
use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

/// The deltas that bring a complete list up to date, the newest first. All of one issuer's lists are
/// offered, and nothing is known of their signatures: which of them is the newest is settled by the
/// first that verifies, or a forged one would hide the real one.
pub(super) fn for_base<'c>(base: &Crl, lists: &'c [Arc<Crl>]) -> Vec<&'c Arc<Crl>> {
    let mut fitting: Vec<_> = lists.iter().filter(|delta| fits(base, delta)).collect();
    fitting.sort_by_key(|delta| (Reverse(delta.this_update()), delta.sha256()));
    fitting
}

fn fits(base: &Crl, delta: &Crl) -> bool {
    let (Some(from), Some(number), Some(own)) =
        (delta.base_number(), delta.number(), base.number())
    else {
        return false;
    };
    !base.is_delta()
        && base.issuer_name() == delta.issuer_name()
        // (c)(2), (c)(3)
        && base.idp() == delta.idp()
        && base.authority_key() == delta.authority_key()
        // §5.2.4: the complete list is no older than the base, and older than the delta.
        && compare(own, from) != Ordering::Less
        && compare(own, number) == Ordering::Less
}

/// Two CRL numbers, which are positive and of any length.
fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let (left, right) = (significant(left), significant(right));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering;

    #[test]
    fn numbers_compare_by_value() {
        assert_eq!(compare(&[0, 0x80], &[0x7f]), Ordering::Greater);
        assert_eq!(compare(&[1, 0], &[0, 0xff]), Ordering::Greater);
        assert_eq!(compare(&[0, 5], &[5]), Ordering::Equal);
    }
}
