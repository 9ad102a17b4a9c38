/// Makes the decisions that a simulation leaves open.
pub trait Chooser {
    /// A number below `options`, which is at least 1.
    fn choose(&mut self, options: usize) -> usize;

    /// Whether something happens now that happens so many times in a thousand. Whoever goes
    /// through all decisions takes both.
    fn happens(&mut self, _per_mille: u32) -> bool {
        self.choose(2) == 1
    }
}

/// Goes through all decisions in turn, one run after another.
///
/// ```
/// use segments_tests::model::{Chooser, Exhaustive};
///
/// let mut all = Exhaustive::default();
/// let mut runs = Vec::new();
/// loop {
///     let first = all.choose(2);
///     runs.push((first, if first == 0 { 0 } else { all.choose(2) }));
///     if !all.advance() {
///         break;
///     }
/// }
/// assert_eq!(runs, [(0, 0), (1, 0), (1, 1)]);
/// ```
#[derive(Debug, Default)]
pub struct Exhaustive {
    path: Vec<(usize, usize)>,
    at: usize,
}

impl Exhaustive {
    /// Prepares the next run; false when all have been made.
    pub fn advance(&mut self) -> bool {
        self.at = 0;
        while let Some((chosen, options)) = self.path.pop() {
            if chosen + 1 < options {
                self.path.push((chosen + 1, options));
                return true;
            }
        }
        false
    }
}

impl Chooser for Exhaustive {
    fn choose(&mut self, options: usize) -> usize {
        if self.at == self.path.len() {
            self.path.push((0, options));
        }
        let (chosen, known) = self.path[self.at];
        assert_eq!(known, options, "a run must be determined by its decisions");
        self.at += 1;
        chosen
    }
}

/// Decides by a seed.
#[derive(Debug, Clone)]
pub struct Seeded(u64);

impl Seeded {
    /// The decisions of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Chooser for Seeded {
    fn choose(&mut self, options: usize) -> usize {
        usize::try_from(self.number() % options as u64).expect("below a usize")
    }

    fn happens(&mut self, per_mille: u32) -> bool {
        self.number() % 1000 < u64::from(per_mille)
    }
}
