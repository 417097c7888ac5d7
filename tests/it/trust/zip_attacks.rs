//! Archives of which two readers make two things (attack catalogue Z2 and Z3), each made byte by byte:
//! none is read, and the answer names the entry and what is wrong with it.

use super::world::*;
use lienthong::forge::zip::{Part, Zip};
use lienthong::format::zip::write::end;
use lienthong::format::zip::{Archive, Method, ZipError};

/// How an entry is changed.
type Change = fn(&mut Part);

/// What is in every archive that is not refused.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ZipError> {
    let body = memory(bytes);
    let archive = Archive::read(&body)?;
    let files = archive.entries().iter();
    let unpacked = files.map(|e| Ok((e.name.clone(), archive.unpack(e, 1 << 20)?)));
    unpacked.collect()
}

/// Why it is refused.
pub(super) fn refusal(bytes: &[u8]) -> String {
    match read(bytes) {
        Ok(files) => format!("read: {files:?}"),
        Err(error) => error.to_string(),
    }
}

fn part(name: &str, bytes: &[u8]) -> Part {
    Part::new(name, bytes, Method::Stored).expect("part")
}

fn good() -> Zip {
    Zip::of(&[
        ("mimetype", b"text/plain".as_slice()),
        ("a.txt", &b"the first file, ".repeat(4)),
        ("b.txt", b"the second file of two"),
    ])
    .expect("zip")
}

/// The good archive, changed.
fn changed(change: impl FnOnce(&mut Zip)) -> Vec<u8> {
    let mut zip = good();
    change(&mut zip);
    zip.build()
}

#[test]
fn what_differs_without_harm_is_read() {
    let expected = read(&good().build()).expect("good");
    for signature in [true, false] {
        let described = changed(|zip| {
            let parts = zip.parts.drain(..).collect::<Vec<_>>();
            let packed = |p: &Part| p.local.method == Method::Deflated.number();
            let parts = parts.into_iter();
            zip.parts = parts
                .map(|p| {
                    if packed(&p) {
                        p.described(signature)
                    } else {
                        p
                    }
                })
                .collect();
        });
        assert_eq!(read(&described).expect("described"), expected);
    }
    // A comment, and fields of times and owners.
    let commented = changed(|zip| {
        zip.comment = b"mimetype=application/vnd.etsi.asic-e+zip".to_vec();
        let owners = b"ux\x04\0\x01\x01\x00\x00".to_vec();
        zip.parts[1].local.extra.clone_from(&owners);
        zip.parts[2].central.as_mut().expect("listed").extra = owners;
    });
    assert_eq!(read(&commented).expect("commented"), expected);
    // Another order in the directory than in the file.
    let mut bytes = good().build();
    let at = memchr_all(&bytes, b"PK\x01\x02");
    let last = bytes.len() - 22;
    bytes[at[0]..last].rotate_left(at[1] - at[0]);
    assert_eq!(read(&bytes).expect("turned"), expected);
    // A stored file that is an archive itself.
    let inner = good().build();
    let nested = Zip {
        parts: vec![part("inner.zip", &inner), part("other", b"x")],
        ..Zip::default()
    };
    assert_eq!(read(&nested.build()).expect("nested").len(), 2);
}

