//! What is put in: each secret begins with the same word, and so does each piece of what is somebody's own.
//!
//! Both words are of letters alone, which stay as they are in JSON, HTML and URLs, and are longer than what a masked
//! secret may show of its beginning.

/// What begins so is told nowhere.
pub const SECRET: &str = "kanarie";
/// What begins so is told to nobody but its vendor.
pub const OWN: &str = "spatzen";

pub const MAIL_PASSWORD: &str = "kanarie-of-the-mail-server";
pub const ACCESS_TOKEN: &str = "kanarie-access-token/+1";
pub const WEBHOOK_SECRET: &str = "kanarie \"webhook\" secret/+2";
pub const OLDER_WEBHOOK_SECRET: &str = "kanarie of yesterday";
pub const STORE_KEY: &str = "kanarie-private-key-of-the-store";
pub const PRODUCT_KEY: &str = "kanarie-private-key-of-a-product";
/// A license key that the shop's own generator gave.
pub const GENERATED_KEY: &str = "KANARIE-KEY-OF-A-GENERATOR-3G";
/// Members of a store beside these.
pub const SHOP_API: [(&str, &str); 2] = [
    ("api_username", "kanarie-shop-api-user"),
    ("api_password", "kanarie \\shop-api& password"),
];
/// What people type into the fields of these names, on whichever page.
pub const TYPED: [(&str, &str); 5] = [
    ("password", PASSWORD),
    ("webhook_secret", "kanarie typed as a secret"),
    ("fulfillment_key", "kanarie typed as a key"),
    ("access_token", "kanarie-typed-as-a-token"),
    ("api_password", "kanarie typed for the shop"),
];
pub const PASSWORD: &str = "kanarie typed as a password";
/// What strangers try, and nothing here knows.
pub const NOBODYS_TOKEN: &str = "kanarie-nobodys-token";
pub const NOBODYS_HOOK: &str = "kanarie-nobodys-hook";
pub const NOBODYS_SIGNATURE: &str = "kanarie-nobodys-signature";
pub const NOBODYS_LINK: &str = "kanarie-nobodys-link";
pub const NOBODYS_COOKIE: &str = "kanarie-nobodys-cookie";

/// Of whoever buys something.
pub const BUYER: [(&str, &str); 5] = [
    ("first", "spatzenfirst"),
    ("last", "spatzen \"last\" ä"),
    ("email", BUYERS_ADDRESS),
    ("company", "spatzen & company"),
    ("phone", "spatzen-phone-0049"),
];
pub const BUYERS_ADDRESS: &str = "spatzen.buyer@example.com";
pub const HOME: [(&str, &str); 2] = [
    ("address line 1", "spatzengasse <1>"),
    ("postal code", "spatzen-04109"),
];
pub const BUYERS_REFERENCE: &str = "spatzen-reference-of-the-buyer";
pub const TAG: &str = "spatzen-tag-of-the-order";
