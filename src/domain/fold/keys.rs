//! Finds the places of keys that were asked for before their order was known.

use crate::domain::id::KeyRequestId;
use crate::domain::key_request::line_of;
use crate::domain::license::Root;
use crate::domain::record::KeyRequestRecord;
use crate::domain::record::{OrderKind, Records, SubscriptionRecord};
use crate::domain::shop_id::SubscriptionId;

/// Moves what was asked for by receipt number to its order's line, or before that to its subscription.
pub fn place(records: &mut Records) {
    let open: Vec<KeyRequestId> = records
        .key_requests
        .iter()
        .filter(|(_, request)| request.order_id.is_none() && request.reference.is_some())
        .map(|(id, _)| *id)
        .collect();
    for id in open {
        if let Some(placed) = in_order(records, id).or_else(|| in_subscription(records, id)) {
            records.key_requests.insert(id, placed);
        }
    }
}

fn in_order(records: &Records, id: KeyRequestId) -> Option<KeyRequestRecord> {
    let request = records.key_requests.get(&id)?;
    let (order_id, order) = records.orders.iter().find(|(_, order)| {
        order.kind == OrderKind::First && order.reference == request.reference
    })?;
    let line = line_of(request, &order.lines, |line| {
        records.key_requests.iter().any(|(other, request)| {
            *other != id && request.root == line.root && request.slot == line.slot
        })
    })?;
    Some(KeyRequestRecord {
        root: line.root.clone(),
        slot: line.slot.clone(),
        order_id: Some(order_id.clone()),
        ..request.clone()
    })
}

fn in_subscription(records: &Records, id: KeyRequestId) -> Option<KeyRequestRecord> {
    let request = records.key_requests.get(&id)?;
    if !matches!(request.root, Root::Reference(_)) {
        return None;
    }
    let began = |(_, record): &(&SubscriptionId, &SubscriptionRecord)| {
        record.initial_reference == request.reference && has_product(record, &request.product_path)
    };
    let (subscription, _) = records.subscriptions.iter().find(began)?;
    let root = Root::Subscription(subscription.clone());
    let is_taken = records
        .key_requests
        .values()
        .any(|other| other.root == root && other.slot == request.product_path);
    (!is_taken).then(|| KeyRequestRecord {
        root,
        slot: request.product_path.clone(),
        ..request.clone()
    })
}

fn has_product(record: &SubscriptionRecord, path: &str) -> bool {
    let addons = record.addons.get().into_iter().flatten();
    record.product_path.get().is_some_and(|main| main == path)
        || addons.into_iter().any(|addon| addon.product_path == path)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::record::{LineRecord, LineRole, OrderRecord};
    use crate::domain::shop_id::OrderId;

    fn id(number: u128) -> KeyRequestId {
        KeyRequestId::from_uuid(Uuid::from_u128(number))
    }

    fn request(slot: &str, quantity: u32) -> KeyRequestRecord {
        KeyRequestRecord {
            reference: Some("R".to_owned()),
            subscription: None,
            product_path: "reverb".to_owned(),
            quantity,
            root: Root::Reference("R".to_owned()),
            slot: slot.to_owned(),
            order_id: None,
            parameters: std::collections::BTreeMap::new(),
            is_answered: true,
        }
    }

    fn line(slot: &str, path: &str, quantity: u32) -> LineRecord {
        LineRecord {
            root: Root::Order(OrderId::new("A").unwrap()),
            slot: slot.to_owned(),
            product_path: path.to_owned(),
            quantity,
            subtotal: None,
            role: LineRole::OneTime,
            option_of: None,
            attributes: None,
        }
    }

    fn records(requests: Vec<KeyRequestRecord>, lines: Vec<LineRecord>) -> Records {
        let order = OrderRecord {
            reference: Some("R".to_owned()),
            kind: OrderKind::First,
            lines,
            ..OrderRecord::default()
        };
        Records {
            orders: [(OrderId::new("A").unwrap(), order)].into(),
            key_requests: (1..).map(id).zip(requests).collect(),
            ..Records::default()
        }
    }

    #[test]
    fn each_request_finds_the_line_of_its_quantity() {
        let mut records = records(
            vec![request("reverb", 3), request("reverb#2", 1)],
            vec![
                line("studio-pro", "studio-pro", 3),
                line("reverb", "reverb", 1),
                line("reverb#2", "reverb", 3),
            ],
        );

        place(&mut records);
        let placed = records.clone();
        place(&mut records);

        assert_eq!(records, placed);
        assert_eq!(records.key_requests[&id(1)].slot, "reverb#2");
        assert_eq!(records.key_requests[&id(2)].slot, "reverb");
    }

    #[test]
    fn what_the_order_does_not_hold_stays_where_it_is() {
        let mut records = records(
            vec![request("reverb", 1), request("reverb#2", 2)],
            vec![line("reverb", "reverb", 5)],
        );

        place(&mut records);

        assert!(records.key_requests[&id(1)].order_id.is_some());
        assert_eq!(records.key_requests[&id(2)], request("reverb#2", 2));
    }
}
