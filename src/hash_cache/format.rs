//! The file's format: a header with version, count and checksum, then one record after the other. It is binary since
//! 200,000 records are read at the start of most commands, and records are read where they lie.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

use super::{Record, Stamp};
use crate::context::FileIdentity;

/// Another version of the format gets another line here.
const MAGIC: &[u8; 16] = b"keg file hashes1";
/// Magic, count and checksum.
const HEADER: usize = 32;
/// Bytes of a record beside its name.
const FIXED: usize = 4 + 5 * 8 + 4 + 32;

/// The records of a file.
#[derive(Debug, Default)]
pub(super) struct Table {
    bytes: Vec<u8>,
    /// Where the record of a name begins, by the hash of the name.
    places: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
}

/// Keys that are hashes already.
#[derive(Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(name.as_bytes());
    hasher.finish()
}

impl Table {
    /// `None` if the bytes are not exactly what [`encode`] gives.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        let mut header = Reader(bytes.get(..HEADER)?);
        if header.take(MAGIC.len())? != MAGIC {
            return None;
        }
        let count = usize::try_from(header.number()?).ok()?;
        let body = bytes.get(HEADER..)?;
        if header.number()? != checksum(body) || count > body.len() / FIXED {
            return None;
        }
        let mut places = HashMap::with_capacity_and_hasher(count, BuildHasherDefault::default());
        let mut reader = Reader(body);
        for _ in 0..count {
            let place = bytes.len() - reader.0.len();
            let (name, _) = reader.record()?;
            places.insert(hash(name), u32::try_from(place).ok()?);
        }
        reader.0.is_empty().then_some(())?;
        Some(Self { bytes, places })
    }

    /// The record of this name.
    pub(super) fn get(&self, name: &str) -> Option<Record> {
        let place = *self.places.get(&hash(name))?;
        let (found, record) = Reader(self.bytes.get(place as usize..)?).record()?;
        // Two names of one hash: the second is read anew each time.
        (found == name).then_some(record)
    }

    /// Names and records.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Record)> {
        self.places.values().filter_map(|place| Reader(self.bytes.get(*place as usize..)?).record())
    }
}

pub(super) fn encode<'a>(records: impl Iterator<Item = (&'a str, Record)>) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    let mut count = 0_u64;
    for (name, Record { stamp, digest, used }) in records {
        count += 1;
        bytes.extend_from_slice(&u32::try_from(name.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&stamp.size.to_le_bytes());
        bytes.extend_from_slice(&stamp.modified.to_le_bytes());
        bytes.extend_from_slice(&stamp.identity.device.to_le_bytes());
        bytes.extend_from_slice(&stamp.identity.inode.to_le_bytes());
        bytes.extend_from_slice(&stamp.identity.changed.to_le_bytes());
        bytes.extend_from_slice(&used.to_le_bytes());
        bytes.extend_from_slice(&digest);
        bytes.extend_from_slice(name.as_bytes());
    }
    let sum = checksum(&bytes[HEADER..]);
    bytes[..16].copy_from_slice(MAGIC);
    bytes[16..24].copy_from_slice(&count.to_le_bytes());
    bytes[24..HEADER].copy_from_slice(&sum.to_le_bytes());
    bytes
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

    fn record(&mut self) -> Option<(&'a str, Record)> {
        let length = self.short()? as usize;
        let stamp = Stamp {
            size: self.number()?,
            modified: self.number()?.cast_signed(),
            identity: FileIdentity {
                device: self.number()?,
                inode: self.number()?,
                changed: self.number()?.cast_signed(),
            },
        };
        let used = self.short()?;
        let digest = self.take(32)?.try_into().ok()?;
        let name = std::str::from_utf8(self.take(length)?).ok()?;
        Some((name, Record { stamp, digest, used }))
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
