//! Storefront kinds: each translates its wire format into facts.
