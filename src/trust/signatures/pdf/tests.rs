use super::*;

#[test]
fn a_hundred_signatures_over_a_large_file_are_not_hashed() {
    const LARGE: usize = 8 << 30;
    let over = |length: usize| {
        let mut one = SignatureDictionary::broken("1".into(), "made up");
        one.byte_range = [0, 10, 20, u64::try_from(length).unwrap() - 20];
        one
    };
    assert!(hashed(&vec![over(LARGE); 100], LARGE) > MAX_PDF_HASHED);
    assert!(hashed(&vec![over(LARGE); 2], LARGE) <= MAX_PDF_HASHED);
    assert!(hashed(&vec![over(10 << 20); 100], 10 << 20) <= MAX_PDF_HASHED);
    assert_eq!(hashed(&[over(LARGE)], 100), 0, "outside the file");
}
