use super::*;

#[test]
fn every_problem_has_words_in_both_languages() {
    for code in ProblemCode::ALL {
        assert!(lang::PROBLEMS.contains(&code.name()), "{code}");
        for language in Language::ALL {
            let view = Problem::new(*code).view(*language, "1");
            assert_eq!(view.status, code.status().as_u16());
            assert!(!view.detail.is_empty() && view.code == code.name());
        }
    }
}

#[test]
fn what_the_store_says_is_a_status_with_a_next_step() {
    let id = crate::model::DocumentId::new(crate::model::Timestamp(1), [0; 10]);
    let clock = CommitError::ClockBack {
        last: crate::model::Timestamp(1),
        now: crate::model::Timestamp(0),
    };
    let table = [
        (CommitError::Full, 507, "disk_full"),
        (CommitError::Unknown, 503, "unknown_outcome"),
        (CommitError::Unavailable(String::new()), 503, "unavailable"),
        (CommitError::Stale, 503, "moved_meanwhile"),
        (CommitError::KeyReused(id), 409, "key_reused"),
        (clock, 503, "clock_back"),
    ];
    for (error, status, code) in table {
        let problem = Problem::from(error);
        assert_eq!(problem.code().status().as_u16(), status);
        assert_eq!(problem.code().name(), code);
        let waits = status == 503 || status == 507;
        assert_eq!(problem.retry_after().is_some(), waits, "{code}");
    }
    assert_eq!(
        Problem::from(VaultError::Full).code(),
        ProblemCode::DiskFull
    );
    assert_eq!(Problem::from(JudgeError::Busy).code(), ProblemCode::Busy);
    let rebuilding = Problem::from(ReadError::Rebuilding);
    assert_eq!(rebuilding.code(), ProblemCode::Rebuilding);
}
