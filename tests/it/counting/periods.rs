//! Closings within a history: what was stated is what the model makes of the records up to there, whatever came later.

use super::model;
use lienthong::intake::read_statement;
use lienthong::model::event::{Event, Recorded};
use lienthong::rates::Counts;
use lienthong::seal::statement::UnitFigures;
use lienthong::store::{LogStatement, Vault};

/// Figures of a period, without zeros.
fn of(records: &[Recorded], period: lienthong::model::Period) -> UnitFigures {
    let mut out = UnitFigures::new();
    for ((unit, day), counts) in model::figures(records) {
        if period.contains(day) {
            let own = out.entry(unit).or_default();
            counts
                .into_iter()
                .for_each(|(measure, n)| *own.entry(measure).or_insert(0) += n);
        }
    }
    out.retain(|_, counts| some(counts));
    out
}

fn some(counts: &mut Counts) -> bool {
    counts.retain(|_, figure| *figure != 0);
    !counts.is_empty()
}

/// How many statements say otherwise than the figures are now.
pub(super) fn are_what_they_were(vault: &dyn Vault, records: &[Recorded], what: &str) -> usize {
    let mut later = 0;
    for record in records {
        let Event::PeriodClosed(closed) = &record.event else {
            continue;
        };
        let logged = LogStatement {
            position: record.position,
            at: record.at,
            closed: (**closed).clone(),
        };
        let (_, statement) = read_statement(vault, &logged).expect("a statement");
        let counted = records.iter().filter(|r| r.position <= closed.position);
        let counted: Vec<Recorded> = counted.cloned().collect();
        let mut stated = statement.units.clone();
        stated.retain(|_, counts| some(counts));
        let said = format!("{what}: {} number {}", closed.period, closed.number);
        assert_eq!(stated, of(&counted, closed.period), "{said}");
        later += usize::from(stated != of(records, closed.period));
    }
    later
}
