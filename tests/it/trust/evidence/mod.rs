//! What holds whatever is changed, added or reordered around a certificate: no flipped bit makes a
//! path pass, nothing unrelated turns an answer round, and no order matters.

mod best_time;
mod fresher;
mod open_signers;
mod properties;
mod scenarios;
mod strangers;
