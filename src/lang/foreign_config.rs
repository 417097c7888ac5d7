//! What the readers of the configuration say of a mistake, in Vietnamese: whole sentences, before the phrases that they
//! share with others.

/// In English as the source has it; longer phrases before those that begin as they do.
pub(super) const CONFIGURATION: [(&str, &str); 57] = [
    (
        "expected the code of a procedure, such as 1.001193",
        "cần mã thủ tục, chẳng hạn 1.001193",
    ),
    (
        "a table names procedures; what holds for all is dossier_days",
        "bảng phải nêu procedures; điều chung ghi ở dossier_days",
    ),
    (
        "a name of 1 to 100 characters is needed",
        "cần tên dài 1 đến 100 ký tự",
    ),
    (
        "a group needs units or kind; what holds for all stands in [policy]",
        "nhóm phải có units hoặc kind; điều chung cho mọi đơn vị ghi ở [policy]",
    ),
    (
        "a group decides agency_domains, person_domains or both",
        "nhóm phải ghi agency_domains, person_domains hoặc cả hai",
    ),
    (
        "a class needs a name of 1 to 64 characters",
        "lớp lưu trữ phải có tên dài 1 đến 64 ký tự",
    ),
    (
        "a class needs types, urgencies or units; what holds for all stands in [retention]",
        "lớp lưu trữ phải có types, urgencies hoặc units; điều chung ghi ở [retention]",
    ),
    (
        "expected an address that begins with https://, at most ",
        "cần địa chỉ bắt đầu bằng https://, dài tối đa ",
    ),
    (
        "the address has to hold the number of a dossier once: ",
        "địa chỉ phải chứa đúng một lần mã hồ sơ: ",
    ),
    ("a type without a name", "loại văn bản không có tên"),
    (
        "a procedure has one term",
        "mỗi thủ tục chỉ có một thời hạn lưu",
    ),
    (
        "what is not accepted has no dates",
        "điều không chấp nhận thì không ghi ngày",
    ),
    (
        "no policy would be accepted; leave the key out to accept any",
        "không chính sách nào được chấp nhận; bỏ mục này để chấp nhận mọi chính sách",
    ),
    (
        "an entry names one day (on), or a first and a last one (from, to)",
        "mỗi mục ghi một ngày (on), hoặc ngày đầu và ngày cuối (from, to)",
    ),
    (
        "an earlier target is of the same rate, unit and day",
        "một chỉ tiêu ở trên đã có cùng tỷ lệ, đơn vị và ngày",
    ),
    (
        "a target is for a level or for a unit",
        "chỉ tiêu là của một cấp hoặc của một đơn vị",
    ),
    (
        "rules are needed: at least one set",
        "phải có ít nhất một bộ quy tắc",
    ),
    (
        "an earlier set has this name or begins on this day",
        "một bộ quy tắc ở trên đã có tên này hoặc bắt đầu từ ngày này",
    ),
    (
        "the cutoff has to lie after the morning's begin and not after the afternoon's end",
        "giờ chốt (cutoff) phải sau giờ bắt đầu buổi sáng và không sau giờ kết thúc buổi chiều",
    ),
    (
        "slips have different numbers from 1 to ",
        "số của các mẫu phải khác nhau, từ 1 đến ",
    ),
    (
        ", and all but the stop notice have one",
        ", và mọi mẫu phải có số, trừ thông báo dừng",
    ),
    ("expected days at most ", "số ngày nhiều nhất "),
    (
        ", one request and extensions at most ",
        ", yêu cầu bổ sung một lần, số lần hẹn lại nhiều nhất ",
    ),
    (
        "expected letters and digits, at most ",
        "cần chữ và số, nhiều nhất ",
    ),
    (
        "the morning ends after it begins, and the afternoon follows it",
        "buổi sáng phải kết thúc sau khi bắt đầu, rồi mới đến buổi chiều",
    ),
    (
        "tables can only be given in the file",
        "bảng chỉ ghi được trong tệp cấu hình",
    ),
    ("there is no such setting", "không có mục cấu hình này"),
    ("longer than ", "dài quá "),
    (
        "the anchor counts only from ",
        "gốc này chỉ có hiệu lực từ ",
    ),
    (
        "expected documents, timestamping or ocsp",
        "cần documents, timestamping hoặc ocsp",
    ),
    (
        "expected a policy's identifier, for example ",
        "cần mã chính sách (OID), ví dụ ",
    ),
    (
        "names.der and lists of names exclude each other",
        "chỉ dùng một trong hai: names.der hoặc các danh sách tên",
    ),
    (
        "expected a NameConstraints value (RFC 5280 §4.2.1.10), DER in hexadecimal",
        "cần giá trị NameConstraints (RFC 5280 §4.2.1.10), DER viết hệ 16",
    ),
    ("too many here, the most is ", "quá nhiều mục, tối đa "),
    ("expected a moment after from", "cần thời điểm sau from"),
    (
        "name a purpose, or leave usage out",
        "ghi một mục đích, hoặc bỏ mục usage",
    ),
    (
        "an earlier entry speaks about the same",
        "một mục ở trên đã nói về đúng điều này",
    ),
    (
        "an earlier entry names this too: ",
        "một mục ở trên đã ghi ngày này: ",
    ),
    (
        "for one entry, days are at most ",
        "một mục chỉ dài đến chừng này ngày: ",
    ),
    (
        "no certificate of that name beside it",
        "không có chứng thư cùng tên đặt bên cạnh",
    ),
    (
        "expected a SHA-256 in hex, and after it nothing or: from RFC3339",
        "cần SHA-256 viết hệ 16, sau đó để trống hoặc ghi: from RFC3339",
    ),
    (", at most 35", ", nhiều nhất 35 ký tự"),
    (
        "expected 64 hexadecimal digits (SHA-256)",
        "cần 64 chữ số hệ 16 (SHA-256)",
    ),
    ("expected state or other", "cần state hoặc other"),
    (
        "expected central, province, district or commune",
        "cần central, province, district hoặc commune",
    ),
    (
        "expected gateway, peer, axis or paper",
        "cần gateway, peer, axis hoặc paper",
    ),
    (
        "expected merge, split, part, rename or abolish",
        "cần merge, split, part, rename hoặc abolish",
    ),
    (
        "expected agency, person or transport",
        "cần agency, person hoặc transport",
    ),
    (
        "expected the name of a file in certs/push/",
        "cần tên một tệp trong certs/push/",
    ),
    (
        "a unit has push or webhook, not both",
        "một đơn vị chỉ có push hoặc webhook, không có cả hai",
    ),
    (
        " is no rate, and no measure with count. before its name",
        " không phải tên tỷ lệ, cũng không phải số đếm có count. ở trước",
    ),
    ("expected an object identifier such as ", "cần mã OID như "),
    (
        "a host and its port, for example ",
        "tên máy và cổng, ví dụ ",
    ),
    (
        "a host's name, or .name for all below it",
        "tên máy, hoặc .tên cho mọi máy bên dưới",
    ),
    (
        "expected the text that sets it, in characters at most ",
        "cần ghi văn bản quy định, số ký tự nhiều nhất ",
    ),
    (
        ", with at most one decimal",
        ", nhiều nhất một chữ số thập phân",
    ),
    ("ends before it begins", "kết thúc trước khi bắt đầu"),
];

