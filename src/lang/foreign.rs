//! What others say in English, in Vietnamese: the operating system, the parser of the command line, the readers of
//! JSON and TOML, and the errors of lower floors, which have no sentences of their own.
//!
//! English is left as it is, and so is whatever no phrase is known for: half a translation says more than none.

use super::foreign_config::CONFIGURATION;
use super::foreign_dossier::DOSSIERS;
use super::foreign_survey::SURVEYS;
use crate::model::Language;
use std::io::{Error, ErrorKind};

/// What the system says of a file, a disk or a connection.
const SYSTEM: [(ErrorKind, &str); 20] = [
    (ErrorKind::NotFound, "không có tệp hay thư mục này"),
    (ErrorKind::PermissionDenied, "không có quyền"),
    (ErrorKind::AlreadyExists, "đã có tệp hay thư mục trùng tên"),
    (
        ErrorKind::NotADirectory,
        "một phần của đường dẫn không phải là thư mục",
    ),
    (ErrorKind::IsADirectory, "đây là thư mục, không phải tệp"),
    (ErrorKind::DirectoryNotEmpty, "thư mục không trống"),
    (ErrorKind::ReadOnlyFilesystem, "ổ đĩa chỉ cho đọc"),
    (ErrorKind::StorageFull, "ổ đĩa hết chỗ"),
    (ErrorKind::QuotaExceeded, "hết hạn mức dung lượng"),
    (ErrorKind::FileTooLarge, "tệp quá lớn"),
    (
        ErrorKind::InvalidFilename,
        "tên quá dài hoặc không dùng được",
    ),
    (
        ErrorKind::AddrInUse,
        "địa chỉ này đang được chương trình khác dùng",
    ),
    (ErrorKind::AddrNotAvailable, "máy này không có địa chỉ đó"),
    (
        ErrorKind::ConnectionRefused,
        "không có gì đang nghe ở địa chỉ đó",
    ),
    (ErrorKind::ConnectionReset, "kết nối bị ngắt"),
    (ErrorKind::BrokenPipe, "đầu bên kia đã đóng kết nối"),
    (ErrorKind::TimedOut, "quá thời gian chờ"),
    (ErrorKind::HostUnreachable, "không tới được máy đó"),
    (ErrorKind::NetworkUnreachable, "không tới được mạng đó"),
    (ErrorKind::ResourceBusy, "đang được chương trình khác dùng"),
];

/// The parser of the command line; longer phrases before those that begin as they do.
const USAGE: [(&str, &str); 34] = [
    (
        "error: the following required arguments were not provided:",
        "Lỗi: còn thiếu:",
    ),
    (
        "error: one or more required arguments were not provided",
        "Lỗi: còn thiếu tham số bắt buộc",
    ),
    ("error: the argument ", "Lỗi: tham số "),
    ("error: the subcommand ", "Lỗi: lệnh "),
    ("error: unexpected argument ", "Lỗi: không có tham số "),
    ("error: unrecognized subcommand ", "Lỗi: không có lệnh "),
    ("error: unexpected value ", "Lỗi: thừa giá trị "),
    ("error: invalid value ", "Lỗi: không dùng được giá trị "),
    ("error: a value is required for ", "Lỗi: thiếu giá trị của "),
    (
        "error: equal sign is needed when assigning values to ",
        "Lỗi: cần dấu bằng khi ghi giá trị của ",
    ),
    ("error: ", "Lỗi: "),
    (" values required by ", " giá trị cần cho "),
    (
        " requires a subcommand but one was not provided",
        " cần thêm một lệnh con",
    ),
    (
        " cannot be used with one or more of the other specified arguments",
        " không đi cùng các tham số kia",
    ),
    (" cannot be used with:", " không đi cùng:"),
    (" cannot be used with ", " không đi cùng "),
    (" cannot be used multiple times", " chỉ ghi một lần"),
    (" but none was supplied", ""),
    (" is not in ", " không nằm trong "),
    (" found; no more were expected", ""),
    ("' found\n", "'\n"),
    ("' for '", "' cho '"),
    ("[possible values: ", "[các giá trị: "),
    ("[subcommands: ", "[các lệnh con: "),
    ("tip: a similar argument exists: ", "có phải: "),
    ("tip: some similar arguments exist: ", "có phải: "),
    ("tip: a similar subcommand exists: ", "có phải: "),
    ("tip: some similar subcommands exist: ", "có phải: "),
    ("tip: a similar value exists: ", "có phải: "),
    ("tip: some similar values exist: ", "có phải: "),
    ("tip: to pass ", "gợi ý: để dùng "),
    ("as a value, use ", "làm giá trị, ghi "),
    ("Usage: ", "Cách dùng: "),
    (
        "For more information, try '--help'.",
        "Xem thêm: ghi lại lệnh kèm --help",
    ),
];

