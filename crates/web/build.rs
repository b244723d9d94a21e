//! Builds the crate anew when the dashboard was built anew. Builds nothing itself and fetches nothing.

fn main() {
    println!("cargo:rerun-if-changed=../../web/dist");
}
