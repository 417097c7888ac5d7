//! The figures by another road: the events of a history, read one question at a time.

use lienthong::model::event::{Countable, Event, Offered, Recorded, SentBy, Way};
use lienthong::model::{
    Disposition, DocumentId, DocumentKey, LocalDay, ReasonCode, Status, Timestamp, UnitCode,
    Urgency,
};
use lienthong::rates::Measure;
use lienthong::rates::recount::Figures;
use std::collections::{BTreeMap, BTreeSet};

struct Sums(Figures);

impl Sums {
    fn one(&mut self, unit: &UnitCode, day: LocalDay, measure: Measure) {
        let row = self.0.entry((unit.clone(), day)).or_default();
        *row.entry(measure).or_insert(0) += 1;
    }
}

/// Days off beside the weekend, and those worked in their place.
pub(super) const OFF: [&str; 3] = ["2026-12-31", "2027-01-01", "2027-01-04"];
pub(super) const MADE_UP: [&str; 2] = ["2026-12-26", "2027-01-09"];

fn is_worked(day: LocalDay) -> bool {
    // Day 0 is 1 January 1970, a Thursday.
    let weekend = matches!(day.number().rem_euclid(7), 2 | 3);
    let text = day.to_string();
    MADE_UP.contains(&text.as_str()) || !(weekend || OFF.contains(&text.as_str()))
}

fn next_worked(day: LocalDay) -> LocalDay {
    let after = (day.number() + 1..).filter_map(LocalDay::from_number);
    after
        .into_iter()
        .find(|day| is_worked(*day))
        .expect("a working day")
}

/// The day on which an answer is due: that of the arrival before five in the afternoon of a working day, else the next one.
fn answer_day(arrived: Timestamp) -> LocalDay {
    let day = arrived.local_day();
    let minute = (arrived.0 + 7 * 3_600_000).rem_euclid(86_400_000) / 60_000;
    match is_worked(day) && minute < 17 * 60 {
        true => day,
        false => next_worked(day),
    }
}

/// The last day on which it is issued in time.
fn issue_day(offer: &Offered) -> LocalDay {
    let day = offer.promulgated;
    match offer.urgency != Urgency::Normal && is_worked(day) {
        true => day,
        false => next_worked(day),
    }
}

/// Every offer with its record.
pub(super) fn offers(records: &[Recorded]) -> impl Iterator<Item = (&Recorded, &Offered)> {
    records.iter().filter_map(|record| match &record.event {
        Event::Offered(e) => Some((record, e.as_ref())),
        _ => None,
    })
}

/// How a delivery ended: `true` for a recall.
type Ends = BTreeMap<(DocumentId, UnitCode), bool>;

pub(super) fn figures(records: &[Recorded]) -> Figures {
    let mut sums = Sums(Figures::new());
    let counted = |(_, e): &(&Recorded, &Offered)| e.judged.reason != ReasonCode::SecrecyNotAllowed;
    let offers: Vec<(&Recorded, &Offered)> = offers(records).filter(counted).collect();
    let ends = ends(records);
    activity(records, &mut sums);
    for record in records {
        if let Event::Arrived(e) = &record.event {
            delivery(records, record, e.document, &e.recipient, &mut sums);
        }
    }
    let mut keys: Vec<&DocumentKey> = Vec::new();
    for (_, offer) in &offers {
        if !keys.contains(&&offer.key) {
            keys.push(&offer.key);
        }
    }
    for key in &keys {
        let own: Vec<(&Recorded, &Offered)> = offers
            .iter()
            .filter(|(_, o)| o.key == **key)
            .copied()
            .collect();
        signed(records, &own, &ends, &mut sums);
        exchange(records, &own, &ends, &mut sums);
    }
    registers(records, &keys, &mut sums);
    sums.0
}

fn ends(records: &[Recorded]) -> Ends {
    let mut ends = Ends::new();
    for record in records {
        let (end, recalled) = match &record.event {
            Event::Recalled(e) => ((e.document, e.recipient.clone()), true),
            Event::TakenBack(e) => ((e.document, e.recipient.clone()), false),
            Event::GivenUp(e) => ((e.document, e.recipient.clone()), false),
            Event::TakeBackAnswered(e) if e.status == Status::Agreed => {
                ((e.document, e.recipient.clone()), false)
            }
            _ => continue,
        };
        ends.entry(end).or_insert(recalled);
    }
    ends
}

