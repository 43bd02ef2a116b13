# SPDX-License-Identifier: MIT
"""A store as a page: what it says, and, in a headless Chromium, what it does."""

from __future__ import annotations

import html
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing

import matplotlib
import numpy as np
import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common import utils
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import understudy
from understudy import palette, report_runs, report_summary, statistics
from understudy.__main__ import main
from understudy.labels import groups_of
from understudy.report_runs import Kept, notable_runs

TITLE = 'Pings & <b>"patience"</b></script>'


@pytest.fixture(scope="module")
def store(root, tmp_path_factory):
    """Crashes with two ping intervals, and with one of them in ns-3, too."""
    path = tmp_path_factory.mktemp("report") / "crash.sqlite"
    crash = understudy.load(root / "scenarios" / "crash.toml").replace({"run.duration": "55s"})
    grid = {"pair.ping_interval": ["50ms", "200ms"]}
    understudy.sweep(crash, grid, runs=600, store=path, jobs=1)
    understudy.sweep(crash, {"pair.ping_interval": ["200ms"]}, runs=3, substrate="ns3", store=path)
    return path


@pytest.fixture(scope="module")
def page(store):
    return understudy.report(store, store.with_name("page.html"), title=TITLE, worst=2)


@pytest.fixture(scope="module")
def data(page):
    """What the page's script draws."""
    text = re.search(r'<script type="application/json" id="data">(.*)</script>', page.read_text())
    return json.loads(text[1])


def an_experiment(name="crash"):
    return understudy.Experiment(understudy.parse("", name=name), "virtual", 1)


def a_frame(**columns):
    rows = len(next(iter(columns.values())))
    calm = {"outage_s": 0.0, "censored": False, "dual_primary_s": 0.0, "lost_writes": 0,
            "false_failovers": 0}  # fmt: skip
    whole = {name: columns.get(name, [value] * rows) for name, value in calm.items()}
    return pd.DataFrame(whole, index=pd.RangeIndex(1, rows + 1, name="run"))


# ---- what is in the page -------------------------------------------------------------------------


def test_a_thinned_distribution_keeps_its_ends_and_strays_by_less_than_it_says():
    whole = statistics.ecdf(np.random.default_rng(1).pareto(1.5, 20_000))
    thin = report_summary.thinned(whole, report_summary.MOST_POINTS)
    assert thin.values.size <= report_summary.MOST_POINTS == 400
    assert (thin.values[0], thin.values[-1]) == (whole.values[0], whole.values[-1])
    assert np.array_equal(thin.probabilities, whole(thin.values))
    error = whole.probabilities - thin(whole.values)
    assert error.min() >= 0.0 and 0.001 < error.max() < 0.006


def test_a_short_distribution_is_drawn_as_it_is():
    whole = statistics.ecdf([1.0, 2.0, 2.0, np.inf])
    assert report_summary.thinned(whole, 400) is whole


def test_the_lines_of_the_page_are_thinned(data):
    sizes = [len(line["x"]) for figure in data["distributions"] for line in figure["lines"]]
    assert max(sizes) <= 400 and max(sizes) > 300


@pytest.mark.parametrize(
    ("runs", "text"), [([1, 2, 3, 7], "1–3, 7"), ([5], "5"), ([4, 3, 9, 10], "3–4, 9–10")]
)
def test_numbers_of_runs_are_said_as_stretches(runs, text):
    assert report_summary.numbers_of_runs(runs) == text


def test_settings_are_told_apart_by_what_differs(store):
    with understudy.Store(store) as opened:
        titles = report_summary.titles_of(list(groups_of(opened.load())))
    assert titles == [
        "ping interval 50 ms, virtual",
        "ping interval 200 ms, virtual",
        "ping interval 200 ms, ns3",
    ]


def test_scenarios_with_names_of_their_own_are_told_apart_by_these(root):
    with understudy.Store(":memory:") as store:
        for name in ("crash", "paused-vm"):
            understudy.sweep(understudy.load(root / "scenarios" / f"{name}.toml"), {}, store=store)
        titles = report_summary.titles_of(list(groups_of(store.load())))
    assert sorted(titles) == ["crash", "paused-vm"]


