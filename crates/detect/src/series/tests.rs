use proptest::prelude::*;

use super::{SeriesDetector, SeriesReason, SeriesScore, SeriesSettings, Side};

/// Moments and values as they come, with everything that goes wrong.
type Coming = Vec<(Option<f64>, Option<f64>)>;

fn replay(coming: &[(Option<f64>, Option<f64>)]) -> Vec<SeriesScore> {
    let mut detector = SeriesDetector::new(SeriesSettings::default());
    coming.iter().map(|&(secs, value)| detector.update(secs, value)).collect()
}

/// A day at five-minute steps, loud by day, with a little noise that repeats every 997 values.
fn usual(index: u32) -> (Option<f64>, Option<f64>) {
    let day = f64::from(index % 288) / 288.0;
    let noise = f64::from(index * 7919 % 997) / 997.0;
    let value = 50.0 + 20.0 * (day * std::f64::consts::TAU).sin() + 2.0 * noise;
    (Some(1.4e9 + 300.0 * f64::from(index)), Some(value))
}

fn alarms(scores: &[SeriesScore]) -> Vec<(usize, SeriesReason)> {
    scores.iter().enumerate().filter_map(|(index, said)| Some((index, said.reason?))).collect()
}

fn coming() -> impl Strategy<Value = Coming> {
    let secs = prop_oneof![
        8 => (0_u32..4000).prop_map(|step| Some(1.4e9 + 300.0 * f64::from(step))),
        1 => Just(None),
        1 => any::<f64>().prop_map(Some),
    ];
    let value = prop_oneof![
        12 => (0_i32..50).prop_map(|value| Some(f64::from(value))),
        2 => Just(Some(7.0)),
        1 => Just(None),
        1 => any::<f64>().prop_map(Some),
    ];
    proptest::collection::vec((secs, value), 0..700)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_comes_scores_lie_between_0_and_1(coming in coming()) {
        for said in replay(&coming) {
            prop_assert!((0.0..=1.0).contains(&said.score), "{said:?}");
            prop_assert_eq!(said.is_alarm(), said.score >= 0.5);
            prop_assert!(said.expected.is_none_or(f64::is_finite));
        }
    }

    #[test]
    fn what_follows_changes_nothing(coming in coming(), cut in 0.0..1.0_f64, other in coming()) {
        let kept = (coming.len() as f64 * cut) as usize;
        let mut changed = coming[..kept].to_vec();
        changed.extend(other);
        let (first, second) = (replay(&coming), replay(&changed));
        prop_assert_eq!(&first[..kept], &second[..kept]);
    }

    #[test]
    fn it_goes_on_after_being_kept(coming in coming(), cut in 0.0..1.0_f64) {
        let kept = (coming.len() as f64 * cut) as usize;
        let mut detector = SeriesDetector::new(SeriesSettings::default());
        for &(secs, value) in &coming[..kept] {
            detector.update(secs, value);
        }
        let text = serde_json::to_string(&detector).unwrap();
        let mut restored: SeriesDetector = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&restored, &detector);
        for &(secs, value) in &coming[kept..] {
            prop_assert_eq!(restored.update(secs, value), detector.update(secs, value));
        }
    }

    #[test]
    fn the_unit_does_not_matter(octaves in -20_i32..20) {
        let unit = f64::from(octaves).exp2();
        let plain: Coming = (0..1500).map(usual).collect();
        let scaled: Coming = plain.iter().map(|&(secs, value)| (secs, value.map(|value| value * unit))).collect();
        for (a, b) in replay(&plain).iter().zip(replay(&scaled)) {
            prop_assert!((a.score - b.score).abs() < 1e-9);
        }
    }
}

#[test]
fn two_quiet_weeks_raise_next_to_nothing() {
    let coming: Coming = (0..4032).map(usual).collect();
    assert!(alarms(&replay(&coming)).len() <= 3, "{:?}", alarms(&replay(&coming)));
}

#[test]
fn a_spike_is_told_once_with_its_hour() {
    let mut coming: Coming = (0..4032).map(usual).collect();
    coming[3600].1 = Some(400.0);
    let scores = replay(&coming);
    let found: Vec<_> =
        alarms(&scores).into_iter().filter(|(index, _)| (3590..3660).contains(index)).collect();
    let [(3600, SeriesReason::Hour { side: Side::Above, .. } | SeriesReason::Level { side: Side::Above })] =
        found[..]
    else {
        panic!("{found:?}")
    };
    let expected = scores[3600].expected.unwrap();
    assert!((25.0..75.0).contains(&expected), "{expected}");
}

#[test]
fn a_lasting_shift_is_told_and_then_learned() {
    let mut coming: Coming = (0..4032).map(usual).collect();
    for (_, value) in &mut coming[3000..] {
        *value = value.map(|value| value + 100.0);
    }
    let found = alarms(&replay(&coming));
    let after: Vec<_> = found.iter().filter(|(index, _)| *index >= 3000).collect();
    assert!(after[0].0 < 3002, "{found:?}");
    assert!(after.len() <= 3, "{found:?}");
}

#[test]
fn a_value_that_stops_moving_is_told() {
    let mut coming: Coming = (0..4032).map(usual).collect();
    let stuck = coming[3000].1;
    coming[3000..3100].iter_mut().for_each(|(_, value)| *value = stuck);
    let found = alarms(&replay(&coming));
    let (_, reason) = found.iter().find(|(index, _)| (3000..3100).contains(index)).unwrap();
    assert!(reason.to_string().starts_with("no movement"), "{reason}");
}

#[test]
fn missing_values_are_told() {
    let mut coming: Coming = (0..2000).map(usual).collect();
    coming[1500..1550].iter_mut().for_each(|(_, value)| *value = None);
    let found = alarms(&replay(&coming));
    let (_, reason) = found.iter().find(|(index, _)| (1500..1550).contains(index)).unwrap();
    assert!(reason.to_string().contains("missing"), "{reason}");
}

#[test]
fn nothing_is_said_of_constants_or_while_learning() {
    let constant: Coming = (0..4000).map(|index| (Some(300.0 * f64::from(index)), Some(45.0))).collect();
    assert!(replay(&constant).iter().all(|said| said.score == 0.0));
    let mut early: Coming = (0..100).map(usual).collect();
    early[60].1 = Some(1e6);
    assert!(alarms(&replay(&early)).is_empty());
}

/// Kept so that a change of the scores is seen; made by this test, then looked at.
#[test]
fn scores_as_they_were() {
    let mut coming: Coming = (0..1500).map(usual).collect();
    coming[800].1 = Some(120.0);
    coming[1200].1 = Some(30.0);
    coming[1300..1310].iter_mut().for_each(|(_, value)| *value = None);
    let lines: Vec<String> = replay(&coming)
        .iter()
        .enumerate()
        .filter(|(index, _)| [200, 400, 800, 801, 1200, 1300, 1304, 1309, 1499].contains(index))
        .map(|(index, said)| {
            let reason = said.reason.map_or_else(String::new, |reason| format!(" {reason}"));
            format!("{index} {:.6} {:.3}{reason}", said.score, said.expected.unwrap_or(f64::NAN))
        })
        .collect();
    let kept = [
        "200 0.219968 33.327",
        "400 0.097884 55.050",
        "800 0.864366 31.036 far above the other values of this hour",
        "801 0.250000 43.745",
        "1200 0.697524 67.385 far below the other values of this hour",
        "1300 0.477571 52.621",
        "1304 0.250000 52.621",
        "1309 0.250000 52.621",
        "1499 0.178296 69.620",
    ];
    assert_eq!(lines, kept);
}