/// What was done, on the day on which it was done.
fn activity(records: &[Recorded], sums: &mut Sums) {
    for record in records {
        let today = record.at.local_day();
        match &record.event {
            Event::Offered(e) => {
                sums.one(&e.sender, today, Measure::Offers);
                match e.judged.disposition {
                    Disposition::Hold => sums.one(&e.sender, today, Measure::Held),
                    Disposition::Refuse => {
                        sums.one(&e.sender, today, Measure::Refused(e.judged.reason));
                    }
                    _ => {}
                }
            }
            Event::Rejudged(e) if e.judged.disposition == Disposition::Refuse => {
                sums.one(&e.sender, today, Measure::Refused(e.judged.reason));
            }
            Event::Recalled(e) => sums.one(&e.sender, today, Measure::Recalled),
            Event::TakenBack(e) => sums.one(&e.sender, today, Measure::TakenBack),
            Event::TakeBackAnswered(e) if e.status == Status::Agreed => {
                sums.one(&e.sender, today, Measure::TakenBack);
            }
            Event::Expired(e) => sums.one(&e.sender, today, Measure::Expired),
            _ => {}
        }
    }
}

fn delivery(
    records: &[Recorded],
    arrival: &Recorded,
    document: DocumentId,
    to: &UnitCode,
    sums: &mut Sums,
) {
    let Event::Arrived(e) = &arrival.event else {
        return;
    };
    let day = arrival.at.local_day();
    sums.one(&e.sender, day, Measure::Delivered);
    sums.one(to, day, Measure::Received);
    if e.way == Way::Pull {
        sums.one(to, day, Measure::Opened);
    }
    if let Some(until) = e.due.and_then(|due| due.complete) {
        sums.one(to, day, Measure::WithDue);
        let done = records.iter().any(|r| match &r.event {
            Event::Progressed(p) => {
                p.document == document
                    && p.recipient == *to
                    && p.status == Status::Completed
                    && r.at.local_day() <= until
            }
            _ => false,
        });
        if done {
            sums.one(to, day, Measure::CompletedInTime);
        }
    }
    let answer = records.iter().find_map(|r| match &r.event {
        Event::Answered(a) if a.document == document && a.recipient == *to => {
            Some((a.status, r.at))
        }
        _ => None,
    });
    let Some((status, at)) = answer else { return };
    match status {
        Status::Accepted => {
            sums.one(&e.sender, day, Measure::Accepted);
            sums.one(to, day, Measure::ReceivedAccepted);
        }
        _ => sums.one(&e.sender, day, Measure::RefusedByRecipient),
    }
    if at.local_day() <= answer_day(arrival.at) {
        sums.one(&e.sender, day, Measure::AnsweredInTime);
        sums.one(to, day, Measure::ReceivedAnsweredInTime);
    }
    if at.local_day() == day {
        sums.one(&e.sender, day, Measure::AnsweredSameDay);
        sums.one(to, day, Measure::ReceivedAnsweredSameDay);
    }
}

/// The last decision about an offer.
fn judged<'a>(records: &'a [Recorded], offer: &'a Offered) -> &'a lienthong::model::event::Judged {
    let later = records.iter().rev().find_map(|r| match &r.event {
        Event::Rejudged(e) if e.document == offer.document => Some(&e.judged),
        _ => None,
    });
    later.unwrap_or(&offer.judged)
}

fn signed(records: &[Recorded], own: &[(&Recorded, &Offered)], ends: &Ends, sums: &mut Sums) {
    let (record, first) = own[0];
    let (unit, day) = (&first.key.unit, first.promulgated);
    let of: Vec<_> = ends
        .iter()
        .filter(|((d, _), _)| *d == first.document)
        .collect();
    if of.len() == first.recipients.len() && of.iter().any(|(_, recalled)| **recalled) {
        sums.one(unit, day, Measure::RecalledDocuments);
        return;
    }
    sums.one(unit, day, Measure::Offered);
    if record.at.local_day() > issue_day(first) {
        sums.one(unit, day, Measure::IssuedLate);
    }
    let last = judged(records, first);
    if last.disposition == Disposition::Hold {
        sums.one(unit, day, Measure::Undecided);
    } else if last.agency_signed {
        sums.one(unit, day, Measure::AgencySigned);
        if last.person_signed {
            sums.one(unit, day, Measure::BothSigned);
        }
    }
}

/// The entry of the register that counts for a document at the end of the history.
fn entry(records: &[Recorded], key: &DocumentKey) -> Option<(LocalDay, SentBy)> {
    let mut found: Option<(DocumentId, LocalDay, SentBy)> = None;
    for record in records {
        let Event::RegisterEntries(e) = &record.event else {
            continue;
        };
        for entry in &e.entries {
            let same = e.unit == key.unit
                && entry.number == key.number
                && entry.notation == key.notation
                && entry.day.year() == key.year;
            match (same, e.undone) {
                (true, false) => found = Some((e.import, entry.day, entry.sent_by)),
                (true, true) if found.is_some_and(|f| f.0 == e.import) => found = None,
                _ => {}
            }
        }
    }
    found.map(|(_, day, by)| (day, by))
}

