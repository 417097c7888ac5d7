//! Whole lives with everything running over lines that break: every office, the two with a watched folder too, speaks
//! to its gateway through a proxy that cuts, delays and drips at any byte of a reply, while the daemon is killed now
//! and then, and letters that were sent are recalled by the folder. What the clients' journal knows stands in the end.

use crate::lives::{draw, given};
use crate::proxy::{Weather, between};
use crate::support::{block_on, until};
use crate::whole::{World, install, lived, proved_by_the_program, pushed_right, told_right};
use crate::whole_folder::{
    Agents, Letters, clerk, documents_are_whole, is_quiet, letters_are_whole,
};
use lienthong::demo::office::Office;
use lienthong::demo::units::UNITS;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One run; one more by `LIENTHONG_SEED`.
const SEEDS: [u64; 1] = [20_261_130];
const LIVES: u64 = 48;
const LETTERS: u64 = 9;
/// Of the letters so many are recalled by the folder.
const RECALLS: usize = 4;
const KILLS: u64 = 3;
const SIZES: [usize; 4] = [2_000, 20_000, 2_000, 150_000];

fn lived_through(seed: u64) {
    let began = Instant::now();
    let (mut gateway, push, hook) = install(None);
    gateway.up();
    let weather = Weather::new(seed);
    let outside = between(&gateway.at, &UNITS.map(|unit| unit.code), &weather);
    let world = Arc::new(World::over(&gateway, &outside, push, hook, &SIZES));
    let mut agents = Agents::over(&gateway, &outside);
    let (mut letters, mut put, mut kills, mut chance) = (Letters::default(), 0, 0, seed);
    block_on(async {
        let mut each = |ended: u64| {
            clerk(&gateway);
            if put < LETTERS && put * LIVES <= ended * LETTERS {
                letters.put(&gateway);
                put += 1;
            }
            if draw(&mut chance, 4) == 0 {
                letters.recall_up_to(&gateway, RECALLS);
            }
            if kills < KILLS && ended * (KILLS + 1) >= (kills + 1) * LIVES {
                kills += 1;
                std::thread::sleep(Duration::from_millis(draw(&mut chance, 60)));
                gateway.kill();
                gateway.up();
            }
        };
        lived(&world, seed, LIVES, &mut each).await;
        assert_eq!((put, kills), (LETTERS, KILLS));
        tokio::task::block_in_place(|| {
            until("every recall is asked for", || {
                clerk(&gateway);
                letters.recall_up_to(&gateway, RECALLS);
                letters.recalls() == RECALLS
            });
            until("quiet", || {
                clerk(&gateway);
                is_quiet(&gateway, &letters)
            });
        });
        weather.calm();
        agents.are_alive();
        documents_are_whole(&world, &gateway);
        letters_are_whole(&world, &gateway, &letters).await;
        pushed_right(&world);
        told_right(&world, &gateway);
        proved_by_the_program(&world, &gateway).await;
        let direct = |place| gateway.office(place);
        let offices: Vec<Office> = (0..UNITS.len()).map(direct).collect();
        world.run.journal.check(&offices).await;
    });
    let troubles: u32 = weather.seen().values().sum();
    assert!(troubles > 50, "the lines hardly ever broke: {troubles}");
    drop(agents);
    gateway.stop();
    say!(
        "seed {seed}: {troubles} broken lines, {KILLS} kills, {RECALLS} recalls by the folder in {:.1?}",
        began.elapsed()
    );
}

#[test]
fn whole_lives_with_folders_over_lines_that_break_end_as_they_were_acknowledged() {
    for seed in SEEDS.into_iter().chain(given()) {
        lived_through(seed);
    }
}
