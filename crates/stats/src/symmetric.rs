//! Eigenvalues of small symmetric matrices.

/// A square matrix of four rows.
pub(crate) type Matrix4 = [[f64; 4]; 4];

/// Quadratic form `v' A+ v` with the pseudo-inverse of a symmetric positive semi-definite matrix, and the rank of A.
///
/// Directions whose eigenvalue is at most `1e-12` times the largest one count as rank lost.
pub(crate) fn pseudo_inverse_form(a: &Matrix4, v: &[f64; 4]) -> (f64, usize) {
    const RANK_TOLERANCE: f64 = 1e-12;
    let (values, vectors) = jacobi(*a);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let (mut form, mut rank) = (0.0, 0);
    for k in 0..4 {
        if values[k] > largest * RANK_TOLERANCE {
            let along: f64 = (0..4).map(|i| vectors[i][k] * v[i]).sum();
            form += along * along / values[k];
            rank += 1;
        }
    }
    (form, rank)
}

/// Eigenvalues and, as columns, eigenvectors by cyclic Jacobi rotations (Golub and Van Loan, algorithm 8.5.3).
fn jacobi(mut a: Matrix4) -> ([f64; 4], Matrix4) {
    /// Jacobi converges quadratically; a 4 x 4 matrix needs about six sweeps.
    const SWEEPS: usize = 30;
    let mut vectors = [[0.0; 4]; 4];
    (0..4).for_each(|i| vectors[i][i] = 1.0);
    for _ in 0..SWEEPS {
        for p in 0..3 {
            for q in p + 1..4 {
                if a[p][q] != 0.0 {
                    rotate(&mut a, &mut vectors, p, q);
                }
            }
        }
    }
    ([a[0][0], a[1][1], a[2][2], a[3][3]], vectors)
}

/// One rotation that makes `a[p][q]` zero. `p` and `q` are below 4.
fn rotate(a: &mut Matrix4, vectors: &mut Matrix4, p: usize, q: usize) {
    let tau = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let t = if tau >= 0.0 { 1.0 / (tau + tau.hypot(1.0)) } else { -1.0 / (-tau + tau.hypot(1.0)) };
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for row in a.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
    let (above, below) = (a[p], a[q]);
    for (k, (x, y)) in above.into_iter().zip(below).enumerate() {
        (a[p][k], a[q][k]) = (c * x - s * y, s * x + c * y);
    }
    for row in vectors.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_and_rank() {
        let a = [[4.0, 1.0, 0.0, 0.0], [1.0, 3.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]];
        let (form, rank) = pseudo_inverse_form(&a, &[1.0, 2.0, 3.0, 5.0]);
        // [1 2] inv([[4 1] [1 3]]) [1 2]' = 15 / 11, and 9 / 2
        assert!((form - (15.0 / 11.0 + 4.5)).abs() < 1e-13, "{form}");
        assert_eq!(rank, 3);
        assert_eq!(pseudo_inverse_form(&[[0.0; 4]; 4], &[1.0; 4]), (0.0, 0));
    }
}
