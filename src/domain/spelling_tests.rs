//! Words of enums are spelled twice, for JSON by serde and for columns and addresses by strum; both say the same.

use std::fmt::Debug;
use std::str::FromStr;

use serde::Serialize;
use strum::VariantArray;

use crate::domain::action::ActionKind;
use crate::domain::effect::{EffectState, EventState};
use crate::domain::kind::{LicenseServerKind, StorefrontKind};
use crate::domain::lane::Lane;
use crate::domain::license::{Aspect, Cause, LicenseState};
use crate::domain::mapping::KeyGiver;
use crate::domain::news::News;
use crate::domain::reason::ReasonCode;
use crate::domain::rules::Mode;

#[test]
fn json_and_columns_spell_the_same_and_are_read_again() {
    alike::<ActionKind>();
    alike::<Aspect>();
    alike::<Cause>();
    alike::<EffectState>();
    alike::<EventState>();
    alike::<KeyGiver>();
    alike::<Lane>();
    alike::<LicenseServerKind>();
    alike::<LicenseState>();
    alike::<Mode>();
    alike::<News>();
    alike::<ReasonCode>();
    alike::<StorefrontKind>();
}

fn alike<T>()
where
    T: VariantArray + Copy + Debug + PartialEq + Serialize + FromStr + Into<&'static str>,
{
    for value in T::VARIANTS {
        let word: &str = (*value).into();

        assert_eq!(serde_json::to_value(value).unwrap(), word);
        assert_eq!(word.parse().ok(), Some(*value));
    }
}
