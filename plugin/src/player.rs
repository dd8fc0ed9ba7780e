//! The audio thread's part of an instance: what `process` has, and all that it has.
//!
//! The parameters' values come in with each call; of the session there is the [`AudioView`], of the engine the [`Relay`], of the host
//! around us what it announces and the one number that it reads. No lock and no session can be reached from here.

use std::sync::Arc;
use std::time::Duration;

use earmark_engine::{EngineConfig, Heard, Relay, WaitPolicy};
use earmark_formats::OutputValue;
use nice_plug::prelude::ProcessStatus;

use crate::controls::{ChangeList, Controls};
use crate::parts::{pass_through, split};
use crate::session::AudioView;
use crate::tail::Tail;

/// How long an offline render waits for the model before it goes on without.
const OFFLINE_PATIENCE: Duration = Duration::from_secs(60);
/// The same where a person has the host wait for every block, and may be listening.
const ALWAYS_PATIENCE: Duration = Duration::from_secs(2);

/// What is done with the sound.
#[derive(Default)]
pub(crate) enum Sound {
    /// The host has not activated.
    #[default]
    Nothing,
    /// The host's rate is none that the engine has: what comes in goes out.
    PassesThrough,
    /// It goes through an engine.
    Plays(Box<Player>),
}

/// What exists between `activate` and the next one with another configuration.
pub(crate) struct Player {
    audio: Arc<AudioView>,
    engine: Relay,
    config: EngineConfig,
    /// How present the queried sound is in what is heard, for the host.
    presence: OutputValue,
    tail: Tail,
    /// Whether the tail is told of for ever.
    tells_tail: bool,
    /// No sample has been processed since the last reset.
    fresh: bool,
    /// The model did not come in its time since the last reset: a render waits for it once, not with every call.
    gave_up: bool,
    /// What the engine was told last.
    told: Controls,
    /// A copy of the input for outputs apart from it, `[channel][longest call]`.
    input: Vec<Vec<f32>>,
}

/// What a call of `process` has come to.
pub(crate) struct Played {
    pub(crate) status: ProcessStatus,
    /// The host is to activate anew.
    pub(crate) restart: bool,
}

impl Played {
    fn of(status: ProcessStatus) -> Played {
        Played {
            status,
            restart: false,
        }
    }
}

impl Sound {
    /// What `process` does: the mix in place, or with `rest` the target in place and the rest there. `controls` are what the parameters
    /// ask for at the first sample, `offline` whether the host announces a render.
    pub(crate) fn play(
        &mut self,
        controls: Controls,
        offline: bool,
        io: &mut [&mut [f32]],
        rest: Option<&mut [&mut [f32]]>,
    ) -> Played {
        match self {
            Sound::Nothing => Played::of(ProcessStatus::Error("process() was called before activate()")),
            Sound::PassesThrough => {
                pass_through(io, rest);
                Played::of(ProcessStatus::Normal)
            }
            Sound::Plays(player) => player.play(controls, offline, io, rest),
        }
    }

    /// Says whether the host's transport rests.
    pub(crate) fn set_resting(&mut self, resting: bool) {
        if let Sound::Plays(player) = self {
            player.engine.set_resting(resting);
        }
    }

    /// Whether it goes through an engine that was made for this configuration.
    pub(crate) fn is_for(&self, config: &EngineConfig) -> bool {
        matches!(self, Sound::Plays(player) if player.is_for(config))
    }

    /// What `reset` does.
    pub(crate) fn rewind(&mut self) {
        if let Sound::Plays(player) = self {
            player.rewind();
        }
    }
}

impl Player {
    /// Plays through `engine`, which was made for `config`. `told` is what the parameters ask for now.
    pub(crate) fn new(
        engine: Relay,
        config: EngineConfig,
        audio: Arc<AudioView>,
        presence: OutputValue,
        told: Controls,
    ) -> Player {
        Player {
            audio,
            engine,
            presence,
            tail: Tail::default(),
            tells_tail: false,
            fresh: true,
            gave_up: false,
            told,
            input: vec![vec![0.0; config.max_block]; config.channels],
            config,
        }
    }

    /// A VST3 host reads the tail whenever it likes, and it costs nothing there. For a CLAP host it means that it must go on calling,
    /// so there it ends.
    pub(crate) fn with_endless_tail(self, tells_tail: bool) -> Player {
        Player { tells_tail, ..self }
    }

    /// Whether it was made for this configuration. What is heard of two channels is the session's affair: see
    /// [`Activation`](crate::session::Activation).
    fn is_for(&self, config: &EngineConfig) -> bool {
        let config = EngineConfig {
            channel_mode: self.config.channel_mode,
            ..config.clone()
        };
        self.config == config
    }

