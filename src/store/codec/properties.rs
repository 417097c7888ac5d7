//! Any event is read as it was written, and no two forms stand for one event.

use super::bytes::{Reader, Writer};
use super::{read_event, write_event};
use crate::model::dossier::{
    DossierGround, DossierItem, DossierMove, DossierNumber, DossierProblem, DossierStatus,
    ProcedureCode, ProcedureRef,
};
use crate::model::event::{
    AttemptOutcome, Attempted, DossierAsked, DossierCompleted, DossierEvent, DossierFile,
    DossierMoved, DossierRef, DossierRegistered, DossierRescheduled, Erased, ErasureCause, Event,
    Evidence, Expired, ExpiryCause, ExpiryClock, FindingClosed, FindingOpened, FindingReminded,
    FoundIn, FoundItem, GivenUp, Leaves, PeriodClosed, PlainName, PostWay, Presented, Progressed,
    RecallAnswered, Recalled, ReminderCause, Replayed, ReportSent, Superseded, TakeBackAnswered,
    TakeBackAsked, TakenBack, Updated, Way,
};
use crate::model::{
    Digest, DocumentId, Indication, LocalDay, Period, Position, Status, SubIndication, Timestamp,
    UnitCode,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

fn id() -> impl Strategy<Value = DocumentId> {
    (any::<i32>(), any::<[u8; 10]>())
        .prop_map(|(at, chance)| DocumentId::new(Timestamp(i64::from(at.unsigned_abs())), chance))
}

fn unit() -> impl Strategy<Value = UnitCode> {
    (0..200u8, 1..99u8).prop_map(|(a, b)| UnitCode::parse(&format!("H53.{a}.{b}")).expect("code"))
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn day() -> impl Strategy<Value = LocalDay> {
    (2000i16..2100, 1i8..13, 1i8..29).prop_map(|(y, m, d)| LocalDay::new(y, m, d).expect("a day"))
}

fn status() -> impl Strategy<Value = Status> {
    select(
        Status::ALL
            .iter()
            .map(|(status, ..)| *status)
            .collect::<Vec<_>>(),
    )
}

fn leaves() -> impl Strategy<Value = Leaves> {
    (day(), any::<[bool; 3]>()).prop_map(|(promulgated, flags)| Leaves {
        promulgated,
        agency_signed: flags[0],
        both_signed: flags[1],
        issued_late: flags[2],
    })
}

/// What any of the events may be made of.
#[derive(Clone, Debug)]
struct Parts {
    document: DocumentId,
    by: DocumentId,
    sender: UnitCode,
    recipient: UnitCode,
    actor: Option<UnitCode>,
    units: Vec<UnitCode>,
    status: Status,
    implied: Vec<Status>,
    at: Timestamp,
    due: Option<Timestamp>,
    day: Option<LocalDay>,
    note: Option<Digest>,
    bodies: Vec<Digest>,
    leaves: Option<Leaves>,
    number: u32,
    code: u16,
}

prop_compose! {
    fn parts()(
        ids in (id(), id()),
        parties in (unit(), unit(), of(unit()), vec(unit(), 0..5)),
        said in (status(), vec(status(), 0..4)),
        times in (time(), of(time()), of(day())),
        words in (of(digest()), vec(digest(), 0..5), of(leaves())),
        numbers in (any::<u32>(), any::<u16>()),
    ) -> Parts {
        Parts {
            document: ids.0,
            by: ids.1,
            sender: parties.0,
            recipient: parties.1,
            actor: parties.2,
            units: parties.3,
            status: said.0,
            implied: said.1,
            at: times.0,
            due: times.1,
            day: times.2,
            note: words.0,
            bodies: words.1,
            leaves: words.2,
            number: numbers.0,
            code: numbers.1,
        }
    }
}

fn pick<T: Copy>(all: &[T], by: u32) -> T {
    all[usize::try_from(by).expect("small") % all.len()]
}

impl Parts {
    fn asked(self) -> [Event; 6] {
        let Self {
            document,
            sender,
            recipient,
            due,
            note,
            leaves,
            status,
            at,
            ..
        } = self;
        let (s, r) = (|| sender.clone(), || recipient.clone());
        [
            Event::TakeBackAsked(Box::new(TakeBackAsked {
                document,
                sender: s(),
                recipient: r(),
                due,
                note,
            })),
            Event::TakenBack(Box::new(TakenBack {
                document,
                sender: s(),
                recipient: r(),
                note,
                leaves,
            })),
            Event::TakeBackAnswered(Box::new(TakeBackAnswered {
                document,
                sender: s(),
                recipient: r(),
                status,
                note,
                leaves,
            })),
            Event::Recalled(Box::new(Recalled {
                document,
                sender: s(),
                recipient: r(),
                arrived: at,
                due,
                note,
                leaves,
            })),
            Event::RecallAnswered(Box::new(RecallAnswered {
                document,
                sender: s(),
                recipient: r(),
                status,
                recalled: at,
                due,
                note,
            })),
            Event::GivenUp(Box::new(GivenUp {
                document,
                sender: s(),
                recipient: r(),
                actor: self.actor,
                note,
                leaves,
            })),
        ]
    }

    fn closed(self) -> Event {
        let day = self.day.and_then(|day| Period::parse(&day.to_string()));
        let month = Period::parse("2026-11@15").expect("a month");
        let digest = |n: usize| self.bodies.get(n).copied().unwrap_or(Digest::ZERO);
        Event::PeriodClosed(Box::new(PeriodClosed {
            period: day.unwrap_or(month),
            number: self.number,
            position: Position(self.at.0.unsigned_abs()),
            chain: digest(0),
            statement: digest(1),
            sealed: digest(2),
            corrects: self.note,
            previous: self.bodies.get(3).copied(),
            actor: self.actor,
        }))
    }

    fn found(self) -> [Event; 4] {
        let (day, month) = (self.day, Period::parse("2026-11@15").expect("a month"));
        let day = day.unwrap_or_else(|| *month.days().end());
        let name = PlainName::parse("refused.key-revoked").expect("a name");
        let position = Position(self.at.0.unsigned_abs());
        let mut items = vec![
            FoundItem::Document(self.document),
            FoundItem::Import(self.by),
        ];
        let to = self.units.iter().cloned();
        items.extend(to.map(|unit| FoundItem::Delivery(self.by, unit)));
        let mut evidence = vec![Evidence::Document(self.by), Evidence::Receipt(position)];
        evidence.push(Evidence::Statement(month, self.number));
        evidence.extend(self.bodies.iter().copied().map(Evidence::File));
        let figure = self.note.map(|_| FoundIn {
            figure: name.clone(),
            period: month,
            missing: self.actor.is_some(),
            total: u64::from(self.number),
            position,
        });
        let note = self.note.unwrap_or(Digest::ZERO);
        let addresses = u16::try_from(self.number % 1000).unwrap_or(0);
        [
            Event::FindingOpened(Box::new(FindingOpened {
                finding: self.document,
                unit: self.sender.clone(),
                figure,
                items,
                due: day,
                note,
                actor: self.actor.clone(),
            })),
            Event::FindingClosed(Box::new(FindingClosed {
                finding: self.document,
                unit: self.sender.clone(),
                evidence,
                note,
                actor: self.actor,
            })),
            Event::FindingReminded(Box::new(FindingReminded {
                finding: self.document,
                unit: self.sender,
                day,
                cause: pick(ReminderCause::ALL, self.number),
                way: pick(PostWay::ALL, self.number),
            })),
            Event::ReportSent(Box::new(ReportSent {
                schedule: name,
                period: month,
                files: note,
                addresses,
            })),
        ]
    }

    #[allow(clippy::too_many_lines, reason = "a list of samples")]
    fn dossiers(self) -> [Event; 5] {
        let of = DossierRef {
            dossier: self.document,
            agency: self.sender.clone(),
            procedure: ProcedureRef {
                code: ProcedureCode::parse("1.001193").expect("a code"),
                version: self.code,
            },
        };
        let digest = |n: usize| self.bodies.get(n).copied().unwrap_or(Digest::ZERO);
        let day = self
            .day
            .unwrap_or_else(|| LocalDay::new(2026, 1, 1).expect("a day"));
        let file = |digest: &Digest| DossierFile {
            offered: self.code,
            digest: *digest,
            size: u64::from(self.number),
        };
        let presented = Presented {
            words: digest(0),
            files: self.bodies.iter().map(file).collect(),
        };
        let item = |body: &Digest| DossierItem {
            problem: pick(DossierProblem::ALL, self.number),
            component: PlainName::parse("to-khai").filter(|_| body.0[0] > 99),
            offered: (body.0[1] > 99).then_some(self.code),
            fact: PlainName::parse("so_con").filter(|_| body.0[2] > 99),
            verdict: (body.0[3] > 99).then(|| {
                let sub = (body.0[4] > 99).then(|| pick(SubIndication::ALL, self.number));
                (pick(Indication::ALL, self.number), sub)
            }),
            ground: pick(DossierGround::ALL, self.number),
        };
        let items: Vec<DossierItem> = self.bodies.iter().map(item).collect();
        let status = |n: u32| pick(DossierStatus::ALL, self.number.wrapping_add(n));
        let what = pick(DossierMove::ALL, self.number);
        let events = [
            DossierEvent::Registered(DossierRegistered {
                of: of.clone(),
                number: DossierNumber {
                    agency: self.sender.clone(),
                    day,
                    place: self.number,
                },
                request: digest(1),
                content: digest(2),
                status: status(0),
                received: self.at,
                presented: presented.clone(),
                items: items.clone(),
                due: self.due,
                rules: digest(3),
                note: self.note,
            }),
            DossierEvent::Moved(DossierMoved {
                of: of.clone(),
                what,
                from: status(0),
                to: status(1),
                due: self.due,
                note: self.note,
            }),
            DossierEvent::Asked(DossierAsked {
                of: of.clone(),
                request: self.code,
                from: status(0),
                items: items.clone(),
                ground: self.note,
                note: self.bodies.first().copied(),
            }),
            DossierEvent::Completed(DossierCompleted {
                of: of.clone(),
                what,
                from: status(2),
                received: self.at,
                presented,
                items,
                due: self.at,
                rules: digest(3),
                note: self.note,
            }),
            DossierEvent::Rescheduled(DossierRescheduled {
                of,
                status: status(3),
                before: self.at,
                due: self.due.unwrap_or(self.at),
                note: self.note,
            }),
        ];
        events.map(|event| Event::Dossier(Box::new(event)))
    }

    #[allow(clippy::too_many_lines, reason = "a list of samples")]
    fn others(self) -> [Event; 7] {
        let Self {
            document,
            by,
            sender,
            recipient,
            actor,
            note,
            number,
            at,
            ..
        } = self;
        let (s, r) = (|| sender.clone(), || recipient.clone());
        let (cause, clock) = (
            pick(ExpiryCause::ALL, number),
            pick(ExpiryClock::ALL, number),
        );
        let removed = self.units.iter().rev().cloned().collect();
        [
            Event::Progressed(Box::new(Progressed {
                document,
                sender: s(),
                recipient: r(),
                status: self.status,
                implied: self.implied,
                arrived: at,
                due: self.day,
                note,
            })),
            Event::Superseded(Box::new(Superseded {
                document,
                sender: s(),
                recipient: r(),
                by,
            })),
            Event::Updated(Box::new(Updated {
                document,
                sender: s(),
                by,
                added: self.units,
                removed,
            })),
            Event::Expired(Box::new(Expired {
                document,
                sender: s(),
                recipient: r(),
                cause,
                clock,
                since: at,
            })),
            Event::Replayed(Box::new(Replayed {
                document,
                sender: s(),
                recipient: r(),
                actor: actor.clone(),
                note,
            })),
            Event::Erased(Box::new(Erased {
                document: note.map(|_| document),
                segment: actor.is_some().then_some(number),
                bodies: self.bodies,
                cause: pick(ErasureCause::ALL, number),
                basis: note,
                actor,
            })),
            Event::Attempted(Box::new(Attempted {
                document,
                sender: s(),
                recipient: r(),
                way: pick(Way::ALL, number),
                number,
                outcome: pick(AttemptOutcome::ALL, number),
                code: self.code,
                next: self.due,
            })),
        ]
    }
}

fn encode(event: &Event) -> Vec<u8> {
    let mut out = Vec::new();
    write_event(&mut Writer(&mut out), event);
    out
}

fn decode(bytes: &[u8]) -> Option<Event> {
    let mut reader = Reader(bytes);
    let event = read_event(&mut reader).ok()?;
    reader.end().ok().map(|()| event)
}

/// Kind and version stand before the payload.
const HEAD: usize = 4;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_event_is_read_as_it_was_written(parts in parts(), at in any::<usize>(), flip in 1..=u8::MAX) {
        let closed = [parts.clone().closed()];
        let found = parts.clone().found();
        let dossiers = parts.clone().dossiers();
        let events = parts.clone().asked().into_iter().chain(parts.others()).chain(closed).chain(found).chain(dossiers);
        for event in events {
            let mut bytes = encode(&event);
            let read = decode(&bytes);
            prop_assert_eq!(read.as_ref(), Some(&event));
            // What a changed byte turns it into is no event, or another one with one form.
            let at = HEAD + at % (bytes.len() - HEAD);
            bytes[at] ^= flip;
            if let Some(other) = decode(&bytes) {
                prop_assert_ne!(&other, &event);
                prop_assert_eq!(encode(&other), bytes);
            }
        }
    }
}
