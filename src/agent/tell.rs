//! What happens, one event at a time, for whoever runs the agent.

use super::Office;

/// One event: its stable name and its values by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// The stable name.
    pub event: &'static str,
    /// The values.
    pub values: Vec<(&'static str, String)>,
}

/// Takes events.
pub type Tell = Box<dyn Fn(&Told) + Send + Sync>;

impl Told {
    pub(super) fn new(event: &'static str) -> Self {
        Self {
            event,
            values: Vec::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.values.push((name, value.to_owned()));
        self
    }
}

impl Office {
    pub(super) fn tell(&self, told: Told) {
        (self.tell)(&told);
    }
}
