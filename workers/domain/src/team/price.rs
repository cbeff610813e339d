//! What a call of the Messages API costs: exactly, from what it used, and at the most, before it is made.
//!
//! The prices are Anthropic's list prices, read on 2026-11-26: <https://platform.claude.com/docs/en/about-claude/pricing>,
//! "Model pricing", and for the models of the autumn their own pages under <https://platform.claude.com/docs/en/models/>
//! (Haiku 5.5 and what Sonnet 5.5 reads from the cache as they are since 2026-10-07). A model that is not here costs as
//! much as the dearest that is, so that nothing is ever reckoned too cheap.

use super::money::MicroUsd;
use super::usage::Usage;

/// Thousandths of a dollar for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Read anew.
    pub input: u64,
    /// Put into the cache for five minutes.
    pub write_5m: u64,
    /// Put into the cache for an hour.
    pub write_1h: u64,
    /// Read from the cache.
    pub read: u64,
    /// Written by the model.
    pub output: u64,
}

/// A model and its prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Model {
    /// Its name, without a date.
    name: &'static str,
    /// The tokens that fit into its context.
    window: u64,
    /// Its prices.
    rates: Rates,
    /// Prices of a whole call whose prompt is longer than so many tokens.
    longer: Option<(u64, Rates)>,
}

const fn rates(input: u64, write_5m: u64, write_1h: u64, read: u64, output: u64) -> Rates {
    Rates { input, write_5m, write_1h, read, output }
}

const fn model(name: &'static str, window: u64, rates: Rates) -> Model {
    Model { name, window, rates, longer: None }
}

const M: u64 = 1_000_000;

const KNOWN: [Model; 14] = [
    model("claude-fable-5-1", M, rates(10_000, 12_500, 20_000, 250, 50_000)),
    model("claude-fable-5", M, rates(10_000, 12_500, 20_000, 1_000, 50_000)),
    model("claude-opus-5-5", M, rates(4_000, 5_000, 8_000, 200, 20_000)),
    model("claude-opus-5", M, rates(5_000, 6_250, 10_000, 500, 25_000)),
    model("claude-opus-4-8", M, rates(5_000, 6_250, 10_000, 500, 25_000)),
    model("claude-opus-4-7", M, rates(5_000, 6_250, 10_000, 500, 25_000)),
    model("claude-opus-4-6", M, rates(5_000, 6_250, 10_000, 500, 25_000)),
    model("claude-opus-4-5", 200_000, rates(5_000, 6_250, 10_000, 500, 25_000)),
    model("claude-sonnet-5-5", M, rates(2_000, 2_500, 4_000, 100, 10_000)),
    model("claude-sonnet-5", M, rates(2_000, 2_500, 4_000, 200, 10_000)),
    model("claude-sonnet-4-6", M, rates(3_000, 3_750, 6_000, 300, 15_000)),
    Model {
        name: "claude-haiku-5-5",
        window: M,
        rates: rates(100, 125, 200, 10, 500),
        longer: Some((100_000, rates(500, 625, 1_000, 50, 2_500))),
    },
    model("claude-haiku-4-5", 200_000, rates(1_000, 1_250, 2_000, 100, 5_000)),
    DEAREST,
];

/// The highest price in each column.
const DEAREST: Model = model("", M, rates(10_000, 12_500, 20_000, 1_000, 50_000));

/// A search of the web, in micro-dollars: ten dollars a thousand.
const SEARCH: u64 = 10_000;

/// A model's name without the date of a snapshot: `claude-haiku-4-5-20251001` is `claude-haiku-4-5`.
pub fn undated(model: &str) -> &str {
    match model.rsplit_once('-') {
        Some((name, date)) if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => model,
    }
}

/// Whether a model's own prices are known.
pub fn is_known(model: &str) -> bool {
    find(model).is_some()
}

fn find(name: &str) -> Option<&'static Model> {
    let name = undated(name);
    KNOWN.iter().find(|model| !model.name.is_empty() && model.name == name)
}

impl Model {
    fn rates(&self, prompt: u64) -> Rates {
        match self.longer {
            Some((threshold, rates)) if prompt > threshold => rates,
            _ => self.rates,
        }
    }
}

/// What a call cost, to the millionth of a dollar, rounded up.
pub fn cost(model: &str, usage: &Usage) -> MicroUsd {
    let rates = find(model).unwrap_or(&DEAREST).rates(usage.prompt());
    let tokens = [
        (usage.input, rates.input),
        (usage.cache_write_5m, rates.write_5m),
        (usage.cache_write_1h, rates.write_1h),
        (usage.cache_read, rates.read),
        (usage.output, rates.output),
    ];
    let thousandths: u128 = tokens.iter().map(|&(tokens, rate)| u128::from(tokens) * u128::from(rate)).sum();
    // A tenth more where it may run in one country only.
    let (times, by) = if usage.us_only { (11, 10_000) } else { (1, 1000) };
    let tokens = u64::try_from((thousandths.saturating_mul(times)).div_ceil(by)).unwrap_or(u64::MAX);
    MicroUsd::new(tokens).plus(MicroUsd::new(usage.searches.saturating_mul(SEARCH)))
}

/// What is known of a prompt before it is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Bytes of the body without those of pictures and documents.
    pub text_bytes: u64,
    /// Pictures in it.
    pub pictures: u64,
    /// PDF documents in it.
    pub documents: u64,
    /// It asks for a cache that lasts an hour.
    pub for_an_hour: bool,
}

