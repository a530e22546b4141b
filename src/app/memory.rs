//! How the memory of this process lies in pages.

/// Has the kernel give this process memory in pages of 4 KiB, not of 2 MiB.
///
/// The allocator (mimalloc 0.1.52) asks for pages of 2 MiB where the kernel grants them on request. Each thread has a heap of
/// its own, so that some KiB in use keep a whole page: with 200 requests at once the process had more than twice the memory.
pub fn use_small_pages() {
    // A kernel that refuses gives huge pages as before: they cost memory, nothing else.
    #[cfg(target_os = "linux")]
    rustix::thread::disable_transparent_huge_pages(true).unwrap_or_default();
}
