//! Power cuts while everything runs: gateway and folders lie on one ext4 on a loop device, which is shut down without
//! flushing its journal at moments drawn from a seed. Afterwards the clients' journal is held against what the
//! gateway, the receivers and the folders say.
//!
//! The daemon is killed first, and the volume is shut down while its calls are still in the kernel: what it was about
//! to acknowledge is cut, and it can say nothing about a sync that the cut made a lie. So every acknowledgement counts,
//! without the margin that `power_cut` needs.

use crate::erase::holding;
use crate::folder::{Desk, SENDER, code};
use crate::lives::{draw, given};
use crate::power_cut::another_boot;
use crate::support::{Gateway, block_on, until};
use crate::volume::Volume;
use crate::whole::{World, install, lived, proved_by_the_program, pushed_right, told_right};
use crate::whole_folder::{
    Agents, Letters, clerk, documents_are_whole, is_quiet, letters_are_whole,
};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One run each; one more by `LIENTHONG_SEED`.
const SEEDS: [u64; 2] = [20_261_129, 11];
const LIVES: u64 = 80;
const LETTERS: u64 = 20;
const CUTS: u64 = 8;
/// Sparse; a run writes a few MiB, and the projections preallocate.
const VOLUME: u64 = 1 << 30;
/// In the log itself, in a body segment, and in a file of its own.
const SIZES: [usize; 5] = [2_000, 20_000, 2_000, 150_000, 1_500_000];

/// The gateway and the folders on one volume.
struct Machine {
    gateway: Gateway,
    agents: Agents,
    letters: Letters,
}

impl Machine {
    /// The power is cut, and comes back.
    fn cut(&mut self, volume: &Volume) -> Duration {
        self.gateway.strike();
        self.agents.strike();
        volume.shut_down();
        self.gateway.kill();
        self.agents.ended();
        volume.unmount();
        volume.mount();
        another_boot(&self.gateway.at.home);
        let took = self.gateway.up();
        self.agents = Agents::start(&self.gateway);
        took
    }
}

fn lived_through(seed: u64) -> bool {
    let Some(volume) = Volume::make(VOLUME) else {
        return false;
    };
    let began = Instant::now();
    volume.mount();
    let (mut gateway, push, hook) = install(Some(&volume.mount));
    // What an operator installed long ago is on the disk.
    volume.unmount();
    volume.mount();
    gateway.up();
    let world = Arc::new(World::new(&gateway, push, hook, &SIZES));
    let mut machine = Machine {
        agents: Agents::start(&gateway),
        letters: Letters::default(),
        gateway,
    };
    let (mut chance, mut cuts, mut letters) = (seed, 0, 0);
    block_on(async {
        let mut each = |ended: u64| {
            clerk(&machine.gateway);
            if letters < LETTERS && letters * LIVES <= ended * LETTERS {
                machine.letters.put(&machine.gateway);
                letters += 1;
            }
            if cuts < CUTS && ended * (CUTS + 1) >= (cuts + 1) * LIVES {
                cuts += 1;
                std::thread::sleep(Duration::from_millis(draw(&mut chance, 400)));
                let took = machine.cut(&volume);
                say!("cut {cuts} after {ended} lives, ready again in {took:.0?}");
            }
        };
        lived(&world, seed, LIVES, &mut each).await;
        assert_eq!((cuts, letters), (CUTS, LETTERS));
        tokio::task::block_in_place(|| {
            until("quiet", || {
                clerk(&machine.gateway);
                is_quiet(&machine.gateway, &machine.letters)
            });
        });
        checked(&world, &mut machine).await;
    });
    machine.gateway.stop();
    say!("seed {seed}: {CUTS} power cuts in {:.1?}", began.elapsed());
    true
}

async fn checked(world: &World, machine: &mut Machine) {
    machine.agents.are_alive();
    let gateway = &machine.gateway;
    tokio::task::block_in_place(|| {
        until("proved that nothing is stuck", || {
            crate::expiry::clocks(gateway)["stuck_documents"] == 0
        });
    });
    documents_are_whole(world, gateway);
    letters_are_whole(world, gateway, &machine.letters).await;
    pushed_right(world);
    told_right(world, gateway);
    proved_by_the_program(world, gateway).await;
    // An order that was acknowledged is carried out on the medium too, whatever the cuts came between.
    let erased = world.run.journal.erased_words();
    assert!(!erased.is_empty(), "nothing was erased");
    tokio::task::block_in_place(|| {
        for words in &erased {
            until("taken off the disk", || holding(gateway, words).is_empty());
        }
    });
    say!("{} erased documents are gone from the medium", erased.len());
    world.run.journal.check(&world.run.offices).await;
}

#[test]
fn whole_lives_through_power_cuts_end_as_they_were_acknowledged() {
    for seed in SEEDS.into_iter().chain(given()) {
        say!("seed {seed}");
        if !lived_through(seed) {
            say!("left out: power cuts under whole lives need root, losetup, mkfs.ext4 and mount");
            return;
        }
    }
}

#[test]
fn what_nobody_synced_in_the_outbox_is_whole_once_it_was_sent() {
    let Some(volume) = Volume::make(256 << 20) else {
        say!("left out: a power cut under the folder needs root, losetup, mkfs.ext4 and mount");
        return;
    };
    volume.mount();
    let gateway = Gateway::of_world();
    let mut desk = Desk::new(&gateway, SENDER, "van-ban");
    desk.root = volume.mount.join("van-ban");
    let (name, text) = ("12-GIET_2026-11-23_Thu", "Văn bản. ".repeat(20_000));
    desk.put(&format!("{name}.txt"), &text);
    assert_eq!(code(&desk.once()), 0);
    let file = |ending: &str| {
        let path = desk
            .root
            .join(format!("processed/{name}/{name}.txt{ending}"));
        std::fs::read(path).expect("processed")
    };
    let signature = file(".p7s");
    volume.shut_down();
    volume.unmount();
    volume.mount();
    assert_eq!(desk.sent().len(), 1);
    assert!(file("") == text.as_bytes(), "its bytes are gone");
    assert!(file(".p7s") == signature, "its signature is gone");
    assert_eq!(code(&desk.once()), 0);
}
