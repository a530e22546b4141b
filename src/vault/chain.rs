//! Keyed hashes that chain records: whoever holds the database without the keys can neither alter a record nor make one up.

use crate::vault::tenant_keys::TenantKeys;

/// A link of a chain.
pub type ChainLink = [u8; 32];

impl TenantKeys {
    /// The link of a record: over the link before it and everything that the record says.
    pub fn chain_link(&self, before: &[u8], record: &[&[u8]]) -> ChainLink {
        self.chained("latchkey chain link", before, record)
    }

    /// The seal of a chain's end, without which a chain that was cut short would look whole.
    pub fn chain_seal(&self, number: i64, link: &[u8]) -> ChainLink {
        self.chained("latchkey chain end", link, &[&number.to_be_bytes()])
    }

    fn chained(&self, purpose: &str, before: &[u8], record: &[&[u8]]) -> ChainLink {
        let mut parts = vec![purpose.as_bytes(), before];
        parts.extend_from_slice(record);
        *self.index_key().derive(&parts).expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_depends_on_the_key_the_one_before_and_every_part() {
        let keys = TenantKeys::fixed(1);
        let link = keys.chain_link(b"before", &[b"a", b"b"]);

        for other in [
            TenantKeys::fixed(2).chain_link(b"before", &[b"a", b"b"]),
            keys.chain_link(b"", &[b"a", b"b"]),
            keys.chain_link(b"before", &[b"ab"]),
            keys.chain_link(b"before", &[b"a", b"c"]),
            keys.chain_seal(1, b"before"),
        ] {
            assert_ne!(link, other);
        }
        assert_eq!(link, keys.chain_link(b"before", &[b"a", b"b"]));
    }

    #[test]
    fn links_never_change() {
        assert_eq!(
            hex::encode(TenantKeys::fixed(1).chain_link(b"", &[b"a"])),
            "465cb214f311ec0b0e9ab447ebf38d0d3a70ead62b7d835456e249d8e57b9763"
        );
    }
}
