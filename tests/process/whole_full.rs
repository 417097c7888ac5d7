//! The disk fills up while everything runs, gateway and folders alike. Until there is room, whoever asks is told so in
//! a sentence; nothing that was acknowledged is lost; and once there is room everything goes on by itself: pushes,
//! notices, folders, and the clocks of what nobody fetched meanwhile.

use crate::lives::{given, uploads};
use crate::support::{Fault, Gateway, WORLD, block_on, draft, until};
use crate::volume::Volume;
use crate::whole::{
    PULLS, SENDERS, World, install, lived, proved_by_the_program, pushed_right, told_right, wait,
};
use crate::whole_folder::{
    Agents, Letters, clerk, documents_are_whole, is_quiet, letters_are_whole,
};
use lienthong::client::ClientError;
use lienthong::client::progress::Progress;
use lienthong::model::DocumentId;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One run; one more by `LIENTHONG_SEED`.
const SEEDS: [u64; 1] = [20_261_129];
const LIVES: u64 = 36;
const LETTERS: u64 = 9;
/// Room for all of it, many times over.
const VOLUME: u64 = 192 << 20;
const SIZES: [usize; 4] = [2_000, 20_000, 2_000, 400_000];
/// How long nothing fits: longer than the clock of a flash document (2 s), and than some retries.
const FULL: Duration = Duration::from_secs(4);

/// Writes until nothing more fits.
fn fill(path: &Path) {
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .expect("ballast");
    // At once, so that the clock of what nobody fetches runs out while nothing fits.
    let had = file.metadata().map_or(0, |of| of.len());
    let taken = |mib: &u64| {
        let mut command = std::process::Command::new("fallocate");
        let size = (had + (mib << 20)).to_string();
        command.args(["-l", &size]).arg(path).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let _ = (1..VOLUME >> 20).rev().find(taken);
    for piece in [1 << 20, 4096, 1] {
        let bytes = vec![7; piece];
        while file
            .write_all(&bytes)
            .and_then(|()| file.sync_data())
            .is_ok()
        {}
    }
}

/// What those were told who sent a document that cannot fit: status and code, and how often.
type Told = BTreeMap<(u16, String), u32>;

/// Fills the volume for a while, and makes room again.
fn filled(gateway: &Gateway, world: &World, volume: &Volume) -> Told {
    let ballast = volume.mount.join("ballast");
    let (began, mut told) = (Instant::now(), Told::new());
    let office = gateway.office(SENDERS[0]);
    let (mut number, mut fitted) = (50_000, Vec::new());
    while began.elapsed() < FULL || told.is_empty() {
        fill(&ballast);
        number += 1;
        let made = draft(
            &WORLD.members[SENDERS[0]],
            &[PULLS],
            number,
            900_000,
            Fault::None,
        );
        let (files, silent) = (uploads(&made), Progress::silent());
        let sent = wait(office.client.send(&made.envelope, &files, None, &silent));
        match sent {
            Ok(sent) => {
                // Something had just been given back: it is a document like any other.
                let id = DocumentId::parse(&sent.submitted.id).expect("id");
                let receipt = office.verified(&sent.submitted.receipt).expect("receipt");
                world
                    .run
                    .journal
                    .sent(id, SENDERS[0], &[PULLS], made, None, receipt);
                fitted.push(id);
            }
            Err(ClientError::Problem(p)) => {
                assert!(p.detail.ends_with('.') && p.detail.len() > 30, "{p:?}");
                *told.entry((p.status, p.code)).or_default() += 1;
            }
            Err(other) => panic!("{other}: {}", gateway.log()),
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    std::fs::remove_file(&ballast).expect("removed");
    for id in fitted {
        wait(world.run.withdraw(SENDERS[0], id, false));
    }
    told
}

fn lived_through(seed: u64) -> bool {
    let Some(volume) = Volume::make(VOLUME) else {
        return false;
    };
    let began = Instant::now();
    volume.mount();
    let (mut gateway, push, hook) = install(Some(&volume.mount));
    gateway.up();
    let world = Arc::new(World::new(&gateway, push, hook, &SIZES));
    let mut agents = Agents::start(&gateway);
    let (mut letters, mut told, mut unfetched) = (Letters::default(), None, Vec::new());
    let mut put = 0;
    block_on(async {
        let mut each = |ended: u64| {
            clerk(&gateway);
            if put < LETTERS && put * LIVES <= ended * LETTERS {
                letters.put(&gateway);
                put += 1;
            }
            if told.is_none() && ended * 3 >= LIVES {
                for _ in 0..3 {
                    let flash = Some(("urgency", serde_json::json!("flash")));
                    unfetched.push(wait(world.run.send_saying(SENDERS[1], &[PULLS], flash)));
                }
                told = Some(filled(&gateway, &world, &volume));
            }
        };
        lived(&world, seed, LIVES, &mut each).await;
        let told = told.expect("it was full");
        say!("while it was full: {told:?}");
        let codes = |(status, code): &(u16, String)| {
            (*status == 507 && code == "disk_full") || *status == 503
        };
        assert!(told.keys().all(codes), "{told:?}");
        assert!(told.contains_key(&(507, "disk_full".into())), "{told:?}");
        tokio::task::block_in_place(|| {
            until("quiet", || {
                clerk(&gateway);
                is_quiet(&gateway, &letters)
            });
            for id in &unfetched {
                let ended = || {
                    let view = wait(world.run.view(SENDERS[1], *id));
                    view.recipients[0].state == "expired"
                };
                until("ended by its clock", ended);
            }
        });
        agents.are_alive();
        documents_are_whole(&world, &gateway);
        letters_are_whole(&world, &gateway, &letters).await;
        pushed_right(&world);
        told_right(&world, &gateway);
        proved_by_the_program(&world, &gateway).await;
        world.run.journal.check(&world.run.offices).await;
    });
    drop(agents);
    gateway.stop();
    say!("seed {seed}: a full disk in {:.1?}", began.elapsed());
    true
}

#[test]
fn whole_lives_go_on_by_themselves_once_a_full_disk_has_room() {
    for seed in SEEDS.into_iter().chain(given()) {
        if !lived_through(seed) {
            say!(
                "left out: a full disk under whole lives needs root, losetup, mkfs.ext4 and mount"
            );
            return;
        }
    }
}
