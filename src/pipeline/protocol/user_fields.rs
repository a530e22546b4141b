//! Which details of a user at the license server follow what the shop says of the person. Names sides, holds no values.

use crate::domain::fact::Person;
use crate::domain::policy::UserUpdate;
use crate::license_servers::order::UserChange;
use crate::license_servers::remote::RemoteUser;

/// Details of a user that are to be set. Without personal data, so that it may be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UserFields {
    /// The e-mail address.
    pub email: bool,
    /// The first name.
    pub first_name: bool,
    /// The last name.
    pub last_name: bool,
    /// The company.
    pub company: bool,
}

impl UserFields {
    /// The details of `user` in which it is behind `person`, as far as the rule lets it follow.
    ///
    /// What the shop leaves out is never behind. An address is never empty, so it follows on `overwrite` only.
    pub fn behind(rule: UserUpdate, person: &Person, user: &RemoteUser) -> Self {
        let follows = |said: &Option<String>, shown: &str| {
            let said = said.as_deref().map_or("", str::trim);
            let shown = shown.trim();
            match rule {
                UserUpdate::Never => false,
                UserUpdate::Fill => shown.is_empty() && !said.is_empty(),
                UserUpdate::Overwrite => !said.is_empty() && said != shown,
            }
        };
        Self {
            email: follows(
                &person.email.as_deref().map(str::to_lowercase),
                &user.email.to_lowercase(),
            ),
            first_name: follows(&person.first_name, &user.first_name),
            last_name: follows(&person.last_name, &user.last_name),
            company: follows(&person.company, &user.company),
        }
    }

    /// Whether nothing is to be set.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// These details as the shop says them.
    pub fn change(self, person: &Person) -> UserChange {
        let said = |is_set: bool, text: &Option<String>| text.clone().filter(|_| is_set);
        UserChange {
            email: said(self.email, &person.email),
            first_name: said(self.first_name, &person.first_name),
            last_name: said(self.last_name, &person.last_name),
            company: said(self.company, &person.company),
            administers: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::license_servers::remote::UserStanding;

    fn person([email, first, last, company]: [&str; 4]) -> Person {
        let given = |text: &str| (text != "-").then(|| text.to_owned());
        Person {
            account_id: None,
            email: given(email),
            first_name: given(first),
            last_name: given(last),
            company: given(company),
        }
    }

    fn user([email, first, last, company]: [&str; 4]) -> RemoteUser {
        RemoteUser {
            id: "u1".to_owned(),
            email: email.to_owned(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            company: company.to_owned(),
            organization_id: None,
            standing: UserStanding::User,
        }
    }

    fn fields(names: &str) -> UserFields {
        UserFields {
            email: names.contains('e'),
            first_name: names.contains('f'),
            last_name: names.contains('l'),
            company: names.contains('c'),
        }
    }

    #[test]
    fn only_the_rules_details_follow_the_shop() {
        let anna = ["anna@example.com", "Anna", "Lind", "Kite"];
        let sparse = ["anna@example.com", "A.", "", ""];
        for (rule, said, shown, behind) in [
            (UserUpdate::Never, anna, sparse, ""),
            (UserUpdate::Fill, anna, sparse, "lc"),
            (UserUpdate::Overwrite, anna, sparse, "flc"),
            (UserUpdate::Fill, ["-", "-", "", " "], sparse, ""),
            (UserUpdate::Overwrite, ["-", "", "-", " "], anna, ""),
            (UserUpdate::Overwrite, anna, anna, ""),
            (
                UserUpdate::Overwrite,
                ["ANNA@Example.com", "Anna", "Lind", "Kite"],
                anna,
                "",
            ),
            (
                UserUpdate::Fill,
                ["new@example.com", "-", "-", "-"],
                anna,
                "",
            ),
            (
                UserUpdate::Overwrite,
                ["new@example.com", "-", "-", "-"],
                anna,
                "e",
            ),
        ] {
            let found = UserFields::behind(rule, &person(said), &user(shown));

            assert_eq!(found, fields(behind), "{rule:?} {said:?} {shown:?}");
        }
    }

    #[test]
    fn a_change_holds_what_is_behind_and_nothing_else() {
        let change = fields("lc").change(&person(["a@example.com", "Anna", "Lind", "Kite"]));

        assert_eq!(change.email, None);
        assert_eq!(change.first_name, None);
        assert_eq!(change.last_name.as_deref(), Some("Lind"));
        assert_eq!(change.company.as_deref(), Some("Kite"));
    }
}
