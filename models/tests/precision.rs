//! The ResUNet with deep layers in bfloat16, imitated where the processor has no instructions for it, against single
//! precision.

mod common;

use std::sync::Arc;

use common::resunet::{condition, micro, tiny};
use common::{Fixture, relative_error};
use earmark_kernels::{Format, Isa, Threads};
use earmark_models::resunet::{Deviation, Precision, ResUNetConfig, StreamingNet};
use earmark_models::{metrics, procedural};

fn net(config: ResUNetConfig, isa: Isa, precision: Precision) -> Arc<StreamingNet> {
    Arc::new(procedural::streaming(config, isa, precision, Threads::shared()).unwrap())
}

#[test]
fn the_full_network_loses_less_than_a_hundredth_to_bfloat16() {
    let exact = net(ResUNetConfig::audiosep(), Isa::best(), Precision::Fp32);
    let rounded = net(ResUNetConfig::audiosep(), Isa::best(), Precision::Bf16);
    assert_eq!((exact.format(), rounded.format()), (Format::Fp32, Format::Bf16));
    let mib = |net: &StreamingNet| net.bytes() >> 20;
    println!("weights: {} and {} MiB", mib(&exact), mib(&rounded));
    assert!(
        2 * rounded.bytes() < exact.bytes() + exact.bytes() / 4,
        "most weights rest in 16 bits"
    );

    let deviation = rounded.deviation(&exact).unwrap();
    println!("{deviation:?}");
    assert!(deviation.is_small(), "{deviation:?}");
    assert!(
        deviation.mask_error > 1e-4,
        "rounding must be seen: {deviation:?}"
    );

    let near = net(ResUNetConfig::audiosep(), Isa::best(), Precision::Bf16x3);
    let of_near = near.deviation(&exact).unwrap();
    println!("three products: {of_near:?}");
    assert!(of_near.is_small() && of_near.mask_error < 2e-4, "{of_near:?}");

    let io = Fixture::read("full_io");
    let separate = |net: &Arc<StreamingNet>| net.separate(&io.floats("wave_in"), &condition(&io)).unwrap();
    let (exact, rounded) = (separate(&exact), separate(&rounded));
    let sdr = metrics::sdr(&exact, &rounded);
    println!("the golden sound: {sdr:.1} dB");
    assert!(sdr > 40.0, "{sdr:.1} dB");
}

#[test]
fn every_instruction_set_rounds_as_its_twin() {
    let (state, io) = (Fixture::read("tiny_state"), Fixture::read("tiny_io"));
    let weights = candle_nn::VarBuilder::from_slice_safetensors(
        &state.bytes,
        candle_core::DType::F32,
        &candle_core::Device::Cpu,
    )
    .unwrap();
    let separate = |isa, precision| {
        let threads = Arc::new(Threads::new(1));
        let net = Arc::new(StreamingNet::load(tiny(), &weights, isa, precision, threads).unwrap());
        net.separate(&io.floats("wave_in"), &condition(&io)).unwrap()
    };
    let exact = separate(Isa::Scalar, Precision::Fp32);
    for (precision, expected) in [(Precision::Bf16, 1e-5..2e-2), (Precision::Bf16x3, 1e-7..1e-4)] {
        // With tiles the outer layers are rounded, too, and convolutions direct.
        for (twin, tiles) in [(Isa::Scalar, false), (Isa::Tiles, true)] {
            let of_twin = separate(twin, precision);
            let rounding = relative_error(&of_twin, &exact);
            println!("{precision:?}, {twin}: {rounding:.2e} of rounding");
            assert!(expected.contains(&rounding), "{rounding:.2e}");
            for isa in Isa::available().filter(|isa| *isa != twin && isa.has_tiles() == tiles) {
                let given = separate(isa, precision);
                let error = relative_error(&given, &of_twin);
                println!("{isa}: {error:.2e}");
                // Where a value lies between two of bfloat16, its last bit in single precision decides.
                assert!(error < rounding, "{isa}: {error:.2e}");
                assert!(
                    isa != Isa::Wide || given == of_twin,
                    "the same sums, in wider vectors"
                );
            }
        }
    }
}

#[test]
fn precision_is_chosen_by_instructions_and_by_what_is_lost() {
    for isa in Isa::available() {
        let of = |precision| net(micro(), isa, precision);
        let lost = of(Precision::Bf16).deviation(&of(Precision::Fp32)).unwrap();
        // Where it is left to be asked, the processor is quicker with bfloat16.
        let expected = match Precision::Auto.on(isa) == Precision::Auto && lost.is_small() {
            true => Format::Bf16,
            false => Format::Fp32,
        };
        assert_eq!(of(Precision::Auto).format(), expected, "{isa}: {lost:?}");
    }
    let same = net(micro(), Isa::best(), Precision::Fp32);
    let none = same.deviation(&same).unwrap();
    assert!(none.mask_error == 0.0 && none.sdr == f64::INFINITY && none.is_small());
    for (mask_error, sdr) in [(0.011, 50.0), (0.005, 39.0), (f64::NAN, f64::NAN)] {
        assert!(!Deviation { mask_error, sdr }.is_small());
    }
}