/// Readers of JSON and TOML, and our own lower floors; longer phrases before those that begin as they do.
const PHRASES: [(&str, &str); 92] = [
    ("invalid digit found in string", "không phải là số"),
    (
        "cannot parse integer from empty string",
        "trống, không phải là số",
    ),
    ("number too large to fit in target type", "số quá lớn"),
    // Readers of JSON and TOML.
    ("unknown field ", "không có mục "),
    ("missing field ", "thiếu mục "),
    ("duplicate field ", "ghi hai lần mục "),
    ("duplicate key", "mục ghi hai lần"),
    ("unknown variant ", "không có giá trị "),
    (", there are no fields", ""),
    (", expected one of ", "; có: "),
    ("invalid length ", "sai số lượng "),
    ("invalid type: ", "sai kiểu: "),
    ("invalid value: ", "sai giá trị: "),
    ("integer `", "số `"),
    ("string \"", "chữ \""),
    ("expected an object", "cần một đối tượng JSON, trong { }"),
    ("expected a string", "cần chữ trong dấu ngoặc kép"),
    ("expected a sequence", "cần danh sách trong [ ]"),
    ("expected a boolean", "cần true hoặc false"),
    ("expected u16", "cần số nguyên"),
    ("expected u32", "cần số nguyên"),
    ("expected u64", "cần số nguyên"),
    ("expected usize", "cần số nguyên"),
    ("EOF while parsing a string", "hết tệp giữa một chuỗi chữ"),
    (
        "EOF while parsing an object",
        "hết tệp giữa chừng, thiếu dấu }",
    ),
    (
        "EOF while parsing a list",
        "hết tệp giữa chừng, thiếu dấu ]",
    ),
    ("EOF while parsing a value", "hết tệp giữa chừng"),
    ("expected `,` or `}`", "cần dấu , hoặc }"),
    ("expected `,` or `]`", "cần dấu , hoặc ]"),
    ("expected `:`", "cần dấu :"),
    ("expected ident", "cần true, false hoặc null"),
    ("expected value", "cần một giá trị"),
    (
        "key must be a string",
        "tên mục phải nằm trong dấu ngoặc kép",
    ),
    ("trailing comma", "thừa dấu phẩy"),
    ("trailing characters", "thừa chữ ở cuối"),
    ("invalid escape", "dấu \\ không đúng"),
    (
        "control character (\\u0000-\\u001F) found while parsing a string",
        "có ký tự điều khiển trong chuỗi chữ",
    ),
    ("invalid number", "số không đúng"),
    ("invalid unicode code point", "ký tự không đúng"),
    (
        "stream did not contain valid UTF-8",
        "không phải văn bản UTF-8",
    ),
    // Simulated histories.
    ("the history in ", "lịch sử trong "),
    (
        " is simulated; if that is meant, set gateway.simulated = true",
        " là mô phỏng; nếu đúng là muốn dùng, ghi simulated = true trong phần [gateway]",
    ),
    (
        " took place; take gateway.simulated = true away",
        " là thật; bỏ simulated = true trong phần [gateway]",
    ),
    (
        "what is simulated is said by gateway.simulated, not by the name",
        "mô phỏng hay không do gateway.simulated cho biết, không ghi trong tên",
    ),
    // Files of the configuration.
    (":80 or ", ":80 hoặc "),
    (
        "expected an address and a port, for example ",
        "cần địa chỉ và cổng, ví dụ ",
    ),
    ("expected a whole number", "cần số nguyên"),
    ("expected true or false", "cần true hoặc false"),
    (
        "expected a unit code: groups of A-Z and 0-9 joined by dots",
        "cần mã định danh: các nhóm A-Z, 0-9 nối bằng dấu chấm",
    ),
    ("expected an address such as ", "cần địa chỉ như "),
    (
        "expected RFC 3339 with offset, for example ",
        "cần thời điểm RFC 3339 kèm múi giờ, ví dụ ",
    ),
    (
        "expected RFC 3339 with offset",
        "cần thời điểm RFC 3339 kèm múi giờ",
    ),
    ("expected a day, such as ", "cần một ngày, như "),
    (
        "expected a time of day, such as ",
        "cần giờ trong ngày, như ",
    ),
    ("expected one of: ", "cần một trong: "),
    (", or 0 to keep it for ever", ", hoặc 0 để giữ mãi mãi"),
    ("unexpected answer with status ", "câu trả lời lạ, HTTP "),
    ("expected tag ", "cần thẻ "),
    ("expected ", "cần "),
    ("invalid utf-8 sequence of ", "không phải UTF-8: "),
    // The client.
    (
        "the gateway refused the client certificate (",
        "trục không nhận chứng thư kết nối (",
    ),
    (
        "the gateway's certificate is not trusted (",
        "chứng thư của trục không đúng CA đã ghim (",
    ),
    ("connection refused", "không có gì đang nghe ở địa chỉ đó"),
    ("timed out", "quá thời gian chờ"),
    // Receipts and bundles.
    (
        "not signed under the pinned receipt CA",
        "không do CA biên nhận đã cho ký",
    ),
    ("the signature does not verify", "giá trị chữ ký sai"),
    (
        "a signed attribute is missing, repeated or does not match content and certificate",
        "nội dung không phải là nội dung đã ký",
    ),
    (
        "the pinned certificate is not a certification authority",
        "chứng thư đã cho không phải là CA",
    ),
    (
        "the certificate is not a receipt certificate",
        "chứng thư ký không phải chứng thư biên nhận",
    ),
    ("not a receipt: ", "không phải biên nhận: "),
    (", found 0x", ", thấy 0x"),
    (" at offset ", " ở byte "),
    ("the receipt's ", "trong biên nhận: "),
    ("not an evidence bundle: ", "không phải gói chứng cứ: "),
    (
        "there is more in it than the gateway writes",
        "có thêm thứ mà trục không ghi, hoặc đã được đóng gói lại bằng chương trình khác",
    ),
    (
        "not an ASiC-E container as the gateway writes it",
        "không phải gói ASiC-E do trục ghi",
    ),
    (
        "its files are not in the order of the gateway",
        "thứ tự các tệp không như trục ghi",
    ),
    (
        "its mimetype is not that of ASiC-E",
        "mimetype không phải của ASiC-E",
    ),
    (
        "end of central directory: it is not the last thing in the file",
        "thừa dữ liệu ở cuối tệp",
    ),
    (
        "end of central directory: none",
        "không phải tệp ZIP, hoặc tệp bị cắt ngắn",
    ),
    ("digest_mismatch ", "khác giá trị băm, tệp "),
    ("malformed_container entry ", "gói hỏng ở tệp "),
    (
        "what is in it is not what was signed: ",
        "nội dung không phải là nội dung đã ký: ",
    ),
    ("the signature of the container: ", "chữ ký của gói: "),
    (
        " does not belong to the document",
        " không thuộc văn bản này",
    ),
    ("its CRC-32 is another", "sai CRC-32"),
    (
        "neither DER nor PEM with a Certificate",
        "không phải chứng thư PEM hay DER",
    ),
    ("no items found", "không có chứng thư PEM nào trong tệp"),
    ("environment variable ", "biến môi trường "),
    ("cannot listen on ", "không nghe được ở "),
    (
        " is in use by another process",
        " đang được tiến trình khác dùng",
    ),
    (" (os error ", " (lỗi hệ thống "),
];

