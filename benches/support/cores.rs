//! The cores on which threads run.

/// A core to which a thread is bound.
#[derive(Clone, Copy)]
pub enum Core {
    /// That of the thread which is measured. Whoever waits for it, and it for them, belongs here as well: to wake a
    /// thread on another core costs more than many a request.
    Measured,
    /// That of the callers and servers which work at the same time.
    Peers,
}

impl Core {
    /// Binds this thread to the core, and with it the threads and processes that it starts from now on.
    ///
    /// Otherwise the system decides anew in each run which threads share a core. Where there is a single core, and on
    /// other systems than Linux, this changes nothing.
    pub fn bind(self) {
        #[cfg(target_os = "linux")]
        linux::bind(self);
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::LazyLock;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    use super::Core;

    /// The cores on which this process may run.
    static CORES: LazyLock<Vec<usize>> = LazyLock::new(|| {
        let allowed = sched_getaffinity(None).expect("the cores");
        (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect()
    });

    pub(super) fn bind(core: Core) {
        let core = match core {
            Core::Measured => CORES.first(),
            Core::Peers => CORES.last(),
        };
        let mut set = CpuSet::new();
        set.set(*core.expect("a core"));
        sched_setaffinity(None, &set).expect("a core that is allowed");
    }
}