fn memchr_all(bytes: &[u8], signature: &[u8]) -> Vec<usize> {
    let places = bytes.windows(signature.len()).enumerate();
    places
        .filter(|(_, w)| *w == signature)
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn headers_that_disagree() {
    let differs =
        |what: &str| format!("entry a.txt: local header and central directory differ in {what}");
    let table: &[(&str, Change)] = &[
        ("name", |p| p.local.name = b"c.txt".to_vec()),
        ("name", |p| p.local.name = b"A.txt".to_vec()),
        ("flags", |p| p.local.flags = 0x0800),
        ("method", |p| p.local.method = 0),
        ("packed size", |p| p.local.packed += 1),
        ("packed size", |p| p.local.packed = 0),
        ("size", |p| p.local.size += 1),
        ("size", |p| p.local.size = u32::MAX),
        ("CRC-32", |p| p.local.crc ^= 1),
        ("CRC-32", |p| p.local.crc = 0),
    ];
    for (what, change) in table {
        let bytes = changed(|zip| change(&mut zip.parts[1]));
        assert_eq!(refusal(&bytes), differs(what));
    }
    let descriptor = "entry a.txt: its data descriptor is wrong";
    let described: &[(&str, Change)] = &[
        (descriptor, |p| p.descriptor.clear()),
        (descriptor, |p| p.descriptor[4] ^= 1),
        (descriptor, |p| p.descriptor[8] ^= 1),
        (descriptor, |p| p.descriptor[12] ^= 1),
        (descriptor, |p| p.descriptor.push(0)),
        // Sizes in 64 bits that nothing announced.
        (descriptor, |p| p.descriptor.extend([0; 8])),
        (&differs("CRC-32"), |p| p.local.crc = 7),
        (&differs("size"), |p| p.local.size = 7),
    ];
    for (expected, change) in described {
        let bytes = changed(|zip| {
            zip.parts[1] = zip.parts[1].clone().described(true);
            change(&mut zip.parts[1]);
        });
        assert_eq!(&refusal(&bytes), expected);
    }
}

/// Who reads as it comes takes the first record of an archive for the end of what is stored.
#[test]
fn stored_data_whose_end_a_descriptor_tells() {
    let made =
        |data: &[u8], marked| changed(|zip| zip.parts[1] = part("a.txt", data).described(marked));
    for data in [b"stored".as_slice(), b"PK, P and PK\x05"] {
        let files = read(&made(data, true)).expect("read");
        assert_eq!(files[1], ("a.txt".to_owned(), data.to_vec()));
    }
    let expected =
        "entry a.txt: it is stored, with a data descriptor that may be taken for another";
    assert_eq!(refusal(&made(b"stored", false)), expected);
    for record in [b"\x03\x04", b"\x07\x08", b"\x01\x02"] {
        let data = [&b"before PK"[..], &record[..], b"behind"].concat();
        assert_eq!(refusal(&made(&data, true)), expected);
    }
}

#[test]
fn what_the_directory_says_of_the_data() {
    let table: &[(&str, Change)] = &[
        ("its CRC-32 is another", |p| {
            *p = p.clone().with(|h| h.crc ^= 1)
        }),
        ("it unpacks to another length", |p| {
            *p = p.clone().with(|h| h.size += 1)
        }),
        ("it unpacks to another length", |p| {
            *p = p.clone().with(|h| h.size -= 1)
        }),
        ("its data do not unpack", |p| p.data[0] = 0x07),
        ("it is encrypted", |p| {
            *p = p.clone().with(|h| h.flags |= 0x0001)
        }),
        ("it is encrypted", |p| {
            *p = p.clone().with(|h| h.flags |= 0x0041)
        }),
        ("it is encrypted", |p| {
            *p = p.clone().with(|h| h.flags |= 0x2000)
        }),
        ("general purpose flags 0x0020", |p| {
            *p = p.clone().with(|h| h.flags |= 0x0020)
        }),
        ("compression method 9", |p| {
            *p = p.clone().with(|h| h.method = 9)
        }),
        ("compression method 99", |p| {
            *p = p.clone().with(|h| h.method = 99)
        }),
        // Stored, and shorter than it says.
        ("it unpacks to another length", |p| {
            *p = p.clone().with(|h| h.method = 0)
        }),
    ];
    for (expected, change) in table {
        let bytes = changed(|zip| change(&mut zip.parts[1]));
        assert_eq!(refusal(&bytes), format!("entry a.txt: {expected}"));
    }
    // Octets behind the end of the deflated data, and a stream that never ends.
    let tail = changed(|zip| {
        zip.parts[1].data.push(0);
        zip.parts[1] = zip.parts[1].clone().with(|h| h.packed += 1);
    });
    assert_eq!(refusal(&tail), "entry a.txt: its data do not unpack");
    let cut = changed(|zip| {
        zip.parts[1].data.pop();
        zip.parts[1] = zip.parts[1].clone().with(|h| h.packed -= 1);
    });
    assert_eq!(refusal(&cut), "entry a.txt: its data do not unpack");
}

#[test]
fn entries_that_overlap_and_octets_of_nobody() {
    // Two entries over one local header.
    let same = changed(|zip| {
        let first = zip.parts[0].clone();
        let twin = zip.parts[1].central.as_mut().expect("listed");
        twin.name = b"mimetypf".to_vec();
        zip.parts[1].offset = Some(0);
        zip.parts[1].local = first.local;
    });
    assert_eq!(
        refusal(&same),
        "entry mimetype: it overlaps what is before it"
    );
    // One whose data reach into the next.
    let long = changed(|zip| zip.parts[1] = zip.parts[1].clone().with(|h| h.packed += 10));
    assert_eq!(refusal(&long), "entry a.txt: it overlaps what is before it");
    // An entry that only readers of local headers see.
    let hidden = changed(|zip| zip.parts[1].central = None);
    let hidden_length = 30 + 5 + good().parts[1].data.len();
    assert_eq!(
        refusal(&hidden),
        format!("entry mimetype: {hidden_length} bytes beside it that belong to nothing")
    );
    let before = changed(|zip| zip.parts[0].before = b"MZ".to_vec());
    assert_eq!(
        refusal(&before),
        "entry mimetype: 2 bytes beside it that belong to nothing"
    );
    let between = changed(|zip| zip.parts[1].before = b"1234".to_vec());
    assert_eq!(
        refusal(&between),
        "entry mimetype: 4 bytes beside it that belong to nothing"
    );
    let behind = changed(|zip| zip.before = b"1234".to_vec());
    assert_eq!(
        refusal(&behind),
        "entry b.txt: 4 bytes beside it that belong to nothing"
    );
    let elsewhere = changed(|zip| zip.parts[1].offset = Some(49));
    assert!(refusal(&elsewhere).starts_with("entry mimetype: 1 bytes beside it"));
    let prepended = [b"%PDF-".as_slice(), &good().build()].concat();
    let directory = "the central directory does not end where it begins";
    assert_eq!(
        refusal(&prepended),
        format!("end of central directory: {directory}")
    );
}

#[test]
fn ends_that_disagree() {
    let ending = |what: &str| format!("end of central directory: {what}");
    let good = good().build();
    let appended = [&good[..], b"x"].concat();
    assert_eq!(
        refusal(&appended),
        ending("it is not the last thing in the file")
    );
    let twice = [&good[..], &good[good.len() - 22..]].concat();
    assert_eq!(
        refusal(&twice),
        ending("the central directory does not end where it begins")
    );
    let two = [&good[..], &good[..]].concat();
    assert_eq!(
        refusal(&two),
        ending("the central directory does not end where it begins")
    );
    // An end in the comment of the true end: both reach the end of the file.
    let inner = end(0, (0, 0), b"");
    let comment = changed(|zip| zip.comment.clone_from(&inner));
    let at = comment.len() - 44;
    assert_eq!(
        refusal(&comment),
        format!("a second end of central directory at {at}")
    );
    let comment = changed(|zip| zip.comment = [&inner[..], b"x"].concat());
    assert_eq!(
        refusal(&comment),
        ending("it is not the last thing in the file")
    );
    // An end before the true one whose comment holds it.
    let early = changed(|zip| zip.behind = end(0, (0, 0), &[0; 22])[..22].to_vec());
    let at = early.len() - 44;
    assert_eq!(
        refusal(&early),
        format!("a second end of central directory at {at}")
    );
    // In a stored file, one that reaches the end of the archive exactly; and one that does not.
    let holding = |gap: usize| {
        let inner = end(0, (0, 0), &vec![0; gap])[..22].to_vec();
        let parts = vec![part("inner", &inner)];
        Zip {
            parts,
            ..Zip::default()
        }
        .build()
    };
    let rest = holding(0).len() - 35 - 22;
    assert_eq!(
        refusal(&holding(rest)),
        "a second end of central directory at 35"
    );
    assert!(read(&holding(rest - 1)).is_ok());
    // In an extra field, where no file lies.
    let extra = changed(|zip| {
        zip.parts[1].local.extra = [b"xx\x16\0".as_slice(), &inner].concat();
    });
    assert!(refusal(&extra).starts_with("a second end of central directory at "));
    let more = changed(|zip| zip.entries = Some(4));
    assert_eq!(refusal(&more), "central directory: fewer entries than said");
    let less = changed(|zip| zip.entries = Some(2));
    assert_eq!(
        refusal(&less),
        "central directory: something behind its last entry"
    );
    let full = changed(|zip| zip.entries = Some(u16::MAX));
    assert_eq!(refusal(&full), ending("no Zip64 record"));
    let mut disks = good.clone();
    let at = disks.len() - 18;
    disks[at] = 1;
    assert_eq!(refusal(&disks), ending("several disks"));
    assert_eq!(refusal(b"PK\x03\x04"), ending("none"));
}

/// The end in 64 bits before the one in 32.
fn zip64(change: impl FnOnce(&mut [u64; 4], &mut Vec<u8>)) -> Vec<u8> {
    let good = good().build();
    let (body, short) = good.split_at(good.len() - 22);
    let field = |at: usize| u32::from_le_bytes(short[at..at + 4].try_into().expect("four"));
    let mut values = [3, 3, u64::from(field(12)), u64::from(field(16))];
    let mut short = short.to_vec();
    change(&mut values, &mut short);
    let mut out = body.to_vec();
    out.extend(b"PK\x06\x06");
    out.extend(44u64.to_le_bytes());
    out.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    out.extend(b"PK\x06\x07\0\0\0\0");
    out.extend(u64::try_from(body.len()).expect("small").to_le_bytes());
    out.extend(1u32.to_le_bytes());
    out.extend(short);
    out
}

#[test]
fn ends_in_64_bits() {
    let expected = read(&good().build()).expect("good");
    assert_eq!(read(&zip64(|_, _| {})).expect("same"), expected);
    let full = zip64(|_, short| short[8..20].fill(0xff));
    assert_eq!(read(&full).expect("full"), expected);
    let other = zip64(|values, _| values[0] = 2);
    let says = "end of central directory: the Zip64 record says something else";
    assert_eq!(refusal(&other), says);
    let other = zip64(|_, short| short[16] ^= 1);
    assert_eq!(refusal(&other), says);
    let both = zip64(|values, short| {
        values[3] -= 1;
        short[8..20].fill(0xff);
    });
    assert_eq!(
        refusal(&both),
        "end of central directory: the central directory does not end where it begins"
    );
    let mut moved = good().build();
    let at = moved.len() - 22;
    moved.splice(at..at, *b"PK\x06\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0");
    assert_eq!(
        refusal(&moved),
        "end of central directory: the Zip64 record is elsewhere"
    );
    // Entries: sizes in the extra field, and only those that are full.
    let wide = |extra: Vec<u8>, size: u32| {
        changed(|zip| {
            let entry = zip.parts[1].central.as_mut().expect("listed");
            entry.extra = extra;
            entry.size = size;
        })
    };
    let long = [b"\x01\0\x08\0".as_slice(), &64u64.to_le_bytes()].concat();
    assert_eq!(read(&wide(long.clone(), u32::MAX)).expect("wide"), expected);
    let extra = |what: &str| format!("entry a.txt: its extra fields: {what}");
    assert_eq!(
        refusal(&wide(long.clone(), 64)),
        extra("Zip64 values beyond the full fields")
    );
    assert_eq!(
        refusal(&wide(Vec::new(), u32::MAX)),
        extra("Zip64 values missing")
    );
    let twice = [&long[..], &long[..]].concat();
    assert_eq!(refusal(&wide(twice, u32::MAX)), extra("Zip64 twice"));
    assert_eq!(
        refusal(&wide(b"\x01\0\x09\0".to_vec(), 64)),
        extra("lengths")
    );
    let renamed = b"up\x0a\0\x01\0\0\0\0c.txt".to_vec();
    assert_eq!(refusal(&wide(renamed, 64)), extra("another name"));
}

#[test]
fn names_that_lead_elsewhere() {
    let table: &[(&[u8], u16, &str)] = &[
        (b"../a.txt", 0, "leads elsewhere"),
        (b"x/../../a.txt", 0, "leads elsewhere"),
        (b"./a.txt", 0, "leads elsewhere"),
        (b".", 0, "leads elsewhere"),
        (b"..", 0, "leads elsewhere"),
        (b"/etc/passwd", 0, "is an absolute path"),
        (b"//server/share", 0, "is an absolute path"),
        (b"C:a.txt", 0, "has a drive"),
        (b"c:/a.txt", 0, "has a drive"),
        (b"a.txt:b", 0, "has a colon"),
        (b"x/a.txt::$DATA", 0, "has a colon"),
        (b"..\\a.txt", 0, "has a backslash"),
        (b"\\\\server\\share", 0, "has a backslash"),
        (b"a.txt\0.exe", 0, "has control characters"),
        (b"a\r\nb", 0, "has control characters"),
        (b"\x1b[2J", 0, "has control characters"),
        (b"", 0, "has an empty part"),
        (b"/", 0, "has an empty part"),
        (b"a//b", 0, "has an empty part"),
        (b"\xff.txt", 0x0800, "is not UTF-8"),
        (b"\x82.txt", 0, "is neither ASCII nor UTF-8"),
    ];
    for (name, flags, expected) in table {
        let bytes = changed(|zip| {
            zip.parts[1] = zip.parts[1].clone().with(|h| {
                h.name = name.to_vec();
                h.flags |= flags;
            });
        });
        let told = refusal(&bytes);
        assert!(
            told.starts_with("entry ") && told.ends_with(&format!(": its name {expected}")),
            "{told}"
        );
    }
    let long = "a".repeat(1_025);
    let bytes = changed(|zip| zip.parts[1] = part(&long, b""));
    assert_eq!(
        refusal(&bytes),
        format!("entry {long}: its name is too long")
    );
    // A symbolic link, a device; a folder that is a file, or holds something.
    // A folder or the label of a volume, as DOS has them.
    for mode in [
        0xa1ff_0000u32,
        0x2000_0000,
        0x41ed_0010,
        0x10,
        0x08,
        0x81a4_0010,
    ] {
        let bytes = changed(|zip| zip.parts[1].attributes = mode);
        assert_eq!(
            refusal(&bytes),
            "entry a.txt: its attributes are those of no file"
        );
    }
    let folder = changed(|zip| zip.parts[1] = part("folder/", b"x"));
    assert_eq!(refusal(&folder), "entry folder/: a folder with data");
    for mode in [0, 0x10, 0x41ed_0010] {
        let folder = changed(|zip| {
            zip.parts[1] = part("folder/", b"");
            zip.parts[1].attributes = mode;
        });
        assert_eq!(read(&folder).expect("a folder")[1].0, "folder");
    }
    let label = changed(|zip| {
        zip.parts[1] = part("folder/", b"");
        zip.parts[1].attributes = 0x08;
    });
    assert_eq!(
        refusal(&label),
        "entry folder/: its attributes are those of no file"
    );
    // A file as DOS has it: to be archived, or only read.
    let file = changed(|zip| zip.parts[1].attributes = 0x81a4_0021);
    assert!(read(&file).is_ok());
}

/// A folder whose deflated data end at once, and go on with a whole entry: who reads the file as it comes
/// unpacks a letter that the directory does not have.
#[test]
fn an_entry_in_a_folder() {
    let folder = |data: &[u8]| {
        let mut part = part("folder/", b"").with(|h| {
            h.method = 8;
            h.packed = u32::try_from(data.len()).expect("short");
        });
        part.data = data.to_vec();
        part
    };
    let with = |one: Part| changed(|zip| zip.parts.insert(1, one));
    let letter = part("letter.pdf", b"another letter");
    let hidden = [
        // Nothing, deflated, and its descriptor: CRC-32 0, two octets, of none.
        b"\x03\x00".as_slice(),
        b"PK\x07\x08\0\0\0\0\x02\0\0\0\0\0\0\0",
        &letter.local.local(),
        &letter.data,
    ]
    .concat();
    let told = |part: Part| refusal(&with(part)).replace("folder/", "folder");
    let refused = "entry folder: a folder with data";
    assert_eq!(told(folder(&hidden).described(true)), refused);
    assert_eq!(told(folder(&hidden)), refused);
    for data in [b"\x03\x00\x00".as_slice(), b"\x03", b"\x02\x00"] {
        assert_eq!(told(folder(data)), refused);
        assert_eq!(told(folder(data).described(true)), refused);
    }
    let sum = folder(b"\x03\x00").with(|h| h.crc = 1);
    assert_eq!(told(sum), refused);
    // As some programs write folders.
    for good in [
        folder(b""),
        folder(b"\x03\x00"),
        folder(b"\x03\x00").described(true),
        folder(b"\x03\x00").described(false),
    ] {
        let bytes = with(good);
        let archive = memory(&bytes);
        let entries = Archive::read(&archive).expect("read");
        assert!(entries.entries()[1].folder);
    }
}

#[test]
fn names_that_some_system_takes_for_one() {
    let twins: &[(&str, &str)] = &[
        ("a.txt", "a.txt"),
        ("a.txt", "A.TXT"),
        ("quyết định.pdf", "quye\u{302}\u{301}t đi\u{323}nh.pdf"),
        ("QUYẾT ĐỊNH.PDF", "quyết định.pdf"),
        ("straße", "STRASSE"),
        ("\u{212a}.txt", "k.txt"),
        ("a", "a."),
        ("a/b", "a /b"),
        ("a", "a/"),
        ("META-INF/x", "meta-inf/X"),
    ];
    for (first, second) in twins {
        let parts = vec![part(first, b""), part(second, b"")];
        let bytes = Zip {
            parts,
            ..Zip::default()
        }
        .build();
        let second = second.trim_end_matches('/');
        assert_eq!(
            refusal(&bytes),
            format!("entry {second}: its name is also that of {first}")
        );
    }
    // Unmarked, and marked: who goes by code page 437 takes the first for the second.
    let unmarked = part("é.txt", b"").with(|h| h.flags &= !0x0800);
    let marked = |name: &str| part(name, b"").with(|h| h.flags |= 0x0800);
    let both = |first: &Part, second: Part| {
        let parts = vec![first.clone(), second];
        Zip {
            parts,
            ..Zip::default()
        }
        .build()
    };
    assert_eq!(
        refusal(&both(&unmarked, marked("├⌐.TXT"))),
        "entry é.txt: its name is also that of ├⌐.TXT"
    );
    assert!(read(&both(&marked("é.txt"), marked("├⌐.txt"))).is_ok());
    assert!(read(&both(&unmarked, marked("e.txt"))).is_ok());
    let parts = vec![part("a", b""), part("A/b", b"")];
    let bytes = Zip {
        parts,
        ..Zip::default()
    }
    .build();
    assert_eq!(refusal(&bytes), "entry a: it is the folder of A/b too");
}
