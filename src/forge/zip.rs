//! ZIP archives part by part, so that each can say something else than it should.

use super::ForgeError;
use crate::format::zip::Method;
use crate::format::zip::write::{Header, end};

/// An entry: its two headers, its data and what lies around them.
#[derive(Clone, Debug)]
pub struct Part {
    /// Octets before its local header.
    pub before: Vec<u8>,
    /// Its local header.
    pub local: Header,
    /// Its data, as packed.
    pub data: Vec<u8>,
    /// Its data descriptor.
    pub descriptor: Vec<u8>,
    /// Its record in the central directory; `None`: it has none.
    pub central: Option<Header>,
    /// External attributes.
    pub attributes: u32,
    /// Where its local header is said to be; `None`: where it is.
    pub offset: Option<u32>,
}

impl Part {
    /// A file as it should be.
    ///
    /// # Errors
    /// [`ForgeError::Zip`].
    pub fn new(name: &str, bytes: &[u8], method: Method) -> Result<Self, ForgeError> {
        let made = Header::of(name, bytes, method);
        let (header, data) = made.map_err(|e| ForgeError::Zip(e.to_string()))?;
        Ok(Self {
            before: Vec::new(),
            local: header.clone(),
            data,
            descriptor: Vec::new(),
            central: Some(header),
            attributes: 0,
            offset: None,
        })
    }

    /// Changes both headers alike.
    #[must_use]
    pub fn with(mut self, change: impl Fn(&mut Header)) -> Self {
        change(&mut self.local);
        self.central.iter_mut().for_each(change);
        self
    }

    /// CRC and sizes in a data descriptor, and zeros in the local header.
    #[must_use]
    pub fn described(mut self, signature: bool) -> Self {
        let header = self.local.clone();
        let fields = [header.crc, header.packed, header.size];
        self.descriptor = if signature {
            b"PK\x07\x08".to_vec()
        } else {
            Vec::new()
        };
        self.descriptor
            .extend(fields.iter().flat_map(|f| f.to_le_bytes()));
        self = self.with(|header| header.flags |= 8);
        (self.local.crc, self.local.packed, self.local.size) = (0, 0, 0);
        self
    }
}

/// An archive in parts.
#[derive(Clone, Default, Debug)]
pub struct Zip {
    /// The entries.
    pub parts: Vec<Part>,
    /// Octets before the central directory.
    pub before: Vec<u8>,
    /// Octets behind it.
    pub behind: Vec<u8>,
    /// The comment of the end record.
    pub comment: Vec<u8>,
    /// How many entries the end record tells; `None`: as many as there are.
    pub entries: Option<u16>,
}

impl Zip {
    /// Files as they should be, in their order.
    ///
    /// # Errors
    /// [`ForgeError::Zip`].
    pub fn of(files: &[(&str, &[u8])]) -> Result<Self, ForgeError> {
        let part = |(name, bytes): &(&str, &[u8])| {
            // EN 319 162-1 A.1: the media type is to be read without unpacking.
            let method = if *name == "mimetype" {
                Method::Stored
            } else {
                Method::Deflated
            };
            Part::new(name, bytes, method)
        };
        Ok(Self {
            parts: files.iter().map(part).collect::<Result<_, _>>()?,
            ..Self::default()
        })
    }

    /// The archive.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let (mut out, mut directory, mut entries) = (Vec::new(), Vec::new(), 0u16);
        for part in &self.parts {
            out.extend_from_slice(&part.before);
            let offset = part.offset.unwrap_or_else(|| narrow(out.len()));
            out.extend_from_slice(&part.local.local());
            out.extend_from_slice(&part.data);
            out.extend_from_slice(&part.descriptor);
            if let Some(central) = &part.central {
                directory.extend(central.central(part.attributes, offset));
                entries = entries.saturating_add(1);
            }
        }
        out.extend_from_slice(&self.before);
        let place = (narrow(directory.len()), narrow(out.len()));
        out.extend(directory);
        out.extend_from_slice(&self.behind);
        let entries = self.entries.unwrap_or(entries);
        out.extend(end(entries, place, &self.comment));
        out
    }
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
