use super::*;

#[test]
fn objects_of_every_kind() {
    let text = b"<< /A#42 [1 -2 .5 true null (a(b)\\)c) <4a> 7 0 R] /D << /E /F >> >> x";
    let mut lexer = Lexer::new(text, 0);
    let value = lexer.value().expect("value");
    let dictionary = value.dictionary().expect("dictionary");
    let items = dictionary.get(b"AB").and_then(Value::array).expect("array");
    assert_eq!(items.len(), 8);
    assert_eq!(items[7], Value::Reference(7, 0));
    let at = memchr::memmem::find(text, b"<4a>").expect("it is there");
    assert_eq!(items[6], Value::Hexadecimal(b"<4a>", at));
    assert_eq!(items[5], Value::Literal(b"a(b)\\)c"));
    let inner = dictionary.get(b"D").and_then(Value::dictionary);
    let name = inner.and_then(|d| d.get(b"E")).and_then(Value::name);
    assert_eq!(name, Some(&b"F"[..]));
}

#[test]
fn nesting_is_bounded_and_garbage_is_an_error() {
    let deep = b"[".repeat(100_000);
    assert!(matches!(
        Lexer::new(&deep, 0).value(),
        Err(PdfError::TooMany { .. })
    ));
    for bad in [
        &b"<< /A"[..],
        b"(abc",
        b"<41",
        b"[1 2",
        b"<< 1 2 >>",
        b"",
        b"endobj",
    ] {
        let result = Lexer::new(bad, 0).value();
        assert!(result.is_err(), "{bad:?} {result:?}");
    }
}
