//! What the reader of answers on paper says of a mistake, in Vietnamese.

/// In English as the source has it.
pub(super) const SURVEYS: [(&str, &str); 11] = [
    (
        "the code is not one that was printed on a slip",
        "mã không đúng dạng mã in trên phiếu",
    ),
    ("the code stands on line ", "mã đã có ở dòng "),
    (" already", " rồi"),
    ("the answer to ", "câu trả lời cho "),
    (" is not a number from 1 to 5", " không phải số từ 1 đến 5"),
    ("no question is answered", "không có câu trả lời nào"),
    (
        " answers or 65536 bytes; divide the file",
        " phiếu hoặc 65536 byte; chia tệp ra",
    ),
    ("the first line has to be: ", "dòng đầu phải là: "),
    ("expected 6 cells, found ", "cần 6 ô, có "),
    ("the file is not UTF-8", "tệp không phải UTF-8"),
    (" lines cannot be read", " dòng không đọc được"),
];