/// `text` with what is known of it in the language.
#[must_use]
pub fn foreign(language: Language, text: &str) -> String {
    match language {
        Language::En => text.to_owned(),
        Language::Vi => {
            let text = replaced(range(&places(&system(text))), &DOSSIERS);
            let text = replaced(text, &SURVEYS);
            let text = replaced(text, &CONFIGURATION);
            replaced(text, &PHRASES)
        }
    }
}

/// What the parser of the command line says, in the language.
#[must_use]
pub fn usage(language: Language, text: &str) -> String {
    match language {
        Language::En => text.to_owned(),
        Language::Vi => foreign(language, &replaced(text.to_owned(), &USAGE)),
    }
}

fn replaced(text: String, phrases: &[(&str, &str)]) -> String {
    let known = phrases.iter();
    known.fold(text, |said, (theirs, ours)| match said.contains(theirs) {
        true => said.replace(theirs, ours),
        false => said,
    })
}

/// Sentences of the system, which end with their number.
fn system(text: &str) -> String {
    let (mut said, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, behind)) = rest.split_once(" (os error ") {
        let Some((number, after)) = behind.split_once(')') else {
            break;
        };
        let known = number.parse().ok().and_then(|number| {
            let error = Error::from_raw_os_error(number);
            let words = error.to_string();
            let head = before.strip_suffix(words.split(" (os error ").next()?)?;
            let (_, ours) = SYSTEM.iter().find(|(kind, _)| *kind == error.kind())?;
            Some(format!("{head}{ours}"))
        });
        said.push_str(&known.unwrap_or_else(|| format!("{before} (os error {number})")));
        rest = after;
    }
    said + rest
}

