use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};

/// Rows without a value. There are few of them as a rule, so they are listed and become a bitmap at the end.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    nulls: Vec<u32>,
    failures: Vec<u32>,
}

impl Gaps {
    /// Row `row` holds no value. Rows come in order.
    pub(crate) fn null(&mut self, row: usize) {
        self.nulls.push(row as u32);
    }

    /// Row `row` holds something that does not fit.
    pub(crate) fn failure(&mut self, row: usize) {
        self.nulls.push(row as u32);
        self.failures.push(row as u32);
    }

    /// The validity bitmap of `len` rows, where one is needed, and the rows that failed.
    pub(crate) fn finish(self, len: usize) -> (Option<NullBuffer>, Vec<u32>) {
        if self.nulls.is_empty() {
            return (None, self.failures);
        }
        let mut bits = vec![u8::MAX; len.div_ceil(8)];
        for row in &self.nulls {
            if let Some(byte) = bits.get_mut(*row as usize / 8) {
                *byte &= !(1 << (row % 8));
            }
        }
        let valid = BooleanBuffer::new(Buffer::from_vec(bits), 0, len);
        (Some(NullBuffer::new(valid)), self.failures)
    }
}
