// SPDX-License-Identifier: BSD-2-Clause
// rust_allocators [clean]: memory from Rust's functions, with the allocator that tests/e2e/matrix.bats
// chooses: the system's, one that counts on top of it (--cfg counting), or one of the program's own
// that takes chunks from mmap (--cfg arena). Says the truth about itself as truth.h does.
#![no_main]

use std::alloc::{alloc, alloc_zeroed, dealloc, realloc, Layout};
use std::fmt::{self, Write};

#[cfg(any(counting, arena))]
mod own {
    use std::alloc::{GlobalAlloc, Layout};
    use std::sync::atomic::{AtomicUsize, Ordering};

    pub struct Own;

    #[global_allocator]
    static OWN: Own = Own;

    static COUNT: AtomicUsize = AtomicUsize::new(0);

    #[cfg(counting)]
    unsafe impl GlobalAlloc for Own {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            COUNT.fetch_add(1, Ordering::Relaxed);
            std::alloc::System.alloc(layout)
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            COUNT.fetch_sub(1, Ordering::Relaxed);
            std::alloc::System.dealloc(block, layout)
        }
    }

    #[cfg(arena)]
    extern "C" {
        fn mmap(at: usize, bytes: usize, prot: i32, flags: i32, fd: i32, offset: i64) -> usize;
    }

    // Never the same address twice; a chunk for each block of more than a chunk.
    #[cfg(arena)]
    unsafe impl GlobalAlloc for Own {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            const CHUNK_BYTES: usize = 256 * 1024;
            static END: AtomicUsize = AtomicUsize::new(0);
            let bytes = (layout.size() + 15) & !15;
            let mut at = COUNT.load(Ordering::Relaxed);

            at = (at + layout.align() - 1) & !(layout.align() - 1);
            if at + bytes > END.load(Ordering::Relaxed) {
                let chunk = CHUNK_BYTES.max(bytes);

                at = mmap(0, chunk, 3, 0x22, -1, 0);
                END.store(at + chunk, Ordering::Relaxed);
            }
            COUNT.store(at + bytes, Ordering::Relaxed);
            at as *mut u8
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }
}

extern "C" {
    fn getpid() -> i32;
    fn write(fd: i32, text: *const u8, bytes: usize) -> isize;
}

struct Truth {
    text: [u8; 4096],
    n: usize,
}

impl Write for Truth {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = self.text.get_mut(self.n..self.n + more.len()).ok_or(fmt::Error)?;

        room.copy_from_slice(more.as_bytes());
        self.n += more.len();
        Ok(())
    }
}

const SMALL: usize = 96;
const GROWN: usize = 5000;

fn layout(bytes: usize, align: usize) -> Layout {
    Layout::from_size_align(bytes, align).unwrap()
}

// The call that gives the block must not become a jump, which would hide the function.
fn hold(mut block: *mut usize) -> *mut usize {
    unsafe { std::arch::asm!("/* {0} */", inout(reg) block) };
    block
}

#[no_mangle]
#[inline(never)]
unsafe extern "C" fn leak_alloc() -> *mut usize {
    hold(alloc(layout(SMALL, 8)) as *mut usize)
}

#[no_mangle]
#[inline(never)]
unsafe extern "C" fn leak_zeroed() -> *mut usize {
    hold(alloc_zeroed(layout(SMALL, 8)) as *mut usize)
}

#[no_mangle]
#[inline(never)]
unsafe extern "C" fn leak_grown() -> *mut usize {
    hold(realloc(alloc(layout(16, 8)), layout(16, 8), GROWN) as *mut usize)
}

#[no_mangle]
#[inline(never)]
unsafe extern "C" fn leak_aligned() -> *mut usize {
    hold(alloc(layout(8192, 4096)) as *mut usize)
}

#[no_mangle]
#[inline(never)]
unsafe extern "C" fn leak_box() -> *mut usize {
    hold(Box::into_raw(Box::new([0usize; 12])) as *mut usize)
}

#[no_mangle]
#[inline(never)]
unsafe extern "C" fn leak_vec() -> *mut usize {
    hold(Box::leak(vec![1usize; 40].into_boxed_slice()).as_mut_ptr())
}

#[no_mangle]
#[inline(never)]
unsafe extern "C" fn release_all() {
    for _ in 0..100 {
        dealloc(leak_grown() as *mut u8, layout(GROWN, 8));
        drop(Box::from_raw(leak_box() as *mut [usize; 12]));
        dealloc(leak_zeroed() as *mut u8, layout(SMALL, 8));
    }
}

type Make = unsafe extern "C" fn() -> *mut usize;

static MAKERS: [(Make, &str, usize, usize); 6] = [
    (leak_alloc, "leak_alloc", SMALL, 8),
    (leak_zeroed, "leak_zeroed", SMALL, 8),
    (leak_grown, "leak_grown", GROWN, 8),
    (leak_aligned, "leak_aligned", 8192, 4096),
    (leak_box, "leak_box", SMALL, 8),
    (leak_vec, "leak_vec", 320, 8),
];

#[no_mangle]
pub static mut ROOTS: [usize; 6] = [0; 6];

#[inline(never)]
unsafe fn leave(i: usize, is_clean: bool, truth: &mut Truth) -> Result<(), fmt::Error> {
    let (make, name, bytes, align) = MAKERS[i];

    if is_clean {
        dealloc(make() as *mut u8, layout(bytes, align));
        return writeln!(truth, "absent {}", name);
    }
    ROOTS[i] = make() as usize;
    let lost = make();
    lost.write_volatile(make() as usize);
    for class in ["reachable", "lost", "indirect"] {
        writeln!(truth, "class {} site {} 1 {}", class, name, bytes)?;
    }
    Ok(())
}

#[no_mangle]
pub unsafe extern "C" fn main(argc: i32, _: *const *const u8) -> i32 {
    let mut truth = Truth { text: [0; 4096], n: 0 };
    let is_clean = argc > 1;

    release_all();
    writeln!(truth, "pid {}", getpid()).unwrap();
    for i in 0..MAKERS.len() {
        leave(i, is_clean, &mut truth).unwrap();
    }
    release_all();
    writeln!(truth, "absent release_all").unwrap();
    writeln!(truth, "sites {}", if is_clean { 0 } else { 3 * MAKERS.len() }).unwrap();
    write(1, truth.text.as_ptr(), truth.n) as i32 - truth.n as i32
}
