//! Keys of the shop's own generator: where a vendor says that they are the licenses' keys, none is made beside them.

use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::wanted::Wanted;
use crate::domain::fact::Fact;
use crate::domain::mapping::KeyGiver;
use crate::domain::plan::{Need, ShopKey, ShopKeyFound};
use crate::domain::reason::{Reason, ReasonCode};

/// What follows for a license that is not there yet.
pub enum KeyVerdict {
    /// The shop gave no key for it: it is made.
    Make,
    /// Its license is being looked up, or was adopted.
    Leave,
    /// Its license cannot be adopted, and a second one must not be made.
    Park(Reason),
}

/// Whether the license of a unit is one that somebody else made, whose key the receipt shows.
pub fn judge(
    draft: &mut Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
    unit: u32,
) -> KeyVerdict {
    let Some(key) = key(draft, wanted, attributes, unit) else {
        return KeyVerdict::Make;
    };
    let why = match draft.question.known.shop_keys.get(&key) {
        None => {
            draft.needs.insert(Need::LicenseOfShopKey(key));
            return KeyVerdict::Leave;
        }
        Some(ShopKeyFound::Adopted) => return KeyVerdict::Leave,
        Some(ShopKeyFound::TooFew) => "it gave fewer keys than were bought",
        Some(ShopKeyFound::Unknown) => "{service} has no license of that key",
        Some(ShopKeyFound::OtherProduct) => "the license of that key is of another product",
        Some(ShopKeyFound::Taken) => "the license of that key belongs to another purchase",
    };
    let reason = Reason::new(ReasonCode::ShopKeyNotAdopted)
        .with("product", &wanted.product_path)
        .with("why", draft.question.rules.kind.named_in(why));
    KeyVerdict::Park(reason)
}

/// The place of the key, where the vendor said so and the order at hand carries keys that were not asked for here.
fn key(
    draft: &Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
    unit: u32,
) -> Option<ShopKey> {
    let question = draft.question;
    let mapping = question.rules.mappings.get(&wanted.product_path)?;
    let Fact::OrderCompleted(order) = question.fact else {
        return None;
    };
    let mut lines = draft.order(&order.id)?.lines.iter();
    let line = lines.position(|line| line.root == wanted.root && line.slot == wanted.slot)?;
    let has_keys = order.lines.get(line).is_some_and(|line| {
        line.product.path == wanted.product_path && !line.delivered_keys.is_empty()
    });
    let mut requests = question.records.key_requests.values();
    let was_asked = requests.any(|asked| asked.root == wanted.root && asked.slot == wanted.slot);
    let is_shops = mapping.key_delivery == Some(KeyGiver::Shop) && has_keys && !was_asked;
    is_shops.then(|| ShopKey {
        root: wanted.root.clone(),
        slot: wanted.slot.clone(),
        unit,
        line,
        product_path: wanted.product_path.clone(),
        license_product_id: attributes.license_product_id.clone().unwrap_or_default(),
    })
}
