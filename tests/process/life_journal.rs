//! What the offices of whole lives know, written only from what was acknowledged to them, and held against what the
//! gateway says in the end.

use crate::support::Draft;
use lienthong::client::ClientError;
use lienthong::client::progress::Progress;
use lienthong::client::upload::{Source, Upload};
use lienthong::client::wire::{DocumentView, NoticeView, TimelineView};
use lienthong::demo::office::Office;
use lienthong::demo::units::UNITS;
use lienthong::model::{Digest, DocumentId, Timestamp};
use lienthong::seal::receipt::Receipt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// One acknowledged document.
struct Sent {
    sender: usize,
    recipients: Vec<usize>,
    draft: Draft,
    /// Of its envelope, by its receipt.
    envelope: Digest,
    /// Under which it was sent, where that is known.
    key: Option<String>,
}

/// All that was acknowledged.
#[derive(Default)]
pub struct Journal {
    sent: Mutex<BTreeMap<DocumentId, Sent>>,
    receipts: Mutex<Vec<Receipt>>,
    received: Mutex<BTreeSet<(DocumentId, usize)>>,
    erased: Mutex<BTreeSet<DocumentId>>,
}

/// Who was told of what: unit, place in the log.
type Told = BTreeMap<String, BTreeSet<u64>>;

impl Journal {
    pub fn sent(
        &self,
        id: DocumentId,
        sender: usize,
        to: &[usize],
        draft: Draft,
        key: Option<String>,
        receipt: Receipt,
    ) {
        // Without a key it was sent by somebody else, who made its envelope.
        let own = Digest::of(&draft.envelope);
        assert!(
            key.is_none() || own == receipt.envelope,
            "{id}: {receipt:?}"
        );
        let sent = Sent {
            sender,
            recipients: to.to_vec(),
            draft,
            envelope: receipt.envelope,
            key,
        };
        let before = self.sent.lock().unwrap().insert(id, sent);
        assert!(before.is_none(), "{id}: two documents under one identifier");
        self.acknowledged(receipt);
    }

    pub fn acknowledged(&self, receipt: Receipt) {
        self.receipts.lock().unwrap().push(receipt);
    }

    pub fn received(&self, id: DocumentId, place: usize) {
        self.received.lock().unwrap().insert((id, place));
    }

    /// What was sent to a unit, with the digests of its files.
    pub fn sent_to(&self, place: usize) -> BTreeMap<DocumentId, Vec<Digest>> {
        let sent = self.sent.lock().unwrap();
        let own = sent
            .iter()
            .filter(|(_, sent)| sent.recipients.contains(&place));
        own.map(|(id, sent)| (*id, sent.draft.digests())).collect()
    }

    /// The content of a document was erased by order.
    pub fn erased(&self, id: DocumentId) {
        self.erased.lock().unwrap().insert(id);
    }

    /// The first words of every text that was erased by order: no other document has them.
    pub fn erased_words(&self) -> Vec<String> {
        let (sent, erased) = (self.sent.lock().unwrap(), self.erased.lock().unwrap());
        let words = |id| {
            let (_, text) = &sent.get(id).expect("sent").draft.files[0];
            let text = String::from_utf8_lossy(text).into_owned();
            text.split_inclusive(". ").next().expect("words").to_owned()
        };
        erased.iter().map(words).collect()
    }

    /// Holds everything against the gateway.
    pub async fn check(&self, offices: &[Office]) {
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        let acknowledged = std::mem::take(&mut *self.receipts.lock().unwrap());
        let mut due: Told = BTreeMap::new();
        let mut receipts: BTreeMap<u64, Receipt> = BTreeMap::new();
        let mut times = BTreeMap::new();
        for (id, sent) in &sent {
            let office = &offices[sent.sender];
            let view = office.client.document(*id).await.expect("acknowledged");
            sent.is_there(*id, &view);
            self.is_delivered_once(*id, sent, &view);
            is_done_once(*id, &view);
            tell(&view, &mut due);
            let at = |e: &TimelineView| Timestamp::parse(&e.at).expect("time");
            times.extend(view.timeline.iter().map(|e| (e.position, at(e))));
            receipts.extend(verified(office, *id, &view).await);
            self.is_whole_or_erased(office, *id, sent).await;
            again(office, *id, sent).await;
        }
        assert!(times.values().is_sorted(), "event time went back");
        let all = acknowledged.len();
        for receipt in acknowledged {
            let kept = receipts.get(&receipt.position.0);
            assert_eq!(kept, Some(&receipt), "a receipt that was given stands");
        }
        let mut told: Told = BTreeMap::new();
        for office in offices {
            let heard = heard(office).await;
            if !heard.is_empty() {
                told.insert(office.unit.clone(), heard);
            }
        }
        assert_eq!(told, due, "each side is told of every move of the other");
        only_these(offices, &sent).await;
        say!(
            "{} documents, {all} acknowledgements: all stand",
            sent.len()
        );
    }

    /// Every file can be had with its digest; of what was erased none can, ever again.
    async fn is_whole_or_erased(&self, office: &Office, id: DocumentId, sent: &Sent) {
        let erased = self.erased.lock().unwrap().contains(&id);
        let folder = tempfile::tempdir().expect("folder");
        for (n, digest) in (1..).zip(sent.draft.digests()) {
            let to = folder.path().join(n.to_string());
            let silent = Progress::silent();
            match office.client.download(id, n, &to, &silent).await {
                Ok((got, _)) => assert!(!erased && got == digest, "{id}: file {n}"),
                Err(ClientError::Problem(p)) => {
                    assert!(erased && p.code == "erased", "{id}: {p:?}")
                }
                Err(other) => panic!("{id}: {other}"),
            }
        }
    }

