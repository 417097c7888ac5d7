//! `[report]`: the columns of the table of rates.

use super::super::ConfigError;
use super::{Picker, Texts};
use crate::rates::column::{Column, DEFAULT_COLUMNS, MAX_COLUMNS};

impl Picker<'_> {
    /// Takes the section.
    pub(super) fn columns(&mut self, columns: Texts) -> Result<Vec<Column>, ConfigError> {
        let default = DEFAULT_COLUMNS.iter().map(|name| (*name).to_owned());
        let check = |names: &Vec<String>| {
            if names.is_empty() || names.len() > MAX_COLUMNS {
                return Err(format!("expected 1 to {MAX_COLUMNS} columns"));
            }
            let known = |name: &String| {
                let expected =
                    || format!("{name:?} is no rate, and no measure with count. before its name");
                Column::parse(name).ok_or_else(expected)
            };
            names.iter().map(known).collect()
        };
        self.take(
            "report.columns",
            columns,
            default.collect(),
            super::comma_separated,
            |raw| format!("{raw:?}"),
            check,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;
    use std::path::Path;

    fn columns(text: &str) -> Result<Vec<Column>, ConfigError> {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        Ok(parse(path, text, &Environment::default())?.settings.columns)
    }

    #[test]
    fn columns_are_rates_and_measures() {
        let all = columns("").expect("default");
        assert_eq!(all.len(), DEFAULT_COLUMNS.len());
        let two = columns("[report]\ncolumns = [\"count.offers\", \"signed\"]\n").expect("two");
        let names: Vec<String> = two.iter().map(Column::name).collect();
        assert_eq!(names, ["count.offers", "signed"]);
        for wrong in ["[\"offers\"]", "[]", "[\"count.signed\"]"] {
            let refused = columns(&format!("[report]\ncolumns = {wrong}\n"));
            assert!(matches!(refused, Err(ConfigError::Mistake(_))), "{wrong}");
        }
    }
}
