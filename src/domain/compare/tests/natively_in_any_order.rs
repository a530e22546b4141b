//! Random lives of subscriptions, told in a random order, at a server that has grace and trials by itself.

use proptest::prelude::*;
use serde_json::json;

use crate::domain::compare::tests::histories::told_in_any_order;
use crate::domain::compare::tests::model;
use crate::domain::compare::tests::world::{World, at};
use crate::domain::license::License;

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_lives_end_as_the_model_says_natively((life, arrivals) in told_in_any_order(), preset in prop_oneof![Just("recommended"), Just("licensespring")]) {
        let news = life.news();
        let mut world = World::natively(json!({ "preset": preset, "bundle_members": "own_interval" }));

        for index in &arrivals {
            world.tell_now(news[*index].clone());
        }
        world.wait_until(at("2029-01-01"));

        prop_assert_eq!(world.how_it_ended(), model::licenses_natively(preset, &life), "arrived {:?}", arrivals);
        prop_assert!(!world.is_anything_waiting(), "something waits for ever");
        // An end that comes before any date says nothing of trials.
        let runs = |license: &&License| license.identity.root.as_str() == "sub-1" && life.ended_at().is_none();
        for license in world.licenses.iter().filter(runs) {
            prop_assert_eq!(license.given.beside.is_trial, Some(model::is_trial(&life)), "arrived {:?}", arrivals);
        }
    }
}