/// `expected 1 to 8760`, as our own readers say of a number.
fn range(text: &str) -> String {
    let found = || {
        let (before, behind) = text.split_once("expected ")?;
        let (least, most) = behind.split_once(" to ")?;
        let whole = !least.is_empty() && least.bytes().all(|b| b.is_ascii_digit());
        whole.then(|| format!("{before}cần từ {least} đến {most}"))
    };
    found().unwrap_or_else(|| text.to_owned())
}

/// ` at line 2 column 7`, as readers of JSON end their sentences.
fn places(text: &str) -> String {
    let found = || {
        let (before, behind) = text.rsplit_once(" at line ")?;
        let (line, column) = behind.split_once(" column ")?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let whole = digits(line) && digits(column);
        whole.then(|| format!("{before} (dòng {line}, cột {column})"))
    };
    found().unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vi(text: &str) -> String {
        foreign(Language::Vi, text)
    }

    #[test]
    fn the_system_speaks_vietnamese_and_english_stays() {
        let missing = Error::from_raw_os_error(2).to_string();
        let text = format!("nope.pdf: {missing}; a.pdf: {missing}");
        let ours = "không có tệp hay thư mục này";
        assert_eq!(vi(&text), format!("nope.pdf: {ours}; a.pdf: {ours}"));
        assert_eq!(foreign(Language::En, &text), text);
        assert_eq!(vi("x (os error 2)"), "x (lỗi hệ thống 2)");
        assert_eq!(vi("x (os error"), "x (os error");
        assert_eq!(vi("x (os error y)"), "x (lỗi hệ thống y)");
        for (kind, _) in SYSTEM {
            assert_eq!(
                SYSTEM.iter().filter(|(k, _)| *k == kind).count(),
                1,
                "{kind}"
            );
        }
    }

    #[test]
    fn no_phrase_hides_a_longer_one_behind_it() {
        let foreign = [
            &DOSSIERS[..],
            &SURVEYS[..],
            &CONFIGURATION[..],
            &PHRASES[..],
        ]
        .concat();
        for phrases in [&USAGE[..], &foreign[..]] {
            for (i, (phrase, _)) in phrases.iter().enumerate() {
                let longer = phrases.iter().skip(i + 1).find(|(p, _)| p.contains(phrase));
                assert_eq!(longer, None, "{phrase}");
            }
        }
    }

    #[test]
    fn readers_of_json_and_toml_speak_vietnamese() {
        let error = serde_json::from_str::<serde_json::Value>("{ \"a\": ").expect_err("broken");
        assert_eq!(vi(&error.to_string()), "hết tệp giữa chừng (dòng 1, cột 7)");
        for (theirs, ours) in [
            (
                "unknown field `a`, expected one of `b`, `c`",
                "không có mục `a`; có: `b`, `c`",
            ),
            (
                "unknown field `a`, expected `b`",
                "không có mục `a`, cần `b`",
            ),
            ("missing field `a`", "thiếu mục `a`"),
            ("a:7: expected 1 to 8760", "a:7: cần từ 1 đến 8760"),
            ("expected one of: a to b", "cần một trong: a to b"),
            (
                "expected a unit code: groups of A-Z and 0-9 joined by dots, at most 35",
                "cần mã định danh: các nhóm A-Z, 0-9 nối bằng dấu chấm, nhiều nhất 35 ký tự",
            ),
            (
                "\"a\": expected a host and its port, for example 10.1.2.3:80 or ocsp.noi-bo.vn:8080",
                "\"a\": cần tên máy và cổng, ví dụ 10.1.2.3:80 hoặc ocsp.noi-bo.vn:8080",
            ),
            (
                "invalid type: string \"48h\", expected u64",
                "sai kiểu: chữ \"48h\", cần số nguyên",
            ),
            (
                "invalid type: integer `1`, expected a string",
                "sai kiểu: số `1`, cần chữ trong dấu ngoặc kép",
            ),
        ] {
            assert_eq!(vi(theirs), ours);
        }
    }
}
