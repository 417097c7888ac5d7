//! What the demo's letters are about.

/// What the letters are about: title, first and second paragraph.
const SUBJECTS: [(&str, &str, &str, &str); 8] = [
    (
        "Công văn",
        "về việc lập dự toán ngân sách quý I năm 2027",
        "Thực hiện chỉ đạo về việc lập dự toán ngân sách nhà nước năm 2027, đề nghị các đơn vị rà \
         soát nguồn thu, nhiệm vụ chi và gửi báo cáo trước ngày 15 tháng 12 năm 2026.",
        "Tổng kinh phí đề nghị bổ sung là 250.000.000 đồng, chi tiết theo bảng kèm theo.",
    ),
    (
        "Thông báo",
        "về lịch tiếp công dân tháng 12 năm 2026",
        "Lãnh đạo tiếp công dân định kỳ vào các ngày 05, 12, 19 và 26 tháng 12 năm 2026, từ 07 giờ \
         30 phút tại Trụ sở tiếp công dân.",
        "Các đơn vị cử cán bộ phối hợp và niêm yết thông báo này tại trụ sở.",
    ),
    (
        "Báo cáo",
        "kết quả gửi, nhận văn bản điện tử tháng 11 năm 2026",
        "Trong tháng, đơn vị đã gửi 86 văn bản và tiếp nhận 104 văn bản qua trục liên thông; 100% \
         văn bản đi được ký số của cơ quan.",
        "Khó khăn: còn 03 văn bản đến thiếu chữ ký số của cơ quan ban hành, đã trả lại.",
    ),
    (
        "Công văn",
        "về rà soát thành phần hồ sơ thủ tục hành chính lĩnh vực đất đai",
        "Qua kiểm tra, một số hồ sơ còn thừa hoặc thiếu thành phần so với thủ tục đã công bố. Đề \
         nghị bộ phận một cửa đối chiếu từng hồ sơ trước khi tiếp nhận.",
        "Danh sách hồ sơ cần bổ sung được gửi kèm để đơn vị thực hiện trước ngày 30 tháng 11.",
    ),
    (
        "Kế hoạch",
        "phòng, chống hạn, mặn mùa khô 2026 - 2027",
        "Dự báo xâm nhập mặn trên sông Vàm Cỏ Đông, Vàm Cỏ Tây đến sớm; các xã vận hành cống, trữ \
         nước ngọt và khuyến cáo người dân theo lịch đã thống nhất.",
        "Chế độ báo cáo: 16 giờ 00 hằng ngày, gửi qua hệ thống văn bản điện tử.",
    ),
    (
        "Giấy mời",
        "họp giao ban cải cách hành chính quý IV",
        "Trân trọng kính mời đại diện lãnh đạo đơn vị dự họp lúc 08 giờ 00, thứ Năm, ngày 03 tháng \
         12 năm 2026, tại phòng họp số 2.",
        "Đề nghị chuẩn bị số liệu về tỷ lệ trao đổi văn bản điện tử của đơn vị.",
    ),
    (
        "Quyết định",
        "về việc kiện toàn Tổ công nghệ số cộng đồng",
        "Kiện toàn Tổ công nghệ số cộng đồng gồm 09 thành viên, có nhiệm vụ hướng dẫn người dân sử \
         dụng dịch vụ công trực tuyến toàn trình.",
        "Quyết định có hiệu lực kể từ ngày ký; Văn phòng và các ông, bà có tên chịu trách nhiệm thi \
         hành.",
    ),
    (
        "Công văn",
        "về việc bàn giao hồ sơ, tài liệu sau sắp xếp đơn vị hành chính",
        "Việc bàn giao hồ sơ, tài liệu của huyện Cần Đước cũ cho các xã mới phải hoàn thành trước \
         ngày 20 tháng 12 năm 2026, có biên bản và danh mục.",
        "Mọi vướng mắc xin phản ánh về Sở Nội vụ để được hướng dẫn kịp thời.",
    ),
];

/// Title, subject and two paragraphs of the document at `place`, going round.
#[must_use]
pub fn text(place: usize) -> (&'static str, &'static str, &'static str, &'static str) {
    let turn = place.checked_rem(SUBJECTS.len()).unwrap_or(0);
    SUBJECTS.get(turn).copied().unwrap_or_default()
}
