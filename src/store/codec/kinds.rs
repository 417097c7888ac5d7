//! The number of each kind of event, and the version in which it is written.

use crate::model::Event;
use crate::model::event::{DossierEvent, SurveyEvent};

pub(super) const OFFERED: u16 = 1;
pub(super) const REJUDGED: u16 = 2;
pub(super) const ARRIVED: u16 = 3;
pub(super) const ANSWERED: u16 = 4;
pub(super) const RECEIPT_SIGNED: u16 = 5;
pub(super) const RULES_CHANGED: u16 = 6;
pub(super) const DOUBTED: u16 = 7;
pub(super) const STAMPED: u16 = 8;
pub(super) const PROGRESSED: u16 = 9;
pub(super) const TAKE_BACK_ASKED: u16 = 10;
pub(super) const TAKEN_BACK: u16 = 11;
pub(super) const TAKE_BACK_ANSWERED: u16 = 12;
pub(super) const RECALLED: u16 = 13;
pub(super) const RECALL_ANSWERED: u16 = 14;
pub(super) const SUPERSEDED: u16 = 15;
pub(super) const UPDATED: u16 = 16;
pub(super) const EXPIRED: u16 = 17;
pub(super) const REPLAYED: u16 = 18;
pub(super) const GIVEN_UP: u16 = 19;
pub(super) const ERASED: u16 = 20;
pub(super) const ATTEMPTED: u16 = 21;
pub(super) const CLOCK_CONFIRMED: u16 = 22;
pub(super) const PERIOD_CLOSED: u16 = 30;
pub(super) const COUNTED: u16 = 23;
pub(super) const REGISTER_IMPORTED: u16 = 24;
pub(super) const REGISTER_ENTRIES: u16 = 25;
pub(super) const REGISTER_UNDONE: u16 = 26;
pub(super) const NIL_RETURNED: u16 = 27;
pub(super) const SIMULATED: u16 = 45;
pub(super) const FINDING_OPENED: u16 = 35;
pub(super) const FINDING_CLOSED: u16 = 36;
pub(super) const FINDING_REMINDED: u16 = 37;
pub(super) const REPORT_SENT: u16 = 38;
pub(super) const SURVEY_CODES: u16 = 39;
pub(super) const SURVEY_ANSWERED: u16 = 40;
pub(super) const SURVEY_INVITED: u16 = 41;
pub(super) const DOSSIER_REGISTERED: u16 = 28;
pub(super) const DOSSIER_MOVED: u16 = 29;
pub(super) const DOSSIER_ASKED: u16 = 31;
pub(super) const DOSSIER_COMPLETED: u16 = 32;
pub(super) const DOSSIER_RESCHEDULED: u16 = 33;

pub(super) fn kind(event: &Event) -> (u16, u16) {
    match event {
        Event::Offered(_) => (OFFERED, 6),
        Event::Rejudged(_) => (REJUDGED, 2),
        Event::Arrived(_) => (ARRIVED, 3),
        Event::Answered(_) => (ANSWERED, 2),
        Event::ReceiptSigned(_) => (RECEIPT_SIGNED, 1),
        Event::RulesChanged(_) => (RULES_CHANGED, 1),
        Event::Doubted(_) => (DOUBTED, 1),
        Event::Stamped(_) => (STAMPED, 1),
        Event::Progressed(_) => (PROGRESSED, 1),
        Event::TakeBackAsked(_) => (TAKE_BACK_ASKED, 1),
        Event::TakenBack(_) => (TAKEN_BACK, 1),
        Event::TakeBackAnswered(_) => (TAKE_BACK_ANSWERED, 1),
        Event::Recalled(_) => (RECALLED, 1),
        Event::RecallAnswered(_) => (RECALL_ANSWERED, 1),
        Event::Superseded(_) => (SUPERSEDED, 1),
        Event::Updated(_) => (UPDATED, 1),
        Event::Expired(_) => (EXPIRED, 1),
        Event::Replayed(_) => (REPLAYED, 1),
        Event::GivenUp(_) => (GIVEN_UP, 1),
        Event::Erased(_) => (ERASED, 1),
        Event::Attempted(_) => (ATTEMPTED, 1),
        Event::ClockConfirmed(_) => (CLOCK_CONFIRMED, 1),
        Event::PeriodClosed(_) => (PERIOD_CLOSED, 1),
        Event::Counted(_) => (COUNTED, 1),
        Event::RegisterImported(_) => (REGISTER_IMPORTED, 1),
        Event::RegisterEntries(_) => (REGISTER_ENTRIES, 1),
        Event::RegisterUndone(_) => (REGISTER_UNDONE, 1),
        Event::NilReturned(_) => (NIL_RETURNED, 1),
        Event::Simulated(_) => (SIMULATED, 1),
        Event::FindingOpened(_) => (FINDING_OPENED, 1),
        Event::FindingClosed(_) => (FINDING_CLOSED, 1),
        Event::FindingReminded(_) => (FINDING_REMINDED, 1),
        Event::ReportSent(_) => (REPORT_SENT, 1),
        Event::Survey(e) => match **e {
            SurveyEvent::Codes(_) => (SURVEY_CODES, 1),
            SurveyEvent::Answered(_) => (SURVEY_ANSWERED, 1),
            SurveyEvent::Invited(_) => (SURVEY_INVITED, 1),
        },
        Event::Dossier(e) => match **e {
            DossierEvent::Registered(_) => (DOSSIER_REGISTERED, 1),
            DossierEvent::Moved(_) => (DOSSIER_MOVED, 1),
            DossierEvent::Asked(_) => (DOSSIER_ASKED, 1),
            DossierEvent::Completed(_) => (DOSSIER_COMPLETED, 1),
            DossierEvent::Rescheduled(_) => (DOSSIER_RESCHEDULED, 1),
        },
    }
}
