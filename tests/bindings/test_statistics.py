# SPDX-License-Identifier: MIT
"""Statistics of samples, held against scipy and against their own promises."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from understudy import statistics


@pytest.fixture
def sample():
    return np.random.default_rng(20).exponential(2.0, size=500).round(1)


class TestEcdf:
    def test_it_is_the_share_that_scipy_counts(self, sample):
        curve = statistics.ecdf(sample)
        for x in (-1.0, 0.0, 0.1, 1.95, 2.0, 100.0):
            assert curve(x) == pytest.approx(stats.percentileofscore(sample, x, kind="weak") / 100)

    def test_its_distance_from_a_law_is_the_one_that_scipy_measures(self, sample):
        law = stats.expon(scale=2.0)
        curve = statistics.ecdf(sample)
        below = np.append(0.0, curve.probabilities[:-1])
        expected = law.cdf(curve.values)
        distance = max(np.max(curve.probabilities - expected), np.max(expected - below))
        assert distance == pytest.approx(stats.kstest(sample, law.cdf).statistic)

    def test_what_was_not_measured_is_left_out(self):
        assert statistics.ecdf([3.0, np.nan, 1.0, 1.0]).probabilities.tolist() == [2 / 3, 1.0]

    def test_what_is_longer_than_the_run_keeps_it_below_one(self):
        curve = statistics.ecdf([1.0, 2.0, np.inf, np.inf])
        assert curve.values.tolist() == [1.0, 2.0]
        assert curve.probabilities.tolist() == [0.25, 0.5]
        assert curve([0.5, 1e9]).tolist() == [0.0, 0.5]

    def test_nothing_has_no_distribution(self):
        with pytest.raises(ValueError, match="empty"):
            statistics.ecdf([np.nan])


class TestQuantile:
    def test_it_is_the_least_value_that_the_share_does_not_exceed(self):
        values = np.arange(1.0, 101.0)
        assert statistics.quantile(values, 0.5).value == 50.0
        assert statistics.quantile(values, 0.99).value == 99.0
        assert statistics.quantile(values[::-1], 0.5).value == 50.0

    @pytest.mark.parametrize("p", [0.5, 0.9, 0.99])
    def test_its_interval_covers_the_true_one_as_often_as_it_says(self, p):
        random = np.random.default_rng(7)
        truth, trials, covered = stats.norm.ppf(p), 2000, 0
        for _ in range(trials):
            estimate = statistics.quantile(random.normal(size=150), p, confidence=0.9)
            covered += estimate.low <= truth <= estimate.high
        # At least as often, within what 2000 trials can tell.
        assert covered >= stats.binom.ppf(1e-4, trials, 0.9)
        assert covered < trials

    def test_a_sample_that_is_too_small_has_no_upper_bound(self):
        estimate = statistics.quantile(np.arange(20.0), 0.99)
        assert estimate.high == np.inf
        assert np.isfinite(estimate.low)

    def test_a_quantile_among_the_longer_ones_is_infinite(self):
        values = statistics.beyond_the_run([1.0, 2.0, 3.0, np.nan], [False, True, True, np.nan])
        assert values[:3].tolist() == [1.0, np.inf, np.inf]
        assert np.isnan(values[3])
        assert statistics.quantile(values, 0.3).value == 1.0
        assert statistics.quantile(values, 0.5).value == np.inf

    @pytest.mark.parametrize("p", [0.0, 1.0, 50.0])
    def test_p_is_a_share(self, p):
        with pytest.raises(ValueError, match="between 0 and 1"):
            statistics.quantile([1.0], p)


class TestMeanAndProportion:
    def test_the_mean_has_the_interval_of_student(self, sample):
        estimate = statistics.mean(sample, confidence=0.99)
        interval = stats.t.interval(0.99, len(sample) - 1, sample.mean(), stats.sem(sample))
        assert estimate == pytest.approx((sample.mean(), *interval))

    def test_one_value_says_nothing_of_its_error(self):
        assert statistics.mean([2.0]) == (2.0, -np.inf, np.inf)

    def test_no_hit_in_a_thousand_is_not_never(self):
        estimate = statistics.proportion(0, 1000)
        assert estimate.value == estimate.low == 0.0
        assert estimate.high == pytest.approx(1 - 0.025 ** (1 / 1000))
        with pytest.raises(ValueError, match="no trials"):
            statistics.proportion(0, 0)


class TestAvailability:
    def test_it_weighs_runs_by_their_length(self):
        assert statistics.availability([10.0, 0.0], [100.0, 900.0]).value == 0.99

    def test_of_runs_of_one_length_it_is_the_mean_and_its_interval(self):
        missing = np.random.default_rng(21).exponential(3.0, size=200)
        mean = statistics.mean(missing / 1000.0, confidence=0.9)
        found = statistics.availability(missing, 1000.0, confidence=0.9)
        assert found.value == pytest.approx(1.0 - mean.value)
        assert (found.low, found.high) == pytest.approx((1.0 - mean.high, 1.0 - mean.low))

    def test_its_interval_covers_the_true_one_as_often_as_it_says(self):
        # Failures as in a lifetime: a Poisson number a run, of exponential length, in runs of two
        # lengths.
        random = np.random.default_rng(22)
        whole = np.tile([1000.0, 4000.0], 30)
        rounds, hits = 400, 0
        for _ in range(rounds):
            failures = random.poisson(whole / 200.0)
            missing = [random.exponential(1.0, size=count).sum() for count in failures]
            estimate = statistics.availability(missing, whole)
            hits += estimate.low <= 1.0 - 1.0 / 200.0 <= estimate.high
        assert statistics.proportion(hits, rounds, confidence=0.999).high > 0.95
        assert statistics.proportion(hits, rounds, confidence=0.999).low < 0.95

    def test_where_nothing_was_missing_it_is_not_sure_of_it(self):
        estimate = statistics.availability(np.zeros(20), 3600.0)
        assert estimate.value == estimate.high == 1.0
        assert estimate.low == pytest.approx(1.0 - statistics.proportion(0, 20).high)

    def test_runs_without_requests_do_not_count(self):
        estimate = statistics.availability([1.0, np.nan, 0.0], [10.0, 10.0, 0.0])
        assert estimate == statistics.Estimate(0.9, 0.0, 1.0)

    def test_nothing_has_none(self):
        with pytest.raises(ValueError, match="empty"):
            statistics.availability([0.0], [0.0])


class TestPairedDifference:
    def test_runs_are_compared_with_themselves(self):
        first = pd.Series([1.0, 2.0, 3.0], index=[1, 2, 3])
        second = pd.Series([3.5, 1.25, 2.0], index=[3, 1, 2])
        difference = statistics.paired_difference(first, second)
        assert (difference.pairs, difference.only_one) == (3, 0)
        assert (difference.median, difference.largest) == (0.25, 0.5)
        assert difference.bias.value == pytest.approx(0.25)

    def test_what_only_one_of_them_measured_is_counted(self):
        first = pd.Series([1.0, np.nan, np.inf, np.nan, np.inf, 2.0], index=[1, 2, 3, 4, 5, 6])
        second = pd.Series([1.0, 1.0, 3.0, np.nan, np.inf, 2.0], index=[1, 2, 3, 4, 5, 7])
        difference = statistics.paired_difference(first, second)
        assert difference.pairs == 1
        assert difference.only_one == 4  # runs 2, 3, 6 and 7

    def test_no_pair_at_all_has_no_difference(self):
        difference = statistics.paired_difference(pd.Series([1.0]), pd.Series([np.nan]))
        assert (difference.pairs, difference.only_one) == (0, 1)
        assert np.isnan(difference.median)


class TestVariance:
    def test_it_is_that_of_numpy(self, sample):
        assert statistics.variance(sample).value == pytest.approx(np.var(sample, ddof=1))

    def test_its_interval_covers_the_true_one_where_tails_are_heavy(self):
        # Exponential: kurtosis 9, so Student's and chi-square's intervals would be too narrow.
        draws = np.random.default_rng(5).exponential(1.0, size=(400, 2000))
        found = [statistics.variance(row, 0.95) for row in draws]
        hits = sum(f.low <= 1.0 <= f.high for f in found)
        assert stats.binom.cdf(hits, len(found), 0.95) > 1e-4
        assert stats.binom.sf(hits - 1, len(found), 0.95) > 1e-4

    def test_one_value_has_none(self):
        with pytest.raises(ValueError, match="too small"):
            statistics.variance([1.0])


class TestRatio:
    def test_its_interval_covers_the_true_one_as_often_as_it_says(self):
        random = np.random.default_rng(6)
        below = random.exponential(2.0, size=(400, 500))
        above = 0.25 * below * random.uniform(0.0, 2.0, size=below.shape)
        found = [statistics.ratio(a, b, 0.95) for a, b in zip(above, below)]
        hits = sum(f.low <= 0.25 <= f.high for f in found)
        assert stats.binom.cdf(hits, len(found), 0.95) > 1e-4
        assert stats.binom.sf(hits - 1, len(found), 0.95) > 1e-4

    def test_it_wants_pairs(self):
        with pytest.raises(ValueError, match="2 and 3 values"):
            statistics.ratio([1.0, 2.0], [1.0, 2.0, 3.0])



class TestBootstrap:
    def test_of_a_mean_it_is_about_as_wide_as_students_interval(self):
        sample = np.random.default_rng(5).exponential(2.0, 400)
        found = statistics.bootstrap(sample, np.mean)
        students = statistics.mean(sample)
        assert found.value == pytest.approx(students.value)
        assert found.high - found.low == pytest.approx(students.high - students.low, rel=0.1)

    def test_it_covers_the_true_median_as_often_as_it_says(self):
        random = np.random.default_rng(7)
        trials = 300
        covered = 0
        for trial in range(trials):
            found = statistics.bootstrap(random.exponential(1.0, 60), np.median, 0.9, 300, seed=trial)
            covered += found.low <= np.log(2.0) <= found.high
        assert abs(covered / trials - 0.9) < 0.06

    def test_it_agrees_with_that_of_scipy(self):
        sample = np.random.default_rng(9).normal(10.0, 3.0, 200)
        found = statistics.bootstrap(sample, np.std, resamples=5000)
        theirs = stats.bootstrap(
            (sample,), np.std, method="percentile", n_resamples=5000, random_state=2, vectorized=False
        ).confidence_interval
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=0.02)

    def test_it_keeps_what_lasts_longer_than_the_run(self):
        found = statistics.bootstrap([1.0, 2.0, np.inf, np.inf, np.inf], lambda v: np.sort(v)[len(v) // 2])
        assert found.value == np.inf and found.high == np.inf
        with pytest.raises(ValueError, match="resamples is 0"):
            statistics.bootstrap([1.0], np.mean, resamples=0)
