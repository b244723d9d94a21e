use crate::error::ProfileError;

/// Takes a payload apart. Nothing is reserved for a length that the remaining bytes could not hold.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

pub(super) type Result<T> = std::result::Result<T, ProfileError>;

/// The error for bytes that make no sense.
pub(super) fn damaged(what: &'static str) -> ProfileError {
    ProfileError::Damaged { what }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn raw(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| damaged("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| damaged("it ends too early"))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn f64(&mut self) -> Result<f64> {
        Ok(f64::from_bits(self.u64()?))
    }

    /// A number of items that each take at least `item_bytes` of what follows.
    pub(super) fn count(&mut self, item_bytes: usize) -> Result<usize> {
        let count = self.u32()? as usize;
        if count > self.rest.len() / item_bytes.max(1) {
            return Err(damaged("it promises more than it holds"));
        }
        Ok(count)
    }

    /// A length (u32), then as many bytes.
    pub(super) fn sized(&mut self) -> Result<&'a [u8]> {
        let length = self.u32()? as usize;
        self.raw(length)
    }

    pub(super) fn text(&mut self, length: usize) -> Result<&'a str> {
        std::str::from_utf8(self.raw(length)?).map_err(|_| damaged("a text is not UTF-8"))
    }

    pub(super) fn end(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(damaged("it goes on after its end")) }
    }
}