#[cfg(test)]
mod tests {
    use super::super::foreign::foreign;
    use crate::model::Language;

    /// What is said of a configuration, as it stands in the source: a sentence that is added there needs its phrase.
    const SOURCES: [&str; 17] = [
        include_str!("../config/read.rs"),
        include_str!("../config/read/clocks.rs"),
        include_str!("../config/read/delivery.rs"),
        include_str!("../config/read/fetch.rs"),
        include_str!("../config/read/groups.rs"),
        include_str!("../config/read/public.rs"),
        include_str!("../config/read/report.rs"),
        include_str!("../config/read/retention.rs"),
        include_str!("../config/read/timestamp.rs"),
        include_str!("../config/registry/raw.rs"),
        include_str!("../config/algorithms.rs"),
        include_str!("../config/domain.rs"),
        include_str!("../config/holidays.rs"),
        include_str!("../config/targets.rs"),
        include_str!("../config/dossier_rules.rs"),
        include_str!("../config/procedures/table.rs"),
        include_str!("../dossier/rules.rs"),
    ];

    /// How many words of a text are English beyond doubt.
    fn english(text: &str) -> usize {
        const KNOWN: [&str; 9] = [
            "expected", "the", "a", "an", "of", "more", "than", "is", "no",
        ];
        let words = text.split(|c: char| !c.is_alphanumeric());
        words.filter(|word| KNOWN.contains(word)).count()
    }

    /// The texts of a source: what stands between quotation marks, with 1 for a value in braces.
    fn texts(source: &str) -> Vec<String> {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let said =
            |line: &&str| !line.trim_start().starts_with("//") && !line.contains("reason = ");
        let code: Vec<&str> = code.lines().filter(said).collect();
        let code = code.join("\n");
        let after = |part: &str| {
            part.split_once('}')
                .map_or(part, |(_, rest)| rest)
                .to_owned()
        };
        let filled = |text: &str| text.split('{').map(after).collect::<Vec<_>>().join("1");
        code.split('"').skip(1).step_by(2).map(filled).collect()
    }

    #[test]
    fn every_mistake_in_a_configuration_is_said_in_vietnamese() {
        let mut sentences = 0;
        for text in SOURCES.into_iter().flat_map(texts) {
            if text.contains(' ') && !text.contains('\n') && english(&text) > 0 {
                sentences += 1;
                let said = foreign(Language::Vi, &text);
                assert_eq!(english(&said), 0, "{text}: {said}");
            }
        }
        assert!(sentences > 30, "{sentences}");
    }
}
