use super::*;
use crate::registry::{Channel, Contact, Parts};
use proptest::prelude::*;

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("code")
}

fn day(text: &str) -> LocalDay {
    LocalDay::parse(text).expect("day")
}

fn registry(units: Vec<Unit>) -> Registry {
    let parts = Parts {
        units,
        ..Parts::default()
    };
    Registry::of(parts).expect("registry")
}

fn read_text(text: &str, known: &Registry) -> Result<Vec<Unit>, TableError> {
    read(text.as_bytes(), known)
}

#[test]
fn four_columns_need_no_head_and_a_head_names_any() {
    let none = Registry::default();
    let plain = read_text("H80,Tỉnh Tây Ninh\nH80.12,Xã Mỹ Lệ,state,H80\n", &none).expect("read");
    assert_eq!(plain.len(), 2);
    assert_eq!(plain[1].parent, Some(code("H80")));
    let text = "\u{feff}Mã;Tên;Cấp;Cấp trên;Mã khác;Thư điện tử;Điện thoại;Cách nhận;Từ ngày\r\n\
        H80;Tỉnh Tây Ninh;province;;;;;;\r\n\
        H80.12;\"Xã Mỹ Lệ; mới\";commune;H80;000.12.H80 H53.9;vt@myle.vn;'+84 272 388;axis;2025-07-01\r\n\r\n";
    let named = read_text(text, &none).expect("read");
    assert_eq!(named[0].details.level, Some(Level::Province));
    let unit = &named[1];
    assert_eq!(unit.name, "Xã Mỹ Lệ; mới");
    assert_eq!(unit.details.aliases, [code("000.12.H80"), code("H53.9")]);
    assert_eq!(unit.details.contact.phone, "+84 272 388");
    let way = Reached {
        from: day("2025-07-01"),
        via: Via::Axis,
    };
    assert_eq!(unit.details.reached, [way]);
}

#[test]
fn a_column_that_is_not_there_changes_nothing() {
    let known = read_text(
        "code,name,level,phone\nH80.12,Xã Mỹ Lệ,commune,0272\n",
        &Registry::default(),
    );
    let mut known = known.expect("read");
    known[0].channel = Channel::Webhook {
        url: "https://a.vn/".into(),
        ca: None,
    };
    let known = registry(known);
    let read = read_text("code,email\nH80.12,vt@myle.vn\n", &known).expect("read");
    let before = known.unit(&code("H80.12")).expect("unit");
    assert_eq!(read[0].channel, before.channel);
    assert_eq!(
        (read[0].name.as_str(), read[0].details.level),
        ("Xã Mỹ Lệ", Some(Level::Commune))
    );
    assert_eq!(read[0].details.contact.phone, "0272");
    assert_eq!(read[0].details.contact.email, "vt@myle.vn");
    // An empty cell of a column that is there takes back what it can.
    let read = read_text("code,level,phone\nH80.12,,\n", &known).expect("read");
    assert_eq!(
        (
            read[0].details.level,
            read[0].details.contact.phone.as_str()
        ),
        (None, "")
    );
}

#[test]
fn a_new_name_with_its_day_keeps_the_old_one() {
    let known = registry(read_text("H80.12,Xã Tân Trạch\n", &Registry::default()).expect("read"));
    let read =
        read_text("code,name,name_from\nH80.12,Xã Mỹ Lệ,2025-07-01\n", &known).expect("read");
    assert_eq!(read[0].name_on(day("2025-06-30")), "Xã Tân Trạch");
    assert_eq!(read[0].name_on(day("2025-07-01")), "Xã Mỹ Lệ");
    // Without its day it is a correction.
    let read = read_text("code,name\nH80.12,Xã Mỹ Lệ\n", &known).expect("read");
    assert_eq!(read[0].details.former_names, []);
}

