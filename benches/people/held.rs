//! A column in huge pages, where the system gives them: reading a million people by small pages spends a
//! tenth of the time on finding the pages.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Deref;

use bytemuck::{AnyBitPattern, NoUninit};
use memmap2::MmapMut;

/// A huge page.
const PAGE: usize = 2 << 20;

/// A column of a fixed length.
pub(crate) struct Held<T> {
    map: MmapMut,
    /// Where the first huge page begins.
    from: usize,
    bytes: usize,
    cells: PhantomData<T>,
}

impl<T: AnyBitPattern + NoUninit + Debug> Held<T> {
    /// Of so many cells, all zero until `fill` puts something there.
    pub(crate) fn new(len: usize, fill: impl FnOnce(&mut [T])) -> Held<T> {
        let bytes = len * size_of::<T>();
        let mut map = MmapMut::map_anon(bytes + PAGE).unwrap();
        // Without them it is slower, and nothing else.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        let from = map.as_ptr().align_offset(PAGE);
        fill(bytemuck::cast_slice_mut(&mut map[from..from + bytes]));
        Held { map, from, bytes, cells: PhantomData }
    }

    pub(crate) fn of(column: &[T]) -> Held<T> {
        Held::new(column.len(), |cells| cells.copy_from_slice(column))
    }
}

impl<T: AnyBitPattern + NoUninit> Deref for Held<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        bytemuck::cast_slice(&self.map[self.from..self.from + self.bytes])
    }
}