    /// One arrival for each recipient, and one where it was fetched whole.
    fn is_delivered_once(&self, id: DocumentId, sent: &Sent, view: &DocumentView) {
        let received = self.received.lock().unwrap();
        for place in &sent.recipients {
            let unit = UNITS[*place].code;
            let arrived =
                |e: &&TimelineView| e.event == "arrived" && e.recipient.as_deref() == Some(unit);
            let times = view.timeline.iter().filter(arrived).count();
            let fetched = received.contains(&(id, *place));
            assert!(
                times <= 1 && (!fetched || times == 1),
                "{id} arrived {times} times"
            );
            let own = view.recipients.iter().find(|r| r.unit == unit);
            let state = own.map(|own| own.state.as_str());
            assert_ne!(state, Some("waiting"), "{id} is the gateway's to end");
        }
        assert_ne!(view.disposition, "held", "{id}");
    }
}

impl Sent {
    fn is_there(&self, id: DocumentId, view: &DocumentView) {
        let stated: Vec<&str> = view.files.iter().map(|f| f.sha256.as_str()).collect();
        let digests: Vec<String> = self.draft.digests().iter().map(Digest::to_hex).collect();
        assert_eq!(stated, digests, "{id}");
        assert_eq!(view.envelope_sha256, self.envelope.to_hex(), "{id}");
    }
}

/// The records that a receipt proves: all but attempts that failed.
fn proved(view: &DocumentView) -> impl Iterator<Item = &TimelineView> {
    view.timeline.iter().filter(|e| e.event != "attempted")
}

/// However often it was asked for, each move was made once.
fn is_done_once(id: DocumentId, view: &DocumentView) {
    let mut seen = BTreeSet::new();
    for entry in proved(view) {
        let what = (&entry.event, &entry.recipient, &entry.status);
        assert!(seen.insert(what), "{id}: {what:?} twice");
    }
}

/// Who must have been told of a document's records.
fn tell(view: &DocumentView, due: &mut Told) {
    let to_recipient = ["take-back-asked", "taken-back", "recalled", "superseded"];
    for entry in proved(view) {
        let recipient = entry.recipient.clone();
        let sender = Some(view.sender.clone());
        let all = view.recipients.iter().map(|r| Some(r.unit.clone()));
        let units = match entry.event.as_str() {
            "offered" => continue,
            event if to_recipient.contains(&event) => vec![recipient],
            "expired" => vec![recipient, sender],
            "erased" => all.chain([sender]).collect(),
            _ => vec![sender],
        };
        for unit in units {
            let heard = due.entry(unit.expect("unit")).or_default();
            heard.insert(entry.position);
        }
    }
}

/// The receipts of a document: one for each record, each under the pinned CA.
async fn verified(office: &Office, id: DocumentId, view: &DocumentView) -> Vec<(u64, Receipt)> {
    let views = office.client.receipts(id).await.expect("receipts");
    let one = |v| office.verified(v).expect("a receipt that verifies");
    let all: Vec<Receipt> = views.iter().map(one).collect();
    let facts: Vec<_> = all
        .iter()
        .map(|r| (r.document, r.position.0, r.event.as_str()))
        .collect();
    let due: Vec<_> = proved(view)
        .map(|e| (id, e.position, e.event.as_str()))
        .collect();
    assert_eq!(facts, due, "{id}: a receipt for each event");
    all.into_iter().map(|r| (r.position.0, r)).collect()
}

/// Sent once more, it is the same document.
async fn again(office: &Office, id: DocumentId, sent: &Sent) {
    let Some(key) = &sent.key else {
        return;
    };
    let one = |(name, bytes): &(String, bytes::Bytes)| Upload {
        name: name.clone(),
        source: Source::Memory(bytes.clone()),
    };
    let files: Vec<Upload> = sent.draft.files.iter().map(one).collect();
    let (client, silent) = (&office.client, Progress::silent());
    let again = client
        .send(&sent.draft.envelope, &files, Some(key), &silent)
        .await;
    let again = again.expect("sent").submitted;
    assert!(again.repeated && again.id == id.to_string(), "{id}");
}

/// Everything that a unit was told, page by page.
async fn heard(office: &Office) -> BTreeSet<u64> {
    let (mut all, mut after) = (BTreeSet::new(), None::<String>);
    loop {
        let page = office.client.notices(after.as_deref(), 50, 0).await;
        let page = page.expect("notices");
        let fresh = |n: &NoticeView| assert!(all.insert(n.position), "{n:?} twice");
        page.items.iter().for_each(fresh);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// Nothing was taken in beside what was acknowledged: a send whose reply was lost was repeated, and is there once.
async fn only_these(offices: &[Office], sent: &BTreeMap<DocumentId, Sent>) {
    let mut found = BTreeSet::new();
    for office in offices {
        let mut after = None::<String>;
        loop {
            let page = office.client.outbox(after.as_deref(), 50).await;
            let page = page.expect("outbox");
            found.extend(
                page.items
                    .iter()
                    .filter_map(|row| DocumentId::parse(&row.id)),
            );
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    let due: BTreeSet<DocumentId> = sent.keys().copied().collect();
    assert_eq!(found, due);
}