/// Bytes of a body that make a token. Prose and code have three to four, and JSON around them adds more; digits alone
/// could come near one.
const BYTES_PER_TOKEN: u64 = 2;
/// Tokens of the largest picture, which is scaled down to that: 4,784, rounded up.
const PICTURE: u64 = 5_000;
/// Tokens of a document: a hundred pages of 3,000, since nothing in its bytes says how many it has.
const DOCUMENT: u64 = 300_000;
/// Tokens that the service adds by itself, to explain the tools.
const ADDED: u64 = 2_000;

impl Prompt {
    /// The most tokens that it comes to.
    pub fn tokens(&self) -> u64 {
        (self.text_bytes / BYTES_PER_TOKEN)
            .saturating_add(self.pictures.saturating_mul(PICTURE))
            .saturating_add(self.documents.saturating_mul(DOCUMENT))
            .saturating_add(ADDED)
    }
}

/// The most that a call may cost: everything is written to the cache and nothing read from it, and the model writes all it
/// may, in one country only.
pub fn estimate(model: &str, prompt: &Prompt, max_tokens: u64) -> MicroUsd {
    let window = find(model).unwrap_or(&DEAREST).window;
    let tokens = prompt.tokens().min(window);
    let (hour, five) = if prompt.for_an_hour { (tokens, 0) } else { (0, tokens) };
    let most =
        Usage { output: max_tokens, cache_write_5m: five, cache_write_1h: hour, us_only: true, ..Usage::default() };
    cost(model, &most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn costs_what_the_vendors_own_client_says() {
        // From a run of the Agent SDK: `modelUsage` with its `costUSD`.
        let usage = Usage { input: 2000, output: 100, cache_read: 400, ..Usage::default() };
        assert_eq!(cost("claude-opus-5-5", &usage), MicroUsd::new(10_080));
    }

    #[test]
    fn every_column_counts() {
        let usage = Usage {
            input: M,
            output: M,
            cache_write_5m: M,
            cache_write_1h: M,
            cache_read: M,
            searches: 3,
            us_only: false,
        };
        assert_eq!(
            cost("claude-sonnet-5", &usage),
            MicroUsd::new(2_000_000 + 10_000_000 + 2_500_000 + 4_000_000 + 200_000 + 30_000)
        );
        assert_eq!(cost("claude-sonnet-5", &Usage { us_only: true, searches: 0, ..usage }), MicroUsd::new(20_570_000));
        assert_eq!(cost("claude-sonnet-5", &Usage { input: 1, ..Usage::default() }), MicroUsd::new(2));
        assert_eq!(cost("claude-haiku-5-5", &Usage { input: 1, ..Usage::default() }), MicroUsd::new(1), "rounded up");
    }

    #[test]
    fn a_long_prompt_may_cost_more_per_token() {
        let of = |cache_read| cost("claude-haiku-5-5", &Usage { cache_read, output: 1000, ..Usage::default() });
        assert_eq!(of(100_000), MicroUsd::new(1_000 + 500));
        assert_eq!(of(100_001), MicroUsd::new(5_001 + 2_500));
    }

    #[test]
    fn a_date_changes_nothing_and_an_unknown_name_costs_the_most() {
        let usage = Usage { input: 1000, output: 1000, ..Usage::default() };
        assert_eq!(cost("claude-haiku-4-5-20251001", &usage), cost("claude-haiku-4-5", &usage));
        for unknown in ["claude-haiku-4-5-2025", "claude-haiku", "", "gpt"] {
            assert!(!is_known(unknown));
            assert_eq!(cost(unknown, &usage), MicroUsd::new(60_000));
        }
    }

    #[test]
    fn no_known_model_is_dearer_than_the_dearest() {
        for Model { name, rates: own, longer, .. } in KNOWN {
            for rates in [Some(own), longer.map(|(_, rates)| rates)].into_iter().flatten() {
                let Rates { input, write_5m, write_1h, read, output } = rates;
                let most = DEAREST.rates;
                assert!(input <= most.input && write_5m <= most.write_5m && write_1h <= most.write_1h, "{name}");
                assert!(read <= most.read && output <= most.output, "{name}");
                assert!(read <= input && input <= write_5m && write_5m <= write_1h && input <= output, "{name}");
            }
        }
    }

    proptest! {
        #[test]
        fn an_estimate_is_an_upper_bound(
            which in 0..KNOWN.len(), bytes in 0u64..4_000_000, pictures in 0u64..20, hour: bool, max in 0u64..128_000,
            share in proptest::array::uniform4(0u64..100), output in 0u64..128_000, us_only: bool,
        ) {
            let name = KNOWN[which].name;
            let prompt = Prompt { text_bytes: bytes, pictures, documents: 0, for_an_hour: hour };
            // However the tokens of the prompt are divided over what is charged differently.
            let all = prompt.tokens().min(KNOWN[which].window);
            let part = |at: usize| all * share[at] / share.iter().sum::<u64>().max(1);
            let (five, one_hour) = if hour { (part(1), part(2)) } else { (part(1) + part(2), 0) };
            let usage = Usage {
                input: part(0), cache_write_5m: five, cache_write_1h: one_hour, cache_read: part(3),
                output: output.min(max), searches: 0, us_only,
            };
            prop_assert!(cost(name, &usage) <= estimate(name, &prompt, max));
        }

        #[test]
        fn nothing_overflows(numbers in proptest::array::uniform6(any::<u64>()), us_only: bool) {
            let [input, output, cache_write_5m, cache_write_1h, cache_read, searches] = numbers;
            let _ = cost("x", &Usage { input, output, cache_write_5m, cache_write_1h, cache_read, searches, us_only });
            let _ = estimate("x", &Prompt { text_bytes: input, pictures: output, documents: searches, for_an_hour: us_only }, cache_read);
        }
    }
}
