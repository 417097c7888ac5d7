//! What the offices of whole lives know, written only from what was acknowledged to them, and held against what the
//! gateway says in the end.

use crate::support::Draft;
use lienthong::client::progress::Progress;
use lienthong::client::upload::{Source, Upload};
use lienthong::client::wire::{DocumentView, NoticeView, TimelineView};
use lienthong::demo::office::Office;
use lienthong::demo::units::UNITS;
use lienthong::model::{Digest, DocumentId};
use lienthong::seal::receipt::Receipt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// One acknowledged document.
struct Sent {
    sender: usize,
    recipients: Vec<usize>,
    draft: Draft,
    key: String,
}

/// All that was acknowledged.
#[derive(Default)]
pub struct Journal {
    sent: Mutex<BTreeMap<DocumentId, Sent>>,
    receipts: Mutex<Vec<Receipt>>,
    received: Mutex<BTreeSet<(DocumentId, usize)>>,
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
        key: String,
        receipt: Receipt,
    ) {
        let sent = Sent {
            sender,
            recipients: to.to_vec(),
            draft,
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

    /// Holds everything against the gateway.
    pub async fn check(&self, offices: &[Office]) {
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        let acknowledged = std::mem::take(&mut *self.receipts.lock().unwrap());
        let mut due: Told = BTreeMap::new();
        let mut receipts: BTreeMap<u64, Receipt> = BTreeMap::new();
        for (id, sent) in &sent {
            let office = &offices[sent.sender];
            let view = office.client.document(*id).await.expect("acknowledged");
            sent.is_there(*id, &view);
            self.is_delivered_once(*id, sent, &view);
            is_done_once(*id, &view);
            tell(&view, &mut due);
            receipts.extend(verified(office, *id, &view).await);
            again(office, *id, sent).await;
        }
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
        let envelope = Digest::of(&self.draft.envelope).to_hex();
        assert_eq!(view.envelope_sha256, envelope, "{id}");
    }
}

/// However often it was asked for, each move was made once.
fn is_done_once(id: DocumentId, view: &DocumentView) {
    let mut seen = BTreeSet::new();
    for entry in &view.timeline {
        let what = (&entry.event, &entry.recipient, &entry.status);
        assert!(seen.insert(what), "{id}: {what:?} twice");
    }
}

/// Who must have been told of a document's records.
fn tell(view: &DocumentView, due: &mut Told) {
    for entry in &view.timeline {
        let to_recipient = ["take-back-asked", "taken-back", "recalled", "superseded"];
        let unit = match entry.event.as_str() {
            "offered" => continue,
            event if to_recipient.contains(&event) => entry.recipient.clone(),
            _ => Some(view.sender.clone()),
        };
        let heard = due.entry(unit.expect("unit")).or_default();
        heard.insert(entry.position);
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
    let due: Vec<_> = view
        .timeline
        .iter()
        .map(|e| (id, e.position, e.event.as_str()))
        .collect();
    assert_eq!(facts, due, "{id}: a receipt for each event");
    all.into_iter().map(|r| (r.position.0, r)).collect()
}

/// Sent once more, it is the same document.
async fn again(office: &Office, id: DocumentId, sent: &Sent) {
    let one = |(name, bytes): &(String, bytes::Bytes)| Upload {
        name: name.clone(),
        source: Source::Memory(bytes.clone()),
    };
    let files: Vec<Upload> = sent.draft.files.iter().map(one).collect();
    let (client, silent) = (&office.client, Progress::silent());
    let again = client
        .send(&sent.draft.envelope, &files, Some(&sent.key), &silent)
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
