//! Độ khẩn: how urgent a document is.

use super::indication::words;

words! {
    /// Độ khẩn: how urgent a document is; edXML's `Priority` 0–4.
    Urgency {
        /// Thường.
        Normal = 0 "normal",
        /// Khẩn.
        Urgent = 1 "urgent",
        /// Thượng khẩn.
        VeryUrgent = 2 "very_urgent",
        /// Hỏa tốc.
        Flash = 3 "flash",
        /// Hỏa tốc hẹn giờ.
        FlashTimed = 4 "flash_timed",
    }
}
