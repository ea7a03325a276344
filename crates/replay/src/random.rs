//! Scenarios from a seed: outages that nobody thought of.
//!
//! Two to four providers of any dialect, random faults of the simulator's catalogue and of the network in random
//! phases, random traffic. They are small, so that hundreds can be run with every change; what must hold of each is
//! in [`crate::invariants`].

use std::sync::OnceLock;
use std::time::Duration;

use handover_dialect::Prefill;
use handover_drill::{AskedBy, Asks, Continues, Dialect, Pairs, Script, Setting, catalogue};

use crate::run::Draws;
use crate::scenario::{Arrivals, Fault, LocalStart, Phase, Provider, RouteSettings, Scenario, Traffic};

/// Calm at the end, in which success must come back.
const CALM: Duration = Duration::from_secs(120);

/// What the draws are for.
struct Dice {
    draws: Draws,
    next: u64,
}

impl Dice {
    fn roll(&mut self) -> Draws {
        self.next += 1;
        self.draws.of(self.next)
    }

    fn number(&mut self, from: u32, to: u32) -> u32 {
        self.roll().between((from, to))
    }

    fn chance(&mut self, share: f64) -> bool {
        self.roll().chance(share)
    }

    fn seconds(&mut self, from: u64, to: u64) -> Duration {
        self.roll().time((Duration::from_secs(from), Duration::from_secs(to)))
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let most = u32::try_from(of.len().checked_sub(1)?).ok()?;
        of.get(self.number(0, most) as usize).copied()
    }
}

/// The scenario of a seed.
#[must_use]
pub fn random(seed: u64) -> Scenario {
    let mut dice = Dice { draws: Draws::new(seed).of(18), next: 0 };
    let count = dice.number(2, 4);
    let providers: Vec<Provider> = (0..count).map(|place| provider(place, &mut dice)).collect();
    let stormy = dice.seconds(30, 240);
    let phases: Vec<Phase> = (0..dice.number(1, 5)).map(|_| phase(&providers, stormy, &mut dice)).collect();
    let last = phases.iter().map(|phase| phase.to).max().unwrap_or(stormy);
    let dialect = if dice.chance(0.7) { Dialect::OpenAi } else { Dialect::Anthropic };
    let per_second = f64::from(dice.number(1, 6)) / 8.0;
    let (prompt_tokens, answer_tokens) = ((5, 3000), (1, 1 + dice.number(0, 400)));
    let arrivals = if dice.chance(0.3) {
        Arrivals::Even { per_second, prompt_tokens, answer_tokens }
    } else {
        Arrivals::Poisson { per_second, prompt_tokens, answer_tokens }
    };
    Scenario {
        id: format!("random-{seed}"),
        title: format!("Random faults from seed {seed}"),
        about: "Nothing of this happened; it looks for what nobody thought of.".to_owned(),
        synthetic: vec!["Everything.".to_owned()],
        starts: None,
        span: last + crate::invariants::HEALED_WITHIN + CALM,
        seed,
        traffic: Traffic {
            arrivals,
            speed: 1.0,
            sampled: 1.0,
            streaming: dice.roll().share(),
            dialect,
            patience: Duration::from_secs(150),
            batch: if dice.chance(0.3) { 0.3 } else { 0.0 },
            leaves: if dice.chance(0.5) { 0.15 } else { 0.0 },
        },
        providers,
        phases,
        route: RouteSettings { max_hand_overs: dice.number(1, 3), ..RouteSettings::default() },
        marks: Vec::new(),
        outage: None,
    }
}