fn exchange(records: &[Recorded], own: &[(&Recorded, &Offered)], ends: &Ends, sums: &mut Sums) {
    let first = own[0].1;
    let (unit, day) = (&first.key.unit, first.promulgated);
    let refused = |o: &Offered| judged(records, o).disposition == Disposition::Refuse;
    let arrived = |o: &Offered, to: &UnitCode| {
        let came = records.iter().any(|r| match &r.event {
            Event::Arrived(e) => e.document == o.document && e.recipient == *to,
            _ => false,
        });
        came && !ends.contains_key(&(o.document, to.clone()))
    };
    let pairs = |o: &Offered| -> Vec<(UnitCode, Countable)> {
        o.recipients
            .iter()
            .cloned()
            .zip(o.countable.iter().copied())
            .collect()
    };
    // As delivered: every version that anybody has.
    let had: Vec<&Offered> = own
        .iter()
        .map(|(_, o)| *o)
        .filter(|o| pairs(o).iter().any(|(to, _)| arrived(o, to)))
        .collect();
    if !had.is_empty() {
        sums.one(unit, day, Measure::DeliveredDocuments);
        if had.iter().all(|o| judged(records, o).agency_signed) {
            sums.one(unit, day, Measure::DeliveredAgencySigned);
            if had.iter().all(|o| judged(records, o).person_signed) {
                sums.one(unit, day, Measure::DeliveredBothSigned);
            }
        }
    }
    let entered = entry(records, &first.key).is_some_and(|(_, by)| by != SentBy::Electronic);
    let passed: Vec<&Offered> = own
        .iter()
        .map(|(_, o)| *o)
        .filter(|o| !refused(o))
        .collect();
    let used: Vec<&Offered> = match passed.is_empty() {
        true => own.iter().map(|(_, o)| *o).collect(),
        false => passed.clone(),
    };
    let mut everybody = Vec::new();
    for o in &used {
        for (to, countable) in pairs(o) {
            if countable != Countable::No {
                let end = ends.get(&(o.document, to.clone())).copied();
                everybody.push((to.clone(), countable, end, arrived(o, &to)));
            }
        }
    }
    let stands: Vec<_> = everybody
        .iter()
        .filter(|(_, _, end, _)| end.is_none())
        .collect();
    let of: Vec<_> = match stands.is_empty() {
        true => everybody.iter().collect(),
        false => stands.clone(),
    };
    if of.is_empty() {
        let any = own
            .iter()
            .flat_map(|(_, o)| pairs(o))
            .any(|(_, c)| c != Countable::No);
        if entered && !any {
            sums.one(unit, day, Measure::PaperOnly);
        }
        return;
    }
    if stands.is_empty() && everybody.iter().any(|(_, _, end, _)| *end == Some(true)) {
        return;
    }
    let got: BTreeSet<_> = of.iter().filter(|row| row.3).map(|row| &row.0).collect();
    let off: BTreeSet<_> = of
        .iter()
        .filter(|row| row.1 == Countable::OffNetwork && !got.contains(&row.0))
        .map(|row| &row.0)
        .collect();
    let all: BTreeSet<_> = of.iter().map(|row| &row.0).collect();
    let paper = entered || passed.iter().any(|o| o.paper_follows);
    sums.one(unit, day, Measure::Countable);
    if off.len() == all.len() {
        sums.one(unit, day, Measure::OffNetwork);
    }
    if got.is_empty() {
        return;
    }
    sums.one(unit, day, Measure::Electronic);
    if paper || !off.is_empty() {
        sums.one(unit, day, Measure::WithPaper);
    }
    if !paper && got.len() == all.len() {
        sums.one(unit, day, Measure::ElectronicOnly);
    }
    if !paper && got.len() + off.len() == all.len() {
        sums.one(unit, day, Measure::ElectronicOnlyReachable);
    }
}

fn registers(records: &[Recorded], known: &[&DocumentKey], sums: &mut Sums) {
    let mut named = BTreeSet::new();
    let mut covered: Vec<(DocumentId, &UnitCode, LocalDay, LocalDay)> = Vec::new();
    for record in records {
        match &record.event {
            Event::RegisterEntries(e) => {
                for entry in &e.entries {
                    let (number, notation) = (entry.number.clone(), entry.notation.clone());
                    named.insert(DocumentKey::new(
                        e.unit.clone(),
                        number,
                        notation,
                        entry.day,
                    ));
                }
            }
            Event::RegisterImported(e) => covered.push((e.import, &e.unit, e.from, e.to)),
            Event::NilReturned(e) => covered.push((e.import, &e.unit, e.from, e.to)),
            Event::RegisterUndone(e) => covered.retain(|(import, ..)| *import != e.import),
            _ => {}
        }
    }
    for key in named.iter().filter(|key| !known.contains(key)) {
        match entry(records, key) {
            Some((day, SentBy::Electronic)) => sums.one(&key.unit, day, Measure::Unproved),
            Some((day, _)) => sums.one(&key.unit, day, Measure::PaperOnly),
            None => {}
        }
    }
    for (_, unit, from, to) in covered {
        for number in from.number()..=to.number() {
            let day = LocalDay::from_number(number).expect("day");
            sums.one(unit, day, Measure::RegisterDays);
        }
    }
}
