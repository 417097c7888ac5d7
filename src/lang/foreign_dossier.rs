//! What the readers of procedures and dossiers say of a mistake, in Vietnamese.

/// In English as the source has it; longer phrases before those that begin as they do.
pub(super) const DOSSIERS: [(&str, &str); 49] = [
    (
        "a procedure has at least one component",
        "thủ tục phải có ít nhất một thành phần",
    ),
    (
        "it ends before it begins",
        "ngày hết hiệu lực trước ngày có hiệu lực",
    ),
    (" is there twice", " ghi hai lần"),
    (
        " is no name: letters a-z, digits and ",
        " không dùng làm tên được: chỉ chữ a-z, số và ",
    ),
    (
        ", at most 60, a letter first",
        ", dài tối đa 60, bắt đầu bằng chữ",
    ),
    (
        "at least one form is taken",
        "phải nhận ít nhất một hình thức (forms)",
    ),
    ("1 to 20 copies", "số bản từ 1 đến 20"),
    ("the condition reads ", "điều kiện dùng "),
    (
        ", which is neither a fact nor a condition",
        ", không phải điều được khai ([facts]) cũng không phải điều kiện đặt tên ([conditions])",
    ),
    ("the condition compares ", "điều kiện so sánh "),
    (
        " with a value that it cannot have",
        " với giá trị mà nó không thể có",
    ),
    (
        " is not yes or no: compare it with a value",
        " không phải có/không: phải so sánh với một giá trị",
    ),
    (
        "the conditions hang on themselves: ",
        "các điều kiện vòng quanh nhau: ",
    ),
    (
        "no case meets the condition ",
        "không trường hợp nào thỏa điều kiện ",
    ),
    (
        "what is in a published database is never asked for, so it has no condition and is no alternative",
        "đã có trong cơ sở dữ liệu đã công bố thì không được yêu cầu, nên không ghi when hay one_of",
    ),
    (" has one alternative only", " chỉ có một lựa chọn"),
    ("nothing hangs on the fact ", "không thành phần nào cần "),
    (
        ", so it may not be asked for",
        ", nên không được hỏi điều này",
    ),
    (
        "a fact of words has at least two",
        "words phải có ít nhất hai từ",
    ),
    (
        "expected one of: working_days, working_hours",
        "ghi một trong hai: working_days, working_hours",
    ),
    ("versions count from 1", "phiên bản tính từ 1"),
    (
        "words are there once each, without '",
        "mỗi từ ghi một lần, không có dấu '",
    ),
    (
        "expected kind = \"flag\", kind = \"number\" or words = [\"…\", \"…\"]",
        "cần kind = \"flag\", kind = \"number\" hoặc words = [\"…\", \"…\"]",
    ),
    (
        "either valid_days or valid_months",
        "chỉ ghi valid_days hoặc valid_months",
    ),
    (
        "expected letters, digits, . and -, at most 40",
        "cần chữ, số, dấu . và -, dài tối đa 40",
    ),
    (
        "expected 1 to 1000 characters in one line",
        "cần 1 đến 1000 ký tự trên một dòng",
    ),
    (" is not expected here", " không đúng chỗ"),
    (
        "something is missing at the end",
        "còn thiếu ở cuối điều kiện",
    ),
    ("the quotation mark is not closed", "chưa đóng dấu nháy"),
    (
        "words are equal or different, not more or less",
        "từ chỉ so sánh bằng == hoặc !=",
    ),
    (
        "expected a number or a word in '…', found ",
        "cần số hoặc từ trong '…', lại có ",
    ),
    (
        "expected the name of a fact, found ",
        "cần tên một điều được khai, lại có ",
    ),
    (" has nothing before it", " không có gì đứng trước"),
    (
        "no fact of this procedure; it has: ",
        "thủ tục này không hỏi điều đó; có: ",
    ),
    (" is paper: no file", " là giấy, không có tệp"),
    (" is a file", " là tệp: cần ghi tên tệp"),
    ("a file is one copy", "một tệp là một bản"),
    (
        "expected true, false, a whole number or a word",
        "cần true, false, số nguyên hoặc một từ",
    ),
    (
        "expected UTF-8: save the table as CSV UTF-8",
        "cần UTF-8: lưu bảng dưới dạng CSV UTF-8",
    ),
    ("more than ", "nhiều hơn "),
    (
        "expected the name of a file, without a folder",
        "cần tên tệp, không kèm thư mục",
    ),
    ("not a row of the table", "không phải một dòng của bảng"),
    (
        "expected one of these columns, each once: ",
        "cần các cột này, mỗi cột một lần: ",
    ),
    ("nothing is in the column ", "để trống cột "),
    (
        "expected a whole number, at most ",
        "cần số nguyên, nhiều nhất ",
    ),
    ("the first row of ", "dòng đầu của "),
    (" says something else", " ghi khác"),
    (
        "an earlier row is of the same name",
        "một dòng ở trên đã có tên này",
    ),
    (
        "no earlier row is of a fact of words of this name",
        "ở trên không có dòng fact nào tên này với kind là words",
    ),
];
