//! Keys of files that another program encrypted.

use super::*;
use crate::format::pdf::hexadecimal;

/// What an encryption dictionary and `/ID` hold: revision, metadata encrypted, identifier, `/O`, `/U`,
/// `/UE`, `/Perms`; the password of the user, and the key. Permissions are -4.
type Row = (u8, bool, [&'static str; 5], &'static str, &'static str);

/// What qpdf 11.3 wrote, and the keys that it says.
const BY_QPDF: &[Row] = &[
    (
        2,
        true,
        [
            "a91c47af4df1646e3b85cbfdac5f43da",
            "c92422687facee686e373f10b5c7d04738053152f7e2ee30e11c69ec442576ab",
            "c838d2ea89feec63360395961586ede192aef9d171cde66ef13e12d5cb828518",
            "",
            "",
        ],
        "",
        "65fdb04f3a",
    ),
    (
        3,
        true,
        [
            "e09a218d255ed11301701aef13a33562",
            "06f85963fe08385ce85fde5773da7a43dc34f12c5e4ebbff16a74791401d9ce6",
            "fa37a9fd8f7117b0faa48c28c624d1980122456a91bae5134273a6db134c87c4",
            "",
            "",
        ],
        "x",
        "28d1e6d7b650441919e9427e75568a01",
    ),
    (
        4,
        false,
        [
            "0ea0c5a92fb84f272a0ff464d3cb1510",
            "566fa873ee33c797cd3b904fdadf814afa34df9a38f6ed41b984e2c6da2aa6f5",
            "21ba3aa78386fe4df0257fe355533c330122456a91bae5134273a6db134c87c4",
            "",
            "",
        ],
        "",
        "fd7d56f117ec6238ed1c668f6c356582",
    ),
    (
        5,
        true,
        [
            "",
            "",
            "c269d60ff47dbcf9d045d3bb08da9f1fc658d618b05e78923d97ad562b74e628\
             0634acb38d91caa83566cfccf05d2f13",
            "764809175238b85fcb08b74a05b368418b9daf72867f2a8a8de37ec68efc303d",
            "403e377e4200ce9f809a3d37d566d935",
        ],
        "",
        "bb9e67157b3c31ab73835a8606493b5ba1363fd123c95153ef5b2a14f79d35c6",
    ),
    (
        6,
        true,
        [
            "",
            "",
            "cafcce83347ca7388b04045f5bf8cc5f1bbfeddea12a7d9d3d459b3f97ab1936\
             09f32a6fa6fad87d8b9098dc893ee652",
            "1418f141249662b89fbb75a9fe207f4411eaad14fd9db8e01397d9c04c729fd7",
            "46750333c4b90ad8908f34f1ff6fb2ff",
        ],
        "mật",
        "49296bf2465ad2f9b56f51dbd2c86be3bf59d95862379d6ccc8b9f2f3f1419b0",
    ),
];

fn bytes(digits: &str) -> Vec<u8> {
    hexadecimal(format!("<{digits}>").as_bytes()).expect("digits")
}

fn standard(row: &Row) -> (Standard, &'static str, &'static str) {
    let (revision, metadata, [id, owner, user, user_key, permissions], password, key) = *row;
    let standard = Standard {
        revision,
        length: if revision == 2 { 5 } else { 16 },
        owner: bytes(owner),
        user: bytes(user),
        user_key: bytes(user_key),
        permissions: (-4i32).to_le_bytes(),
        sealed_permissions: bytes(permissions),
        metadata,
        id: bytes(id),
    };
    (standard, password, key)
}

#[test]
fn keys_of_files_by_qpdf() {
    for (standard, password, key) in BY_QPDF.iter().map(standard) {
        let found = standard.key(password.as_bytes());
        assert_eq!(found, Some(bytes(key)), "{}", standard.revision);
    }
}

#[test]
fn a_key_is_used_only_for_the_password_of_the_user() {
    for (standard, password, _) in BY_QPDF.iter().map(standard) {
        let revision = standard.revision;
        assert_eq!(standard.key(b"other"), None, "{revision}");
        let opens = |change: &dyn Fn(&mut Standard)| {
            let mut other = standard.clone();
            change(&mut other);
            other.key(password.as_bytes()).is_some()
        };
        assert!(opens(&|_| {}), "{revision}");
        // The octets of /U that say something.
        for at in 0..16 {
            assert!(!opens(&|s| s.user[at] ^= 1), "{revision} {at}");
        }
        assert!(!opens(&|s| s.user.clear()), "{revision}");
        assert!(!opens(&|s| s.permissions[0] ^= 4), "{revision}");
        if revision < 5 {
            assert!(!opens(&|s| s.owner[31] ^= 1), "{revision}");
            assert!(!opens(&|s| s.id[15] ^= 1), "{revision}");
        } else {
            assert!(!opens(&|s| s.user_key[31] ^= 1), "{revision}");
            assert!(!opens(&|s| s.sealed_permissions[0] ^= 1), "{revision}");
        }
        if revision > 3 {
            assert!(!opens(&|s| s.metadata = !s.metadata), "{revision}");
        }
    }
}
