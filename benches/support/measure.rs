//! Times contenders in turn, so that a busy machine slows all of them alike.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 31;
/// The time for which each contender works in a round.
const ROUND: Duration = Duration::from_millis(8);

/// Contenders that do the same work on the same bytes, the yardstick first.
pub struct Comparison<'a> {
    title: String,
    is_cpu_time: bool,
    contenders: Vec<Contender<'a>>,
}

struct Contender<'a> {
    name: &'a str,
    goal: Option<f64>,
    work: Box<dyn FnMut() -> usize + 'a>,
    repeats: u32,
    times: Vec<f64>,
}

impl<'a> Comparison<'a> {
    /// Creates a comparison whose yardstick is `work`.
    pub fn new(title: impl Into<String>, name: &'a str, work: impl FnMut() -> usize + 'a) -> Self {
        Self { title: title.into(), is_cpu_time: false, contenders: Vec::new() }.with(name, None, work)
    }

    /// Compares the CPU time of this thread, which leaves out waiting and whatever other threads do.
    pub fn cpu_time(self) -> Self {
        Self { is_cpu_time: true, ..self }
    }

    /// Adds a contender.
    pub fn than(self, name: &'a str, work: impl FnMut() -> usize + 'a) -> Self {
        self.with(name, None, work)
    }

    /// Adds a contender that should take at most `goal` times as long as the
    /// yardstick. Infinity stands for no goal.
    pub fn goal(self, name: &'a str, goal: f64, work: impl FnMut() -> usize + 'a) -> Self {
        self.with(name, Some(goal).filter(|goal| goal.is_finite()), work)
    }

    fn with(mut self, name: &'a str, goal: Option<f64>, work: impl FnMut() -> usize + 'a) -> Self {
        self.contenders.push(Contender { name, goal, work: Box::new(work), repeats: 1, times: Vec::new() });
        self
    }

    /// Runs all rounds. For each contender, prints the median of the ratios of
    /// its time to the yardstick's in the same round.
    pub fn run(mut self) {
        for contender in &mut self.contenders {
            let found = (contender.work)();
            assert!(found > 0, "{} does nothing", contender.name);
            // The first calls are slower, since connections are opened and threads wake.
            let once = (0..5).map(|_| contender.time(elapsed)).fold(f64::INFINITY, f64::min).max(1e-9);
            contender.repeats = (ROUND.as_secs_f64() / once).clamp(1.0, 1e7) as u32;
        }
        let clock = if self.is_cpu_time { thread_cpu_time } else { elapsed };
        // The system adds to some CPU times what it does for other threads.
        let rounds = if self.is_cpu_time { 3 * ROUNDS } else { ROUNDS };
        for round in 0..rounds {
            let count = self.contenders.len();
            for turn in 0..count {
                let contender = &mut self.contenders[(turn + round) % count];
                let time = contender.time(clock);
                contender.times.push(time);
            }
        }
        println!("\n{}", self.title);
        let yardstick = self.contenders[0].times.clone();
        for contender in &self.contenders {
            let mut ratios: Vec<f64> =
                contender.times.iter().zip(&yardstick).map(|(time, unit)| time / unit).collect();
            ratios.sort_by(f64::total_cmp);
            let ratio = ratios[ratios.len() / 2];
            let goal = match contender.goal {
                Some(goal) if ratio <= goal => format!("  (goal: at most {goal:.2})"),
                Some(goal) => format!("  (MISSES its goal: at most {goal:.2})"),
                None => String::new(),
            };
            println!("  {:<44} {ratio:>7.2} x{goal}", contender.name);
        }
    }
}

impl Contender<'_> {
    /// Returns the seconds that one call of the work takes.
    fn time(&mut self, clock: fn() -> Duration) -> f64 {
        let start = clock();
        for _ in 0..self.repeats {
            black_box((self.work)());
        }
        (clock() - start).as_secs_f64() / f64::from(self.repeats)
    }
}

fn elapsed() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

fn thread_cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("a time after the start of the thread")
}

/// Returns `true` if the section `name` should run: the arguments name it, or
/// they name none.
pub fn filtered(name: &str) -> bool {
    let mut names = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    names.peek().is_none() || names.any(|wanted| name.contains(&wanted))
}