def test_the_worst_runs_are_those_that_are_worst_by_something_and_each_is_told_once():
    first = Kept(an_experiment("a"), a_frame(outage_s=[3.0, 9.0, 9.0], lost_writes=[0, 5, 0]))
    second = Kept(an_experiment("b"), a_frame(outage_s=[4.0, 2.0], censored=[False, True]))
    notable = notable_runs([first, second], 3)
    assert [(run.experiment.scenario.name, run.run, run.reasons) for run in notable] == [
        ("b", 2, ["longest outage"]),  # it lasts to the end: nobody knows how much longer
        ("a", 2, ["2nd longest outage", "most lost writes"]),
        ("a", 3, ["3rd longest outage"]),
    ]


def test_runs_without_anything_wrong_are_not_among_the_worst():
    assert notable_runs([Kept(an_experiment(), a_frame(outage_s=[0.0, np.nan]))], 3) == []


def test_of_a_very_eventful_run_the_part_around_its_longest_outage_is_told(root, monkeypatch):
    run = understudy.timeline(understudy.load(root / "scenarios" / "lossy-bursts.toml"), run=3)
    monkeypatch.setattr(report_runs, "MOST_SPANS", 40)
    told = report_runs.as_data(run)
    low, high = told["whole"]
    begin, end = run.longest_outage()
    assert told["is_part"] and low <= begin < end <= high < run.end_s
    assert 0 < len(told["lines"]) <= 40 and 0 < len(told["spans"]) <= 40
    assert all(low <= line[0] <= high for line in told["lines"])
    assert low <= told["window"][0] < told["window"][1] <= high


def test_a_run_of_years_is_listed_but_not_told(root, tmp_path):
    years = understudy.load(root / "scenarios" / "crash.toml").replace({"run.duration": "43800h"})
    understudy.sweep(years, {}, store=tmp_path / "years.sqlite")
    text = understudy.report(tmp_path / "years.sqlite").read_text()
    assert '<article class="run" id="run-1"' in text
    assert "It cannot be told here: 1.58e+09 pings are too many to keep" in text


def test_runs_of_other_versions_are_not_mixed_with_this_ones_nor_told(store, tmp_path):
    other = tmp_path / "versions.sqlite"
    shutil.copy(store, other)
    with closing(sqlite3.connect(other)) as database, database:
        database.execute("UPDATE experiment SET version = 'old' WHERE substrate = 'ns3'")
    with pytest.warns(UserWarning, match="runs of several versions"):
        text = understudy.report(other, worst=1).read_text()
    assert "1,200 runs of crash in 2 settings." in text
    assert "without those of old" in text and "ns3" not in text

    with closing(sqlite3.connect(other)) as database, database:
        database.execute("UPDATE experiment SET version = 'old'")
    text = understudy.report(other).read_text()
    assert "1,203 runs of crash" in text and "<article" not in text
    assert text.count("Another version of the code made these runs") == 2


def test_the_page_refers_to_nothing_outside(page):
    text = page.read_text().replace("http://www.w3.org/2000/svg", "")
    assert "://" not in text
    assert not re.search(r"<(link|script|img|iframe)[^>]*\b(src|href)=(?!\"data:)", text)
    assert "@import" not in text and "default-src 'none'" in text


def test_what_a_title_says_does_not_become_part_of_the_page(page):
    text = page.read_text()
    assert "<b>" not in text and "&lt;b&gt;&quot;patience&quot;" in text
    assert text.count("</script>") == 2


def test_the_page_says_how_to_make_its_runs_again(page, store):
    text = page.read_text()
    again = "understudy.run(scenario, runs=600, first_run=1, seed=1, substrate='virtual')"
    assert html.escape(again) in text
    with understudy.Store(store) as opened:
        for experiment in opened.experiments():
            assert html.escape(experiment.scenario.to_toml()) in text


def test_colours_go_from_violet_to_green_as_viridis_does():
    viridis = matplotlib.colormaps["viridis"](np.linspace(0.0, 0.72, 15))
    ours = [matplotlib.colors.to_rgb(colour) for colour in palette.ordered_colours(15)]
    assert np.abs(viridis[:, :3] - np.array(ours)).max() < 0.02


# ---- the command ---------------------------------------------------------------------------------


