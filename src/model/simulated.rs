//! What a simulated history is called, so that nothing made from it is taken for what took place.
//!
//! The gateway's name stands on every receipt, statement, report and page. Of a simulated log it begins with
//! [`MARK`], and no other name may.

/// How the gateway's name begins where its history is simulated.
pub const MARK: &str = "MÔ PHỎNG (SIMULATED)";

/// The name of a gateway whose history is simulated.
#[must_use]
pub fn name(gateway: &str) -> String {
    format!("{MARK}: {gateway}")
}

/// Whether a gateway of this name says what is simulated.
#[must_use]
pub fn is_simulated(gateway: &str) -> bool {
    gateway.starts_with(MARK)
}

/// Whether a name could be taken for a mark, or for a part of one.
#[must_use]
pub fn resembles(name: &str) -> bool {
    let plain = super::nfc(name).to_lowercase();
    ["mô phỏng", "simulat"]
        .iter()
        .any(|word| plain.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_name_is_known_and_no_other_is() {
        assert!(is_simulated(&name("Cổng Tây Ninh")));
        assert!(!is_simulated("Cổng Tây Ninh"));
        assert!(resembles("Cổng MÔ PHỎNG") && resembles("Simulation"));
        assert!(!resembles("Cổng Tây Ninh") && !resembles("Cổng Mộ Phong"));
    }
}
