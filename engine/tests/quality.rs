//! What the qualities of AudioSep's network promise, at every rate that hosts use.

use earmark_engine::Latency;
use earmark_models::Selection;
use earmark_models::model::RANDOM;
use earmark_models::resunet::Quality;

#[test]
fn the_latency_of_each_quality_is_what_it_says() {
    let model = Selection::bundled().find(RANDOM).unwrap();
    for rate in [44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0] {
        let seconds = |quality| Latency::of(rate, &model.spec(quality).unwrap()).total() as f64 / rate;
        let (fast, balanced, best) = (
            seconds(Quality::Fast),
            seconds(Quality::Balanced),
            seconds(Quality::Best),
        );
        assert!(fast <= 1.0, "{rate} Hz: {fast}");
        assert!(fast < balanced && balanced <= 2.0, "{rate} Hz: {balanced}");
        assert!(balanced < best && best <= 4.5, "{rate} Hz: {best}");
    }
}
