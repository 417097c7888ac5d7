//! PDFs that are made to be slow to read (attack catalogue P6), and a large honest one.

use crate::NOW;
use lienthong::forge::pdf::bomb;
use lienthong::forge::{Identity, Letter, Mark, Pdf, SubFilter};
use lienthong::model::LocalDay;

/// What is done to a good file.
type Make = fn(&Identity) -> Vec<u8>;

/// Every one, under what it is called in the table.
pub(crate) const CASES: &[(&str, Make)] = &[
    ("a PDF with one signature", |by| signed(by, 1, 1)),
    ("300 pages with 10 signatures", |by| signed(by, 300, 10)),
    ("a stream that inflates 1,000:1", |by| {
        bomb::inflating(&signed(by, 1, 1), 60 << 20, 100_000)
    }),
    ("streams just under 100:1, 40 MB", |by| {
        bomb::inflating(&signed(by, 1, 1), 40 << 20, 60)
    }),
    ("streams just under 100:1, more than may be", |by| {
        bomb::inflating(&signed(by, 1, 1), 80 << 20, 60)
    }),
    ("100 object streams inside each other", |by| {
        bomb::nested(&signed(by, 1, 1), 100)
    }),
    ("8,000 object streams inside each other", |by| {
        bomb::nested(&signed(by, 1, 1), 8_000)
    }),
    ("900,000 objects", |by| {
        bomb::objects(&signed(by, 1, 1), 900_000)
    }),
    ("1,000,001 objects", |by| {
        bomb::objects(&signed(by, 1, 1), 1_000_001)
    }),
    ("900 revisions", |by| {
        bomb::revisions(&signed(by, 1, 1), 900)
    }),
    ("2,000 revisions", |by| {
        bomb::revisions(&signed(by, 1, 1), 2_000)
    }),
    ("pages and fields in a circle", |by| {
        bomb::cycles(&signed(by, 1, 1))
    }),
];

fn signed(by: &Identity, pages: usize, signatures: usize) -> Vec<u8> {
    let mut pdf = Pdf::new(&letter());
    for _ in 1..pages {
        pdf.append_page(&letter());
    }
    for number in 0..signatures {
        let mark = Mark {
            field: format!("Ky{number}"),
            name: "Sở Tài chính".into(),
            lines: vec!["Sở Tài chính".into()],
            place: [100.0, 100.0, 260.0, 150.0],
            colour: [200, 0, 0],
            sub_filter: SubFilter::Cades,
        };
        pdf.sign(by, &mark, NOW).expect("signed");
    }
    pdf.into_bytes()
}

fn letter() -> Letter {
    Letter::sample(LocalDay::new(2026, 11, 24).expect("day"))
}