fn provider(place: u32, dice: &mut Dice) -> Provider {
    let dialect = dice.one_of(&Dialect::ALL).unwrap_or(Dialect::OpenAi);
    let local = (place > 0 && dice.chance(0.15)).then(|| LocalStart { load: dice.seconds(1, 20) });
    let first = dice.number(50, 800);
    let ms = |ms: u32| Duration::from_millis(u64::from(ms));
    let dialect = if local.is_some() { Dialect::OpenAi } else { dialect };
    let prefill = prefill(dialect, dice);
    let claude = dice.chance(0.5) && dialect == Dialect::Anthropic;
    // Claude of this name takes a prefill.
    let model = if claude { format!("claude-haiku-4-5-{place}") } else { format!("model-{place}") };
    Provider {
        name: format!("p{place}"),
        dialect,
        model,
        keys: dice.number(1, 3) as usize,
        first_token: (ms(first), ms(first + dice.number(0, 900))),
        per_token: ms(dice.number(2, 40)),
        // The last one takes everything: otherwise being full is no fault that heals.
        capacity: (place == 0 && dice.chance(0.2)).then(|| dice.number(2, 10)),
        price_in: f64::from(dice.number(1, 30)) / 10.0,
        price_out: f64::from(dice.number(1, 150)) / 10.0,
        local,
        max_concurrency: None,
        continues: continues(dice),
        prefill,
    }
}

/// How the gateway is told that a provider takes the beginning of an answer.
fn prefill(dialect: Dialect, dice: &mut Dice) -> Prefill {
    let kinds = [Prefill::No, Prefill::No, Prefill::Trailing, Prefill::Prefix, Prefill::FinalMessage];
    match dialect {
        Dialect::OpenAi => dice.one_of(&kinds).unwrap_or(Prefill::No),
        Dialect::Anthropic | Dialect::Cohere => Prefill::No,
    }
}

/// What a model makes of half answers: any way, for each way of asking.
fn continues(dice: &mut Dice) -> Vec<Continues> {
    [AskedBy::Prefill, AskedBy::Instruction]
        .into_iter()
        .filter_map(|asked_by| {
            let ways: Vec<Continues> =
                Continues::ALL.into_iter().filter(|way| way.asked_by() == asked_by).collect();
            dice.one_of(&ways).filter(|_| dice.chance(0.7))
        })
        .collect()
}

fn phase(providers: &[Provider], stormy: Duration, dice: &mut Dice) -> Phase {
    let place = dice.number(0, u32::try_from(providers.len().saturating_sub(1)).unwrap_or(0)) as usize;
    let (name, keys) = providers.get(place).map_or((String::new(), 1), |p| (p.name.clone(), p.keys));
    let from = stormy.mul_f64(dice.roll().share());
    let length = dice.seconds(1, 180);
    let mut left = 1.0;
    let mix = (0..dice.number(1, 3)).map(|_| {
        let share = if dice.chance(0.4) { left } else { left * dice.roll().share() };
        left -= share;
        (share, fault(dice))
    });
    let mix = mix.filter(|(share, _)| *share > 0.0).collect();
    let key = (keys > 1 && dice.chance(0.25))
        .then(|| dice.number(0, u32::try_from(keys - 1).unwrap_or(0)) as usize);
    let flapping = dice.chance(0.2).then(|| (dice.seconds(1, 40), dice.seconds(1, 40)));
    let whole = |time: Duration| Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(0));
    Phase { provider: name, key, from: whole(from), to: whole(from) + length, mix, flapping }
}

fn fault(dice: &mut Dice) -> Fault {
    match dice.number(0, 9) {
        0 => Fault::Refused,
        1 => Fault::Blackhole,
        2 => Fault::Dns(dice.seconds(0, 30)),
        _ => {
            let scripts = scripts();
            let at = dice.number(0, u32::try_from(scripts.len().saturating_sub(1)).unwrap_or(0)) as usize;
            scripts.get(at).cloned().map_or(Fault::Refused, |script| Fault::Script(Box::new(script)))
        }
    }
}

/// Every fault of the table that a plain request can meet at any provider.
fn scripts() -> &'static [Script] {
    static SCRIPTS: OnceLock<Vec<Script>> = OnceLock::new();
    SCRIPTS.get_or_init(|| {
        let plays = catalogue().flat_map(|fault| fault.plays);
        let plain = plays.filter(|play| {
            play.asks == Asks::Words && play.setting == Setting::Plain && play.pairs == Pairs::All
        });
        let playlists = plain.filter_map(|play| play.scripts().ok().flatten());
        playlists.filter_map(|list| list.scripts().first().cloned()).collect()
    })
}
