//! The installation that the year is written into: told that its history is simulated.

use super::DemoError;
use super::offices::Offices;
use crate::clock::{Clock, SystemClock};
use crate::demo::install::{self, Installation, Kind, Plan};
use crate::demo::world::World;
use crate::model::{Timestamp, UnitCode};
use std::collections::BTreeMap;
use std::path::Path;

const TARGETS: &str = "# Mục tiêu của năm mô phỏng. / Targets of the simulated year.\n\
[[target]]\nrate = \"exchange\"\npercent = 90\nfrom = \"2020-12-31\"\nbasis = \"NQ 17/NQ-CP ngày 07/3/2019\"\n\n\
[[target]]\nrate = \"signed\"\npercent = 98\nfrom = \"2025-01-01\"\nbasis = \"NĐ 30/2020/NĐ-CP, Điều 13; kế hoạch của tỉnh (mẫu)\"\n\n\
[[target]]\nrate = \"both_signed\"\npercent = 95\nfrom = \"2025-01-01\"\nlevel = \"commune\"\n\
basis = \"Kế hoạch của tỉnh (mẫu)\"\n\n\
[[target]]\nrate = \"own_answers_in_time\"\npercent = 95\nfrom = \"2025-01-01\"\n\
basis = \"NĐ 30/2020/NĐ-CP, Điều 21 khoản 2 điểm c (mẫu)\"\n\n\
[[target]]\nrate = \"issued_late\"\npercent = 5\nfrom = \"2025-01-01\"\n\
basis = \"NĐ 30/2020/NĐ-CP, Điều 18 khoản 1 (mẫu)\"\n";

/// Writes it.
pub(super) fn write(
    home: &Path,
    world: &World,
    offices: &Offices,
) -> Result<(Installation, Plan<'static>), DemoError> {
    let joined = offices.all.iter().map(|office| {
        let first = office.days.0.at_minute(0);
        (office.code.clone(), first)
    });
    let joined: BTreeMap<UnitCode, Timestamp> = joined.collect();
    let first = joined.values().min().copied().unwrap_or_default();
    let plan = Plan {
        policy: "require-agency",
        units: offices.parts.units.clone(),
        bindings: offices.parts.bindings.clone(),
        changes: offices.parts.changes.clone(),
        material: world.material()?,
        private: Vec::new(),
        kind: Kind::Simulated { joined, first },
    };
    let installation = install::write(home, &plan, SystemClock.now())?;
    install::put(&home.join("config/targets.toml"), TARGETS.as_bytes())?;
    Ok((installation, plan))
}
