//! Offline, the same audio in blocks of any size gives the same bits.

use earmark_tests::render::{Blocks, play};
use earmark_tests::{Audio, Automation, HostError, Scene, Setup};

/// Renders the start of the example with the slot turned off and on again and the mode changed on the way, at frames that
/// fall inside blocks of every size.
fn render(blocks: Blocks) -> Result<Audio, HostError> {
    let setup = Setup {
        block: blocks.largest(),
        ..Setup::default()
    };
    let scene = Scene::new(setup.rate, setup.channels)?;
    let mut plugin = setup.ready()?;
    let (slot, mode) = (plugin.param("Query slot")?, plugin.param("Mode")?);
    let remove = plugin.value_of_text(&mode, "Remove")?;
    let changes = [
        Automation {
            frame: 30_011,
            param: slot.id,
            value: 0.0,
        },
        Automation {
            frame: 60_023,
            param: slot.id,
            value: 1.0,
        },
        Automation {
            frame: 90_037,
            param: mode.id,
            value: remove,
        },
    ];
    play(&mut plugin, &scene.mixture.slice(0..144_000), blocks, &changes)
}

#[test]
fn blocks_of_any_size_give_the_same_bits() -> Result<(), HostError> {
    let reference = render(Blocks::Of(512))?;
    assert!(reference.peak() > 0.01, "the render is silent");
    for blocks in [
        Blocks::Of(1),
        Blocks::Of(17),
        Blocks::Of(64),
        Blocks::Of(1_024),
        Blocks::Of(4_096),
        Blocks::Random {
            largest: 2_048,
            seed: 7,
        },
    ] {
        let output = render(blocks)?;
        for (channel, (is, should)) in output.channels.iter().zip(&reference.channels).enumerate() {
            let differs = is
                .iter()
                .zip(should)
                .position(|(is, should)| is.to_bits() != should.to_bits());
            assert_eq!(
                differs, None,
                "{blocks:?}: channel {channel} differs from blocks of 512 at this frame"
            );
        }
    }
    Ok(())
}
