// SPDX-License-Identifier: BSD-2-Clause
//! Rust's libtest: tests in threads of their own, long names, a hand-over, a panic.
#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::thread;
    use std::time::Duration;

    static GIVEN: Mutex<Option<Box<[u8; 600]>>> = Mutex::new(None);

    fn leak(n: usize, bytes: usize) {
        for _ in 0..n {
            Box::leak(vec![1u8; bytes].into_boxed_slice());
        }
    }

    #[test]
    fn clean() {
        assert_eq!(vec![1u8; 1000].len(), 1000);
    }

    #[test]
    fn gives() {
        *GIVEN.lock().unwrap() = Some(Box::new([1; 600]));
    }

    #[test]
    #[ignore]
    fn is_ignored() {}

    #[test]
    fn leaks() {
        leak(3, 100);
    }

    #[test]
    fn leaks_with_a_long_name() {
        leak(1, 70);
    }

    #[test]
    fn leaks_with_a_long_name_too() {
        leak(1, 80);
    }

    #[test]
    #[should_panic]
    fn panics() {
        leak(1, 60);
        panic!("meant to");
    }

    #[test]
    fn takes() {
        for _ in 0..10000 {
            if GIVEN.lock().unwrap().take().is_some() {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("nothing was given");
    }

    #[test]
    fn thread_of_its_own() {
        let child = thread::Builder::new().name("child".to_string());

        child.spawn(|| leak(2, 50)).unwrap().join().unwrap();
    }
}