    fn rewind(&mut self) {
        self.engine.reset();
        self.tail.reset(self.engine.tail());
        self.fresh = true;
        self.gave_up = false;
    }

    /// Makes the present values those that the stream begins with, so that a render's first sample is not a fade from
    /// whatever was set before it.
    fn begin(&mut self, controls: Controls) {
        self.engine.begin_with(&controls.all());
        self.told = controls;
        self.fresh = false;
    }

    /// Waits for the model where the host renders, or a person says that it does.
    fn wait(&mut self, offline: bool) {
        self.engine
            .set_wait_policy(match (offline, self.audio.waits_for_every_block()) {
                (true, _) => WaitPolicy::Offline,
                (false, true) => WaitPolicy::Always,
                (false, false) => WaitPolicy::Live,
            });
        let patience = match self.engine.wait_policy() {
            WaitPolicy::Offline => OFFLINE_PATIENCE,
            WaitPolicy::Always => ALWAYS_PATIENCE,
            WaitPolicy::Live => return,
        };
        if !self.gave_up && !self.audio.is_ready() {
            let ready = earmark_engine::waiting(|| self.audio.wait_until_ready(patience));
            self.gave_up = !ready;
        }
    }

    fn play(
        &mut self,
        mut controls: Controls,
        offline: bool,
        io: &mut [&mut [f32]],
        rest: Option<&mut [&mut [f32]]>,
    ) -> Played {
        self.wait(offline);
        if rest.is_some() && controls.bypass {
            // Everything is rest then.
            controls.heard = Heard::OFF;
        }
        if self.fresh {
            self.begin(controls);
        }
        let list = ChangeList::between(self.told, controls);
        let changes = list.as_slice();
        self.told = controls;
        self.engine.set_automation(self.audio.automation());
        self.engine.set_by_hand(self.audio.by_hand());

        self.tail.feed(io);
        match rest {
            None => self.engine.process(io, changes),
            Some(rest) => split(&mut self.engine, &mut self.input, io, rest, changes),
        }
        self.presence.set(self.engine.presence());

        let tail = self.engine.tail();
        let status = if self.tells_tail || self.tail.is_sounding(tail) {
            ProcessStatus::Tail(tail as u32)
        } else {
            ProcessStatus::Normal
        };
        Played {
            status,
            restart: self.audio.take_restart(),
        }
    }
}

#[cfg(test)]
mod tests {
    use earmark_engine::{Engine, Mix, Shaping};
    use earmark_models::bundled;

    use super::*;

    /// Of a model that never comes.
    fn player() -> Player {
        let config = EngineConfig::new(48_000.0, 1, 64);
        let (engine, _) = Engine::new(config.clone(), bundled::spec()).unwrap();
        let (engine, _) = Relay::new(engine, &config);
        let audio = Arc::new(AudioView::still());
        Player::new(engine, config, audio, OutputValue::default(), controls())
    }

    fn controls() -> Controls {
        Controls {
            mix: Mix::default(),
            heard: Heard::OFF,
            bypass: false,
            shaping: Shaping::default(),
        }
    }

    #[test]
    fn a_host_that_announces_nothing_waits_where_a_person_says_so() {
        let mut player = player();
        let mut play = |offline| {
            player.play(controls(), offline, &mut [&mut [0.0; 64]], None);
            player.engine.wait_policy()
        };
        assert_eq!((play(false), play(true)), (WaitPolicy::Live, WaitPolicy::Offline));
        player.audio.choose_to_wait(true);
        player.rewind();
        let before = player.audio.now();
        let mut play = |offline| {
            player.play(controls(), offline, &mut [&mut [0.0; 64]], None);
            player.engine.wait_policy()
        };
        assert_eq!(
            (play(false), play(true)),
            (WaitPolicy::Always, WaitPolicy::Offline)
        );
        assert_eq!(player.audio.now() - before, ALWAYS_PATIENCE, "for the model, too");
    }

    #[test]
    fn a_render_waits_for_a_model_that_never_comes_once_and_playing_never_does() {
        let mut player = player();
        let mut play = |offline, rewinds| {
            if rewinds {
                player.rewind();
            }
            let before = player.audio.now();
            player.play(controls(), offline, &mut [&mut [0.0; 64]], None);
            player.audio.now() - before
        };
        assert_eq!(play(false, false), Duration::ZERO);
        assert_eq!(play(true, false), OFFLINE_PATIENCE);
        assert_eq!(play(true, false), Duration::ZERO, "it has given up");
        assert_eq!(play(true, true), OFFLINE_PATIENCE, "another render tries again");
    }
}
