//! The drift methods: one file each, registered in [`METHODS`].

mod anderson_darling;
mod chi_square;
mod classes;
mod contract;
mod cramer_von_mises;
mod energy;
mod epps_singleton;
mod fisher_exact;
mod g_test;
mod hellinger;
mod jensen_shannon;
mod kl;
mod ks;
mod l_infinity;
mod mann_whitney;
mod psi;
mod spread;
#[cfg(test)]
mod tests;
mod total_variation;
mod two_proportion_z;
mod wasserstein;
mod welch_t;

pub use contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold};

/// Every method, in the order in which people read about them. A new one is a file in this folder and a row here.
pub static METHODS: &[&dyn DriftMethod] = &[
    &kl::KullbackLeibler,
    &psi::PopulationStability,
    &jensen_shannon::JensenShannon,
    &hellinger::Hellinger,
    &total_variation::TotalVariation,
    &l_infinity::LInfinity,
    &wasserstein::Wasserstein,
    &energy::Energy,
    &ks::KolmogorovSmirnov,
    &cramer_von_mises::CramerVonMises,
    &anderson_darling::AndersonDarling,
    &epps_singleton::EppsSingleton,
    &mann_whitney::MannWhitney,
    &welch_t::WelchT,
    &chi_square::ChiSquare,
    &g_test::GTest,
    &fisher_exact::FisherExact,
    &two_proportion_z::TwoProportionZ,
];