#[test]
fn every_mistake_is_told_with_its_line_and_nothing_is_taken() {
    let text = "code,name,kind,parent,level,via,since,aliases\n\
        H80,Tỉnh,state,,province,,,\n\
        h80.1,Xã A,stat,H80,village,train,1/7/2025,a b\n\
        ,Xã B,,,,,,\n\
        H80.3,,,,,axis,,\n\
        H80,Tỉnh,,,,,,\n";
    let Err(TableError::Cells(mistakes, 9)) = read_text(text, &Registry::default()) else {
        panic!("not refused with nine mistakes");
    };
    let found: Vec<_> = mistakes
        .iter()
        .map(|m| (m.line, m.column, m.problem))
        .collect();
    assert_eq!(
        found,
        [
            (3, Column::Code, CellProblem::Unreadable),
            (3, Column::Kind, CellProblem::Unreadable),
            (3, Column::Level, CellProblem::Unreadable),
            (3, Column::Aliases, CellProblem::Unreadable),
            (3, Column::Via, CellProblem::Unreadable),
            (4, Column::Code, CellProblem::Missing),
            (5, Column::Name, CellProblem::Missing),
            (5, Column::Since, CellProblem::Missing),
            (6, Column::Code, CellProblem::Repeated),
        ]
        .into_iter()
        .collect::<Vec<_>>()
    );
}

#[test]
fn what_is_no_table_is_refused() {
    let none = Registry::default();
    let error = |bytes: &[u8]| read(bytes, &none).expect_err("refused");
    assert_eq!(error(b""), TableError::Empty);
    assert_eq!(error(b"code,name\n"), TableError::Empty);
    assert_eq!(error(b"H80,T\xec\nh"), TableError::NotText(1));
    assert_eq!(error(b"code,nom\nH80,A\n"), TableError::Head("nom".into()));
    assert_eq!(
        error("code,mã\nH80,A\n".as_bytes()),
        TableError::Head("mã".into())
    );
    assert_eq!(error(b"H80,A,state,,x\n"), TableError::Row(1));
    let many = (0..200).map(|n| format!("h{n},X\n")).collect::<String>();
    let TableError::Cells(told, count) = error(many.as_bytes()) else {
        panic!("not refused for its cells");
    };
    assert_eq!((told.len(), count), (100, 200));
    let long = format!("H80,{}\n", "x".repeat(1_001));
    assert!(matches!(error(long.as_bytes()), TableError::Cells(_, 1)));
}

fn any_unit() -> impl Strategy<Value = Unit> {
    let code = "[A-Z][0-9]{1,3}(\\.[0-9]{1,3}){0,2}"
        .prop_map(|text| UnitCode::parse(&text).expect("code"));
    let text = || "[=+@;,\"'\\-]?[a-zA-Zđếữ ;,\"'=]{0,12}".prop_map(|text| text.trim().to_owned());
    let level = prop::option::of(prop::sample::select(Level::ALL));
    let via = prop::option::of(prop::sample::select(Via::ALL));
    (code, text(), text(), level, via, any::<bool>()).prop_map(
        |(code, name, contact, level, via, state)| Unit {
            name: if name.is_empty() || name.starts_with('\'') {
                code.to_string()
            } else {
                name
            },
            code,
            kind: if state {
                UnitKind::State
            } else {
                UnitKind::Other
            },
            parent: None,
            channel: Channel::Pull,
            details: Details {
                level,
                contact: Contact {
                    name: if contact.starts_with('\'') {
                        String::new()
                    } else {
                        contact
                    },
                    ..Contact::default()
                },
                reached: via
                    .into_iter()
                    .map(|via| Reached {
                        from: day("2025-07-01"),
                        via,
                    })
                    .collect(),
                ..Details::default()
            },
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(units in prop::collection::btree_map("[A-Z]{3}", any_unit(), 1..6)) {
        let units: std::collections::BTreeMap<_, _> = units.into_values().map(|u| (u.code.clone(), u)).collect();
        let known = registry(units.into_values().collect());
        let written = write(&known);
        let read = read(&written, &Registry::default()).expect("read");
        prop_assert_eq!(&registry(read), &known);
        // Over itself it changes nothing.
        let again = super::read(&written, &known).expect("read");
        prop_assert_eq!(&registry(again), &known);
    }

    #[test]
    fn no_octets_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, &Registry::default());
    }
}
