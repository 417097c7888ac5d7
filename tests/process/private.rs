//! What others on the machine may see of an installation.

use crate::support::{Gateway, WORLD, good, run};
use lienthong::demo::install::Plan;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn mode(path: &Path) -> u32 {
    let data = fs::metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    data.permissions().mode() & 0o777
}

#[test]
fn nobody_else_may_enter_the_data_folder_and_who_may_is_warned_of() {
    let plan = Plan::of(&WORLD).expect("plan");
    let above = tempfile::tempdir().expect("folder");
    let mut gateway = Gateway::installed(&above.path().join("lienthong"), &plan);
    let data = gateway.at.home.clone();
    gateway.up();
    assert_eq!(mode(&data), 0o700, "{}", data.display());
    assert_eq!(mode(&data.join("lienthong.sock")), 0o600);
    for inside in ["log", "bodies", "index", "rates", "staging", "evidence"] {
        assert_eq!(mode(&data.join(inside)), 0o700, "{inside}");
    }
    let own = gateway.at.certs().join("own");
    let all = fs::read_dir(&own).expect("keys");
    let all = all.map(|entry| entry.expect("entry").path());
    let keys: Vec<_> = all
        .filter(|path| path.extension().is_some_and(|end| end == "key"))
        .collect();
    assert!(keys.len() >= 4, "{keys:?}");
    for key in &keys {
        assert_eq!(mode(key), 0o600, "{}", key.display());
    }
    assert!(!gateway.log().contains("chmod go="), "{}", gateway.log());
    gateway.stop();
    fs::set_permissions(&data, Permissions::from_mode(0o755)).expect("changed");
    fs::set_permissions(&keys[0], Permissions::from_mode(0o640)).expect("changed");
    gateway.up();
    for path in [&data, &keys[0]] {
        let name = path.file_name().expect("name").to_string_lossy();
        let log = gateway.log();
        let told = log
            .lines()
            .any(|line| line.contains("chmod go=") && line.contains(&*name));
        assert!(told, "{name}: {log}");
    }
    assert_eq!(mode(&data), 0o755, "left as somebody made it");
    // The command that makes an installation.
    let made = above.path().join("moi");
    let path = made.display().to_string();
    good(&run(&["init", "--data", &path, "--no-input"], above.path()));
    assert_eq!(mode(&made), 0o700);
}