def test_the_command_writes_the_page_beside_the_store(store):
    command = [sys.executable, "-m", "understudy", "report", str(store), "--worst", "0"]
    done = subprocess.run(command, capture_output=True, text=True)
    page = store.with_suffix(".html")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{page}\n", "")
    assert page.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.sqlite"], "nowhere.sqlite: there is no such store"),
        (["other.txt"], "other.txt: cannot be used as a store"),
        (["empty.sqlite"], "empty.sqlite: the store holds no runs"),
        (["empty.sqlite", "--worst", "101"], "worst is 101; it must be from 0 to 100"),
        (["empty.sqlite", "--output", "no/page.html"], "no/page.html: there is no folder no"),
        (["empty.sqlite", "--output", "empty.sqlite"], "empty.sqlite: this is the store itself"),
        (["empty.sqlite", "--worst", "few"], "argument --worst: invalid int value: 'few'"),
    ],
)
def test_bad_input_is_said_in_one_line(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.txt").write_text("no database, " * 99)
    understudy.Store("empty.sqlite").close()
    try:
        code = main(["report", *arguments])
    except SystemExit as end:
        code = end.code
    captured = capsys.readouterr()
    assert code == 2 and captured.out == ""
    assert captured.err.count("\n") == 1 and said in captured.err


# ---- in a browser --------------------------------------------------------------------------------


class Driver(Service):
    """Chromium's driver by its number: not every machine has the name of its own loopback."""

    @property
    def service_url(self):
        return f"http://127.0.0.1:{self.port}"

    def is_connectable(self):
        return utils.is_connectable(self.port, "127.0.0.1")


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium that finds no host."""
    options = webdriver.ChromeOptions()
    options.add_argument("--headless=new")
    options.add_argument("--no-sandbox")  # which root has not
    options.add_argument("--remote-debugging-pipe")  # by no port, whose host has to have a name
    options.add_argument("--disable-gpu")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND")
    options.add_argument("--window-size=1100,1000")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=Driver("/usr/bin/chromedriver"), options=options)
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser, page):
    """The page, as it is when it was just opened; nothing is in the browser's log."""
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(page.as_uri())
    return browser


def eventually(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5.0
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def texts(opened, selector):
    return [element.text for element in opened.find_elements(By.CSS_SELECTOR, selector)]


def first_run(opened):
    return opened.find_element(By.ID, "run-1")


def state(run):
    """What the page says of the instant of its cursor."""
    return {
        name: run.find_element(By.CLASS_NAME, f"at-{name}").text
        for name in ("time", "first", "second", "client", "faults")
    }


def button(within, text):
    (found,) = (b for b in within.find_elements(By.TAG_NAME, "button") if text in b.text)
    return found


def window_of(run):
    """The first and last tick of a run's axis."""
    labels = [t.text for t in run.find_elements(By.CSS_SELECTOR, "figure svg .axis g text")]
    return float(labels[0]), float(labels[-1])


def test_the_page_opens_without_a_network_a_request_or_a_complaint(opened, page):
    assert opened.find_element(By.TAG_NAME, "h1").text == TITLE
    assert len(opened.find_elements(By.CSS_SELECTOR, ".distribution .line")) == 6
    assert len(opened.find_elements(By.CSS_SELECTOR, ".run figure > svg")) >= 2
    assert opened.get_log("browser") == []
    messages = [json.loads(e["message"])["message"] for e in opened.get_log("performance")]
    asked_for = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert asked_for == {page.as_uri()}


def test_the_tables_figures_are_those_of_the_store(opened, store):
    with understudy.Store(store) as kept:
        frame = kept.load()
    groups = [
        frame[(frame["pair.ping_interval"] == interval) & (frame.substrate == substrate)]
        for interval, substrate in ((0.05, "virtual"), (0.2, "virtual"), (0.2, "ns3"))
    ]
    for measure in ("detection_s", "takeover_s", "outage_s", "redundancy_s"):
        for p in (0.5, 0.99):
            cell = f'[data-measure="{measure}"][data-quantile="{p}"]'
            cells = opened.find_elements(By.CSS_SELECTOR, f"#table-times {cell} data")
            expected = [np.quantile(g[measure].dropna(), p, method="inverted_cdf") for g in groups]
            assert [float(cell.get_attribute("value")) for cell in cells] == expected
            assert [cell.text for cell in cells] == [f"{value:.4g}" for value in expected]
    for column in ("false_failovers", "dual_primary_s", "lost_writes", "censored"):
        cells = opened.find_elements(By.CSS_SELECTOR, f'#table-counts [data-count="{column}"] data')
        assert [float(c.get_attribute("value")) for c in cells] == [g[column].sum() for g in groups]
    hits = texts(opened, '#table-counts [data-count="lost_writes"] small')
    assert [text.split(" runs")[0] for text in hits] == [
        f"in {(group.lost_writes > 0).sum()}" for group in groups
    ]


def test_the_slowest_run_of_the_store_is_told_first(opened, store):
    with understudy.Store(store) as kept:
        frame = kept.load()
    slowest = frame.loc[frame.outage_s.idxmax()]
    heading = first_run(opened).find_element(By.TAG_NAME, "h3").text
    assert heading.startswith(f"Run {slowest.run} of ping interval 200 ms")
    assert f"Outage {slowest.outage_s:g} s" in first_run(opened).text


def test_scrubbing_says_what_each_server_is(opened, store):
    run = first_run(opened)
    number = int(run.find_element(By.TAG_NAME, "h3").text.split()[1])
    with understudy.Store(store) as kept:
        (scenario,) = {
            e.scenario for e in kept.experiments() if e.scenario.pair.ping_interval == 0.2
        }
    spans = understudy.timeline(scenario, run=number).spans
    slider = run.find_element(By.TAG_NAME, "input")
    slider.send_keys(Keys.HOME)
    seen = []
    for _ in range(25):
        said = state(run)
        at = float(said["time"].split()[0])
        there = spans[(spans.begin_s <= at) & (at < spans.end_s)]
        lost = (there.lane == "unanswered").any()
        if not np.isclose(np.r_[spans.begin_s, spans.end_s], at, atol=2e-3).any():
            for who in ("first", "second"):
                (what,) = there[(there.lane == "state") & (there.who == who)].what
                assert said[who].split(",")[0] == what
            assert said["client"] == ("gets no answers" if lost else "is answered")
        seen.append(said)
        slider.send_keys(Keys.PAGE_DOWN)
        slider.send_keys(Keys.ARROW_RIGHT)
    assert {s["second"].split(",")[0] for s in seen} >= {"monitor", "fencing", "primary"}
    assert {s["client"] for s in seen} == {"gets no answers", "is answered"}
    assert {s["faults"] for s in seen} == {"none", "crash of first"}


def test_the_story_follows_the_cursor(opened):
    run = first_run(opened)
    slider = run.find_element(By.TAG_NAME, "input")
    now = lambda: " ".join(line.text for line in run.find_elements(By.CSS_SELECTOR, ".story .now"))
    slider.send_keys(Keys.HOME)
    told = [now()]
    while "declares" not in told[-1] and len(told) < 30:
        slider.send_keys(Keys.PAGE_DOWN)
        told.append(now())
    assert "declares the primary failed" in told[-1]
    assert told[-1].startswith(state(run)["time"])
    slider.send_keys(Keys.PAGE_UP)
    assert float(state(run)["time"].split()[0]) < float(told[-1].split(" s")[0])


def test_dragging_in_a_picture_moves_its_cursor(opened):
    run = first_run(opened)
    picture = run.find_element(By.CSS_SELECTOR, "figure > svg")
    ActionChains(opened).move_to_element(picture).click_and_hold().perform()
    middle = float(state(run)["time"].split()[0])
    ActionChains(opened).move_by_offset(200, 0).release().perform()
    assert float(state(run)["time"].split()[0]) > middle
    assert opened.switch_to.active_element.tag_name == "input"


def test_a_picture_is_zoomed_by_its_buttons_and_by_the_wheel(opened):
    run = first_run(opened)
    picture = run.find_element(By.CSS_SELECTOR, "figure > svg")
    wide = window_of(run)
    button(run, "longest outage").click()
    near = window_of(run)
    assert wide[0] < near[0] < near[1] < wide[1] and near[1] - near[0] < 2.5
    button(run, "the whole run").click()
    assert window_of(run)[0] == 0.0
    ActionChains(opened).move_to_element(picture).click().perform()
    ActionChains(opened).scroll_from_origin(ScrollOrigin.from_element(picture), 0, -400).perform()
    assert eventually(lambda: window_of(run)[0] > 0.0)
    button(run, "zoom out").click()
    assert eventually(lambda: window_of(run)[0] == 0.0)


def test_names_of_faults_do_not_run_into_one_another(browser, root, tmp_path):
    flapping = understudy.load(root / "scenarios" / "flapping-link.toml")
    understudy.sweep(flapping, {}, store=tmp_path / "flapping.sqlite")
    browser.get(understudy.report(tmp_path / "flapping.sqlite", worst=1).as_uri())
    names = browser.find_elements(By.CSS_SELECTOR, "#run-1 text.fault")
    places = [(name.rect["x"], name.rect["width"]) for name in names]
    assert len(places) > 3
    for (x, width), (after, _) in zip(places, places[1:]):
        assert x + width <= after


def test_a_legends_entry_hides_its_line_and_shows_it_again(opened):
    figure = opened.find_element(By.CSS_SELECTOR, '.distribution[data-measure="outage_s"]')
    shown = lambda: [
        line.get_attribute("data-label") for line in figure.find_elements(By.CLASS_NAME, "line")
    ]
    before = shown()
    entry = button(figure, "ping interval 50 ms")
    assert entry.get_attribute("aria-pressed") == "true"
    entry.click()
    assert shown() == before[1:] and entry.get_attribute("aria-pressed") == "false"
    entry.send_keys(Keys.SPACE)
    assert shown() == before and entry.get_attribute("aria-pressed") == "true"


def test_a_logarithmic_axis_shows_the_same_lines(opened):
    figure = opened.find_element(By.CSS_SELECTOR, '.distribution[data-measure="detection_s"]')
    marks = lambda: [float(t.text) for t in figure.find_elements(By.CSS_SELECTOR, ".axis g text")]
    assert marks()[0] == 0.0
    button(figure, "logarithmic axis").click()
    assert marks() == [0.1, 0.2, 0.5] and len(figure.find_elements(By.CLASS_NAME, "line")) == 3
    read = figure.find_element(By.CSS_SELECTOR, "svg")
    read.send_keys(Keys.ARROW_RIGHT)
    assert texts(opened, '[data-measure="detection_s"] .share') == ["0.0 %"] * 3
    read.send_keys(Keys.ARROW_RIGHT * 99)
    assert texts(opened, '[data-measure="detection_s"] .share') == ["100.0 %"] * 3
    button(figure, "logarithmic axis").click()
    assert marks()[0] == 0.0


def test_pointing_at_a_distribution_reads_it(opened, store):
    with understudy.Store(store) as kept:
        groups = list(groups_of(kept.load()))
    figure = opened.find_element(By.CSS_SELECTOR, '.distribution[data-measure="detection_s"]')
    picture = figure.find_element(By.CSS_SELECTOR, "svg")
    opened.execute_script("arguments[0].scrollIntoView({block: 'center'})", picture)
    for offset in (-250, -100, 150, 350):
        ActionChains(opened).move_to_element_with_offset(picture, offset, 0).perform()
        said = figure.find_element(By.CLASS_NAME, "at").text
        at = float(re.fullmatch(r"within (\S+) s:", said)[1])
        shares = [float(t.removesuffix(" %")) for t in
                  (s.text for s in figure.find_elements(By.CLASS_NAME, "share"))]  # fmt: skip
        for share, group in zip(shares, groups):
            curve = statistics.ecdf(group.runs["detection_s"])
            assert 100 * curve(at - 6e-4) - 0.7 <= share <= 100 * curve(at + 6e-4) + 0.1
    assert shares == [100.0, 100.0, 100.0]


def test_what_only_a_screen_can_do_is_not_printed(opened):
    controls = first_run(opened).find_element(By.CLASS_NAME, "controls")
    assert controls.is_displayed()
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not controls.is_displayed()
        assert first_run(opened).find_element(By.CSS_SELECTOR, "figure > svg").is_displayed()
    finally:
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
