/// Turns the raw scores of a method into evidence, so that methods can be compared and averaged: minus the
/// natural logarithm of the share of the learnt rows that score at least as high (ties count half).
///
/// Between learnt scores the evidence is interpolated linearly. Above the highest it goes on rising as an
/// exponential tail would whose mean excess is that of the highest tenth (the rule of thumb for a tail
/// that is neither bounded nor heavy: Pickands 1975, shape zero). One binary search a score.
#[derive(Debug, Clone, Default)]
pub(super) struct TailScale {
    scores: Vec<f64>,
    evidence: Vec<f64>,
    slope: f64,
}

/// Share of the highest scores whose mean excess gives the slope of the tail.
const TAIL_SHARE: f64 = 0.1;

impl TailScale {
    /// Learns from the scores of the rows that a method was fitted to; those that are not finite are left out.
    pub(super) fn fit(mut scores: Vec<f64>) -> Self {
        scores.retain(|score| score.is_finite());
        scores.sort_unstable_by(f64::total_cmp);
        let Some(&highest) = scores.last() else { return Self::default() };
        let total = scores.len() as f64;
        let start = ((1.0 - TAIL_SHARE) * total) as usize;
        let tail = scores.get(start..).unwrap_or_default();
        let base = tail.first().copied().unwrap_or(highest);
        let excess = tail.iter().map(|score| score - base).sum::<f64>() / tail.len().max(1) as f64;
        let slope = if excess > 0.0 { 1.0 / excess } else { 0.0 };

        let mut scale = Self { scores: Vec::new(), evidence: Vec::new(), slope };
        let mut below = 0;
        for ties in scores.chunk_by(|a, b| a == b) {
            let above = scores.len() - below - ties.len();
            let share = (above as f64 + 0.5 * ties.len() as f64) / total;
            scale.scores.push(ties.first().copied().unwrap_or_default());
            scale.evidence.push(-share.ln());
            below += ties.len();
        }
        scale
    }

    /// The evidence of a raw score, 0 or more; 0 where nothing was learnt.
    pub(super) fn evidence(&self, score: f64) -> f64 {
        let place = self.scores.partition_point(|&learnt| learnt <= score);
        let (Some(&first), Some(&last)) = (self.scores.first(), self.scores.last()) else { return 0.0 };
        let at = |index: usize| self.evidence.get(index).copied().unwrap_or_default();
        if score < first || score.is_nan() {
            return 0.0;
        }
        let Some(&next) = self.scores.get(place) else {
            return at(place - 1) + (score - last) * self.slope;
        };
        let before = self.scores.get(place - 1).copied().unwrap_or(first);
        let part = (score - before) / (next - before);
        at(place - 1) + part * (at(place) - at(place - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_the_share_that_scores_as_high() {
        let scale = TailScale::fit((0..100).map(f64::from).collect());
        assert!((scale.evidence(49.0) - -(0.505_f64).ln()).abs() < 1e-12);
        assert!((scale.evidence(99.0) - -(0.005_f64).ln()).abs() < 1e-12);
        // The highest tenth, 90 to 99, exceeds 90 by 4.5 on average.
        assert!((scale.evidence(108.0) - (-(0.005_f64).ln() + 2.0)).abs() < 1e-12);
        assert_eq!(scale.evidence(-1.0), 0.0);
        let rising: Vec<f64> = (0..300).map(|i| scale.evidence(f64::from(i) * 0.5)).collect();
        assert!(rising.is_sorted());
    }

    #[test]
    fn nothing_learnt_and_ties_give_plain_numbers() {
        assert_eq!(TailScale::fit(vec![]).evidence(1.0), 0.0);
        assert_eq!(TailScale::fit(vec![f64::NAN]).evidence(1.0), 0.0);
        let constant = TailScale::fit(vec![2.0; 10]);
        assert!((constant.evidence(2.0) - 2.0_f64.ln()).abs() < 1e-12);
        assert!((constant.evidence(3.0) - 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!(constant.evidence(f64::NAN), 0.0);
    }
}
