//! The file's format: a header with version, count and checksum, then one record after the other. It is binary since
//! 200,000 records are read at the start of most commands.

use std::collections::HashMap;

use super::{Record, Stamp};
use crate::context::FileIdentity;

/// Another version of the format gets another line here.
const MAGIC: &[u8; 16] = b"keg file hashes1";
/// Magic, count and checksum.
const HEADER: usize = 32;
/// Bytes of a record beside its name.
const FIXED: usize = 4 + 5 * 8 + 4 + 32;

pub(super) fn encode(records: &HashMap<String, Record>) -> Vec<u8> {
    let names: usize = records.keys().map(String::len).sum();
    let mut bytes = Vec::with_capacity(HEADER + records.len() * FIXED + names);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&(records.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&[0; 8]);
    for (name, Record { stamp, digest, used }) in records {
        bytes.extend_from_slice(&u32::try_from(name.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&stamp.size.to_le_bytes());
        bytes.extend_from_slice(&stamp.modified.to_le_bytes());
        bytes.extend_from_slice(&stamp.identity.device.to_le_bytes());
        bytes.extend_from_slice(&stamp.identity.inode.to_le_bytes());
        bytes.extend_from_slice(&stamp.identity.changed.to_le_bytes());
        bytes.extend_from_slice(&used.to_le_bytes());
        bytes.extend_from_slice(digest);
        bytes.extend_from_slice(name.as_bytes());
    }
    let sum = checksum(&bytes[HEADER..]);
    bytes[24..HEADER].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// `None` if the bytes are not exactly what [`encode`] gives.
pub(super) fn decode(bytes: &[u8]) -> Option<HashMap<String, Record>> {
    let mut header = Reader(bytes.get(..HEADER)?);
    if header.take(MAGIC.len())? != MAGIC {
        return None;
    }
    let count = usize::try_from(header.number()?).ok()?;
    let body = bytes.get(HEADER..)?;
    if header.number()? != checksum(body) || count > body.len() / FIXED {
        return None;
    }
    let mut records = HashMap::with_capacity(count);
    let mut reader = Reader(body);
    for _ in 0..count {
        let length = reader.short()? as usize;
        let stamp = Stamp {
            size: reader.number()?,
            modified: reader.number()?.cast_signed(),
            identity: FileIdentity {
                device: reader.number()?,
                inode: reader.number()?,
                changed: reader.number()?.cast_signed(),
            },
        };
        let used = reader.short()?;
        let digest = reader.take(32)?.try_into().ok()?;
        let name = std::str::from_utf8(reader.take(length)?).ok()?;
        records.insert(name.to_owned(), Record { stamp, digest, used });
    }
    reader.0.is_empty().then_some(records)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn short(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
}

/// FNV-1a over words of eight bytes: it finds torn files, and costs less than reading them.
fn checksum(bytes: &[u8]) -> u64 {
    let mut words = bytes.chunks_exact(8);
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for word in &mut words {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        sum = (sum ^ word).wrapping_mul(0x0100_0000_01b3);
    }
    for byte in words.remainder() {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    sum ^ bytes.len() as u64
}
