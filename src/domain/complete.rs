//! Puts what the shop was asked for into the fact that lacked it, before it is folded.

use crate::domain::fact::{Fact, Person, SubscriptionSnapshot};

/// Gives a charge, an order or a group the subscription that it names by id alone; others are left as they are.
pub fn put_subscription(fact: &mut Fact, found: SubscriptionSnapshot) {
    match fact {
        Fact::Charged(charge) | Fact::ChargeFailed(charge)
            if charge.subscription_id.as_ref() == Some(&found.id) =>
        {
            charge.subscription = Some(found);
        }
        Fact::OrderCompleted(order) => order.subscriptions.push(found),
        Fact::Group(_, group) => {
            let mut members = group.members.iter_mut();
            if let Some(member) = members.find(|member| member.id == found.id) {
                let payer = member.buyer.take();
                *member = found;
                member.buyer = payer.or_else(|| member.buyer.take());
            }
        }
        _ => {}
    }
}

/// Gives news of a subscription the buyer whose account it names.
pub fn put_account(fact: &mut Fact, found: Person) {
    if let Fact::Subscription(_, snapshot) = fact
        && let Some(buyer) = &mut snapshot.buyer
        && buyer.account_id == found.account_id
    {
        *buyer = found;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::{Charge, Group, GroupNews, SubscriptionNews};
    use crate::domain::shop_id::SubscriptionId;

    fn snapshot(id: &str, quantity: Option<u32>) -> SubscriptionSnapshot {
        let json = serde_json::json!({ "id": id, "quantity": quantity });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_charge_takes_its_own_subscription_and_no_other() {
        for (id, is_taken) in [("S", true), ("T", false)] {
            let mut fact = Fact::Charged(Box::new(Charge {
                subscription_id: SubscriptionId::new("S"),
                subscription: None,
                order_id: None,
                order_reference: None,
                charged_at: None,
                total: None,
                reason: None,
            }));

            put_subscription(&mut fact, snapshot(id, Some(2)));

            let Fact::Charged(charge) = fact else {
                panic!("still a charge");
            };
            assert_eq!(charge.subscription.is_some(), is_taken, "{id}");
        }
    }

    #[test]
    fn a_member_of_a_group_is_replaced_and_keeps_who_pays() {
        let payer = Person {
            email: Some("payer@example.com".to_owned()),
            ..Person::default()
        };
        let bare = SubscriptionSnapshot {
            buyer: Some(payer.clone()),
            ..snapshot("S", None)
        };
        let mut fact = Fact::Group(
            GroupNews::Charged,
            Box::new(Group {
                members: vec![bare, snapshot("T", None)],
                ..Group::default()
            }),
        );

        put_subscription(&mut fact, snapshot("S", Some(2)));

        let Fact::Group(_, group) = fact else {
            panic!("still a group");
        };
        assert_eq!(group.members[0].quantity, Some(2));
        assert_eq!(group.members[0].buyer, Some(payer));
        assert_eq!(group.members[1].quantity, None);
    }

    #[test]
    fn news_take_the_account_that_they_name() {
        for (account, is_taken) in [("A", true), ("B", false)] {
            let person = |id: &str, email: Option<&str>| Person {
                account_id: Some(id.to_owned()),
                email: email.map(str::to_owned),
                ..Person::default()
            };
            let snapshot = SubscriptionSnapshot {
                buyer: Some(person("A", None)),
                ..snapshot("S", None)
            };
            let mut fact = Fact::Subscription(SubscriptionNews::Updated, Box::new(snapshot));

            put_account(&mut fact, person(account, Some("a@example.com")));

            let Fact::Subscription(_, snapshot) = fact else {
                panic!("still news");
            };
            assert_eq!(snapshot.buyer.unwrap().email.is_some(), is_taken);
        }
    }
}
