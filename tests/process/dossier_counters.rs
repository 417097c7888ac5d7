//! 32 counters taking in at once under SIGKILL: no number twice, none missing in the register, no gap in it, and every
//! slip that was acknowledged holds and is the one that is served again.

use crate::dossier_life::{birth, counters};
use crate::support::{Gateway, block_on};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lienthong::client::dossiers::{DossierRow, DossiersQuery};
use lienthong::demo::office::Office;
use lienthong::model::DossierNumber;
use lienthong::seal::verify_slip;
use lienthong::trust::certificate::Certificate;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

const COUNTERS: usize = 32;
/// Eight counters at each of four agencies.
const AGENCIES: usize = 4;
const KILLS: usize = 8;
/// Dossiers that are acknowledged between two kills, at least.
const BETWEEN: usize = 60;

/// What a counter was told.
#[derive(Clone)]
struct Told {
    agency: usize,
    number: String,
    slip: String,
    position: u64,
    asked: bool,
}

#[derive(Default)]
struct Load {
    told: Mutex<Vec<Told>>,
    next: AtomicU64,
    no_more: AtomicBool,
}

impl Load {
    fn count(&self) -> usize {
        self.told.lock().unwrap().len()
    }
}

/// Takes one dossier in after another, each until it is acknowledged.
async fn counter(load: Arc<Load>, office: Office, agency: usize) {
    while !load.no_more.load(Ordering::SeqCst) {
        let n = load.next.fetch_add(1, Ordering::SeqCst);
        let whole = !n.is_multiple_of(5);
        let said = birth(&format!("Người nộp {n}"), whole).to_string();
        let key = format!("quay-{n}");
        let done = loop {
            let sent = office.client.take_dossier_in(said.as_bytes(), &[], &key);
            match sent.await {
                Ok(done) => break done,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        };
        load.told.lock().unwrap().push(Told {
            agency,
            number: done.dossier.row.number.clone(),
            slip: done.slip.p7m,
            position: done.slip.position,
            asked: !whole,
        });
    }
}

async fn register(office: &Office) -> Vec<DossierRow> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let query = DossiersQuery {
            after,
            limit: Some("200".into()),
            ..DossiersQuery::default()
        };
        let page = office.client.dossiers(&query).await.expect("a page");
        rows.extend(page.items);
        after = page.next;
        if after.is_none() {
            return rows;
        }
    }
}

fn authority(gateway: &Gateway) -> Certificate {
    let pem = gateway.at.home.join("certs/own/receipt-ca.pem");
    let der = lienthong::keys::files::read_certificate(&pem).expect("a CA");
    Certificate::parse(&der).expect("a certificate")
}

/// No number twice, none missing, no gap; and every slip holds.
async fn check(gateway: &Gateway, told: &[Told]) {
    let ca = authority(gateway);
    let mut numbers = BTreeSet::new();
    for one in told {
        assert!(numbers.insert(one.number.clone()), "{} twice", one.number);
        let der = STANDARD.decode(&one.slip).expect("base64");
        let slip = verify_slip(&der, &ca).expect("a slip that holds");
        assert_eq!(slip.number.to_string(), one.number);
        assert_eq!(slip.position.0, one.position);
    }
    for agency in 0..AGENCIES {
        let office = gateway.office(agency);
        let rows = register(&office).await;
        let own: Vec<&Told> = told.iter().filter(|one| one.agency == agency).collect();
        let listed: BTreeMap<&str, &DossierRow> =
            rows.iter().map(|row| (row.number.as_str(), row)).collect();
        assert_eq!(listed.len(), rows.len());
        for one in &own {
            let row = listed.get(one.number.as_str());
            let row = row.unwrap_or_else(|| panic!("{} is missing", one.number));
            let expected = if one.asked {
                "supplement_asked"
            } else {
                "taken_in"
            };
            assert_eq!(row.status, expected, "{}", one.number);
        }
        // Each key is one dossier: what was sent again after a kill is not another one.
        assert_eq!(rows.len(), own.len(), "dossiers that nobody was told of");
        let mut last: Option<DossierNumber> = None;
        for row in &rows {
            let number = DossierNumber::parse(&row.number).expect("a number");
            let same_day = last.as_ref().filter(|last| last.day == number.day);
            let expected = same_day.map_or(1, |last| last.place + 1);
            assert_eq!(number.place, expected, "a gap before {number}");
            last = Some(number);
        }
        for one in own.iter().step_by(9) {
            let slips = office
                .client
                .dossier_slips(&one.number)
                .await
                .expect("slips");
            let same = slips.iter().find(|slip| slip.position == one.position);
            let same = STANDARD
                .decode(&same.expect("its slip").p7m)
                .expect("base64");
            let same = verify_slip(&same, &ca).expect("a slip that holds");
            assert_eq!(same.number.to_string(), one.number);
        }
    }
}

#[test]
fn counters_under_kills_give_each_dossier_one_number() {
    let mut gateway = counters();
    let load = Arc::new(Load::default());
    block_on(async {
        let mut running = JoinSet::new();
        for place in 0..COUNTERS {
            let agency = place % AGENCIES;
            running.spawn(counter(Arc::clone(&load), gateway.office(agency), agency));
        }
        for _ in 0..KILLS {
            let from = load.count();
            while load.count() < from + BETWEEN {
                sleep(Duration::from_millis(5)).await;
            }
            gateway.kill();
            gateway.up();
        }
        load.no_more.store(true, Ordering::SeqCst);
        while let Some(ended) = running.join_next().await {
            ended.expect("a counter");
        }
        let told = load.told.lock().unwrap().clone();
        say!(
            "{} dossiers at {COUNTERS} counters under {KILLS} kills",
            told.len()
        );
        check(&gateway, &told).await;
        // The same from an index that is made anew.
        gateway.stop();
        std::fs::remove_dir_all(gateway.at.home.join("index")).expect("removed");
        gateway.up();
        check(&gateway, &told).await;
    });
}
