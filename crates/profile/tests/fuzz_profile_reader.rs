//! Whatever bytes come in, reading a profile gives a profile or an error: no panic, no unbounded memory.
//!
//! As a plain test it runs a bounded number of inputs and prints the seed of one that fails
//! (`BOLERO_RANDOM_SEED` repeats it); `cargo bolero test` fuzzes without end.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use driftline_profile::{NumberBins, ProfileError, ProfileOptions, TableProfile};
use driftline_stats::hash::hash_bytes;
use support::{chunk, profile, rows};

const HEADER_BYTES: usize = 24;

/// Uses a profile in every way that detection does.
fn use_up(profile: &TableProfile) {
    let sample = profile.sample();
    let _ = (profile.duplicate_ratio(), sample.is_exact(), profile.rows());
    for (column, cells) in profile.columns().iter().zip(&sample.columns) {
        let _ = (column.kind(), column.distinct(), column.lengths(), column.statistics(cells));
        if let Some(bins) = NumberBins::from_reference(column, cells, 10) {
            let _ = column.bin_counts(&bins);
            assert!((0..bins.len()).all(|i| !bins.label(i).is_empty()));
        }
    }
    let again = profile.to_bytes();
    assert_eq!(TableProfile::from_bytes(&again).unwrap().to_bytes(), again);
}

/// Wraps a payload in a header that is right, so that fuzzing reaches what is behind the checksum.
fn wrapped(payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"DLPF\x01\x00\x01\x00".to_vec();
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(hash_bytes(payload).to_le_bytes());
    bytes.extend(payload);
    bytes
}

/// The payloads of real profiles, counted and summed.
fn payloads() -> Vec<Vec<u8>> {
    [(2_000, 20), (40, 65_536), (0, 100)]
        .map(|(count, exact_values)| {
            let options = ProfileOptions { sample_rows: 50, exact_values };
            let bytes = profile(&chunk(&rows(0..count), 0, 0), options, None).to_bytes();
            zstd::decode_all(&bytes[HEADER_BYTES..]).unwrap()
        })
        .to_vec()
}

#[test]
fn any_bytes() {
    bolero::check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        let _ = TableProfile::from_bytes(bytes);
        if let Ok(profile) = TableProfile::from_bytes(&wrapped(bytes)) {
            use_up(&profile);
        }
    });
}

#[test]
fn real_profiles_with_bytes_changed() {
    let payloads = payloads();
    payloads.iter().for_each(|payload| use_up(&TableProfile::from_bytes(&wrapped(payload)).unwrap()));
    let changes = bolero::check!().with_iterations(6_000).with_type::<(u8, Vec<(u32, u8)>, u16)>();
    changes.for_each(|(which, changes, cut)| {
        let mut payload = payloads[usize::from(*which) % payloads.len()].clone();
        for &(at, byte) in changes.iter().take(4) {
            // Most of a payload is sketches and samples; half of the changes go to what stands before them.
            let range = if at & 1 == 0 { payload.len() } else { payload.len().min(600) };
            payload[at as usize % range] = byte;
        }
        if cut % 8 == 0 {
            payload.truncate(usize::from(*cut) * 7 % payload.len());
        }
        if let Ok(profile) = TableProfile::from_bytes(&wrapped(&payload)) {
            use_up(&profile);
        }
    });
}

#[test]
fn every_cut_and_every_flipped_byte_of_a_file_is_noticed() {
    let options = ProfileOptions { sample_rows: 20, exact_values: 30 };
    let bytes = profile(&chunk(&rows(0..50), 0, 0), options, None).to_bytes();
    for length in 0..bytes.len() {
        assert!(TableProfile::from_bytes(&bytes[..length]).is_err(), "cut at {length}");
        let mut flipped = bytes.clone();
        flipped[length] ^= 0x10;
        assert!(TableProfile::from_bytes(&flipped).is_err(), "flipped at {length}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(TableProfile::from_bytes(&longer).is_err());
}

#[test]
fn errors_say_what_is_wrong() {
    let message = |bytes: &[u8]| TableProfile::from_bytes(bytes).unwrap_err().to_string();
    assert_eq!(message(b"a,b,c\n"), "this is not a profile: it does not start with `DLPF`");
    assert_eq!(message(b"DLPF"), "the profile is damaged: it ends within its header");
    let future = [b"DLPF\x09\x00".as_slice(), &[0; 18]].concat();
    assert!(matches!(TableProfile::from_bytes(&future), Err(ProfileError::Version { found: 9, known: 1 })));
    let mut huge = wrapped(b"");
    huge[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(message(&huge), "the profile is damaged: its header makes no sense");
}

#[test]
fn a_bomb_is_stopped_at_the_length_it_admits() {
    let zeros = vec![0; 64 << 20];
    let compressed = zstd::bulk::compress(&zeros, 1).unwrap();
    let mut bytes = b"DLPF\x01\x00\x00\x00".to_vec();
    bytes.extend(1_000_u64.to_le_bytes());
    bytes.extend(hash_bytes(&compressed).to_le_bytes());
    bytes.extend(&compressed);
    assert!(TableProfile::from_bytes(&bytes).is_err());
}
