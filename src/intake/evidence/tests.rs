use super::super::{SealError, Sealer, Tools};
use super::*;
use crate::clock::{Clock, ManualClock};
use crate::format::content::SharedContent;
use crate::judge::Judge;
use crate::model::event::RulesChanged;
use crate::model::{Event, Timestamp};
use crate::policy::{PolicySettings, Rules};
use crate::registry::Registry;
use crate::seal::receipt::Receipt;
use crate::store::memory::MemoryStore;
use crate::store::{Change, Purged, Stage, Staged, Swept, Vault};
use crate::trust::material::{Material, MaterialInput};
use crate::trust::validator::Validator;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_util::task::TaskTracker;

/// Counts what is written.
struct Counting {
    inner: Arc<MemoryStore>,
    staged: AtomicUsize,
    small: AtomicUsize,
}

#[async_trait]
impl Vault for Counting {
    fn stage(&self, max: u64) -> Result<Box<dyn Stage>, VaultError> {
        self.staged.fetch_add(1, Ordering::SeqCst);
        self.inner.stage(max)
    }

    async fn keep(&self, staged: &Staged) -> Result<Kept, VaultError> {
        // Others come in between.
        tokio::task::yield_now().await;
        self.inner.keep(staged).await
    }

    fn keep_bytes(&self, bytes: Bytes) -> Kept {
        self.small.fetch_add(1, Ordering::SeqCst);
        self.inner.keep_bytes(bytes)
    }

    fn lasts(&self, digest: &Digest) -> Result<bool, VaultError> {
        self.inner.lasts(digest)
    }

    async fn purge(&self) -> Result<Purged, VaultError> {
        self.inner.purge().await
    }

    async fn sweep(&self) -> Result<Swept, VaultError> {
        self.inner.sweep().await
    }

    fn open(&self, digest: &Digest) -> Result<Option<SharedContent>, VaultError> {
        self.inner.open(digest)
    }
}

struct NoSealer;

impl Sealer for NoSealer {
    fn seal(&self, _receipt: &Receipt, _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("none".into()))
    }

    fn seal_statement(&self, _statement: &[u8], _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("none".into()))
    }

    fn sign_list(&self, _list: &[u8], _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("none".into()))
    }
}

fn intake() -> (Intake, Arc<Counting>) {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(Timestamp(1_795_000_000_000)));
    let inner = MemoryStore::new(Arc::clone(&clock));
    let vault = Arc::new(Counting {
        inner: Arc::clone(&inner),
        staged: AtomicUsize::new(0),
        small: AtomicUsize::new(0),
    });
    let material = Material::new(MaterialInput::default()).expect("material");
    let validator = Arc::new(Validator::new(Arc::new(material)));
    let registry = Arc::new(Registry::default());
    let rules = Rules::new(validator, registry, PolicySettings::default());
    let counted: Arc<dyn Vault> = vault.clone();
    let tools = Tools {
        ledger: inner,
        vault: counted,
        judge: Arc::new(Judge::new(1, 1 << 20)),
        rules: Arc::new(ArcSwap::from_pointee(rules)),
        procedures: Arc::default(),
        dossier_rules: Arc::default(),
        clock,
        sealer: Arc::new(NoSealer),
        gateway: "mẫu".into(),
        inline_judge_bytes: 1 << 20,
        tasks: TaskTracker::new(),
    };
    (Intake::new(tools), vault)
}

fn item(fill: u8, len: usize) -> Basis {
    let bytes = Bytes::from(vec![fill; len]);
    Basis {
        kind: "crl",
        sha256: Digest::of(&bytes),
        bytes,
    }
}

async fn commit(intake: &Intake, bodies: Vec<Kept>) {
    let event = Event::RulesChanged(RulesChanged {
        rules: Digest::ZERO,
        registry: Digest::ZERO,
        actor: None,
    });
    let change = Change {
        subject: None,
        bodies,
        events: vec![event],
    };
    intake
        .tools()
        .ledger
        .commit(change)
        .await
        .expect("committed");
}

#[tokio::test]
async fn evidence_is_written_once_however_many_documents_rest_on_it() {
    let (intake, vault) = intake();
    let evidence = [item(1, 900), item(2, 3 << 20)];
    // Documents that come together write the long one once; each change carries both.
    let (one, two) = tokio::join!(
        intake.keep_evidence(&evidence),
        intake.keep_evidence(&evidence)
    );
    let (one, two) = (one.expect("kept"), two.expect("kept"));
    assert_eq!((one.len(), two.len()), (2, 2));
    assert_eq!(vault.staged.load(Ordering::SeqCst), 1);
    // A change that was not committed has kept nothing: the next one carries them again.
    assert_eq!(
        intake.keep_evidence(&evidence).await.expect("kept").len(),
        2
    );
    assert_eq!(vault.staged.load(Ordering::SeqCst), 1);
    commit(&intake, one).await;
    let before = vault.small.load(Ordering::SeqCst);
    for _ in 0..3 {
        assert!(
            intake
                .keep_evidence(&evidence)
                .await
                .expect("kept")
                .is_empty()
        );
    }
    assert_eq!(vault.small.load(Ordering::SeqCst), before);
    for item in &evidence {
        let content = vault.open(&item.sha256).expect("read").expect("held");
        assert_eq!(content.bytes(), item.bytes);
    }
}
