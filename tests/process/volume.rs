//! A volume that can be cut off from its power or filled, on machines that allow it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// ext4 in a file, on a loop device.
pub(crate) struct Volume {
    folder: tempfile::TempDir,
    device: String,
    pub(crate) mount: PathBuf,
}

impl Volume {
    /// A new volume of that size, not mounted; `None` where this machine cannot.
    pub(crate) fn make(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).ok()?;
        let image = folder.path().join("image");
        File::create(&image).ok()?.set_len(bytes).ok()?;
        run("mkfs.ext4", &["-qF", image.to_str()?])?;
        let device = run("losetup", &["-f", "--show", image.to_str()?])?;
        let mount = folder.path().join("mount");
        std::fs::create_dir(&mount).ok()?;
        let volume = Self {
            folder,
            device: device.trim().to_owned(),
            mount,
        };
        run("mount", &[&volume.device, volume.mount.to_str()?])?;
        volume.unmount();
        Some(volume)
    }

    pub(crate) fn mount(&self) {
        let mount = self.mount.to_str().unwrap();
        run("mount", &[&self.device, mount]).expect("mounting again");
    }

    /// A process that another test is just starting has our files open for a moment: it is tried again.
    pub(crate) fn unmount(&self) {
        let mount = self.mount.to_str().unwrap();
        let mut tries = 0;
        while run("umount", &[mount]).is_none() {
            tries += 1;
            assert!(tries < 100, "unmounting {mount}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Bytes that are free on it while it is mounted.
    pub(crate) fn free(&self) -> u64 {
        let mount = self.mount.to_str().unwrap();
        let told = run("df", &["--output=avail", "--block-size=1", mount]).expect("df");
        told.lines().last().unwrap().trim().parse().unwrap()
    }

    /// Cuts the power: nothing more reaches the device, and the journal is not flushed.
    #[allow(unsafe_code, reason = "the one call that has no safe face")]
    pub(crate) fn shut_down(&self) {
        /// `_IOR('X', 125, __u32)`, `EXT4_IOC_SHUTDOWN` of the kernel's fs/ext4/ext4.h.
        const SHUTDOWN: libc::Ioctl = 0x8004_587d;
        /// `EXT4_GOING_FLAGS_NOLOGFLUSH`.
        const NO_LOG_FLUSH: u32 = 2;
        let flags = NO_LOG_FLUSH;
        let root = File::open(&self.mount).unwrap();
        // SAFETY: the call reads one u32, which lives until it returns.
        let done = unsafe { libc::ioctl(root.as_raw_fd(), SHUTDOWN, &raw const flags) };
        assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let mount = self.mount.to_str().unwrap_or_default();
        // Not mounted is as good.
        let _unmounted = run("umount", &["-l", mount]);
        let _detached = run("losetup", &["-d", &self.device]);
        let _folder = self.folder.path();
    }
}

/// The output of a program that ended well.
fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}
