# SPDX-License-Identifier: MIT
"""Recordings of round trips, with what was lost of them."""

import numpy as np
import pytest

from understudy import BadInput, read_recording
from understudy.recording import parse_recording

PING = """\
PING 192.0.2.2 (192.0.2.2) 56(84) bytes of data.
[1700000000.100300] 64 bytes from 192.0.2.2: icmp_seq=1 ttl=64 time=0.300 ms
[1700000000.300500] 64 bytes from 192.0.2.2: icmp_seq=3 ttl=64 time=0.500 ms
[1700000000.300600] 64 bytes from 192.0.2.2: icmp_seq=3 ttl=64 time=0.600 ms (DUP!)
[1700000000.500100] no answer yet for icmp_seq=4
[1700000000.640000] 64 bytes from 192.0.2.2: icmp_seq=5 ttl=64 time=140 ms
[1700000000.700000] 64 bytes from 192.0.2.2: icmp_seq=4 ttl=64 time=300 ms

--- 192.0.2.2 ping statistics ---
7 packets transmitted, 4 received, +1 duplicates, 42.8571% packet loss, time 600ms
"""


def test_what_ping_prints_is_read_with_its_lost_pings(tmp_path):
    path = tmp_path / "rtt.txt"
    path.write_text(PING)
    recording = read_recording(path)
    assert recording.round_trips_s == pytest.approx(
        [0.0003, np.nan, 0.0005, 0.3, 0.14, np.nan, np.nan], nan_ok=True
    )
    assert recording.interval_s == pytest.approx(0.1)  # of sending, not of answering
    assert recording.interval_known
    assert recording.lost == 3
    assert recording.length_s == pytest.approx(0.7)
    assert (recording.least_s, recording.largest_s) == (0.0003, 0.3)
    assert recording.quantile(0.5) == 0.0005


def test_pings_numbers_of_16_bits_are_unwrapped():
    numbers = [65533, 65534, 65535, 0, 2]
    text = "".join(f"64 bytes from h: icmp_seq={n} ttl=64 time=1 ms\n" for n in numbers)
    recording = parse_recording(text, "rtt.txt")
    assert np.isnan(recording.round_trips_s).tolist() == [0, 0, 0, 0, 1, 0]
    assert not recording.interval_known  # without -D
    assert recording.interval_s == 1.0


@pytest.mark.parametrize(
    ("text", "round_trips", "interval"),
    [
        ("0.001\n0.002\n", [0.001, 0.002], 1.0),
        ("rtt\n# afternoon\n1ms\nlost\n\n2ms\n", [0.001, np.nan, 0.002], 1.0),
        ('at,rtt\n10.0,"1ms"\n10.5,*\n11.0,500us\n', [0.001, np.nan, 0.0005], 0.5),
    ],
)
def test_a_csv_has_a_line_for_each_ping(text, round_trips, interval):
    recording = parse_recording(text, "rtt.csv")
    assert recording.round_trips_s == pytest.approx(round_trips, nan_ok=True)
    assert recording.interval_s == interval


def test_who_reads_it_may_say_how_often_it_pinged():
    recording = parse_recording("1ms\n2ms\n", "rtt.csv", interval=0.2)
    assert (recording.interval_s, recording.interval_known) == (0.2, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "rtt: holds no two answers"),
        ("1ms\nlost\n", "rtt: holds no two answers"),
        ("1ms\n2\n3parsec\n", 'rtt:3: "3parsec" is no span of time'),
        ("1ms\n-2ms\n", 'rtt:2: "-2ms" is no span of time; it must be 0s or more'),
        ("1,2,3\n", "rtt:1: has 3 columns"),
        ("2,1ms\n1,1ms\n", "rtt: its times do not ascend"),
        ("64 bytes from h: time=1 ms\n" * 2, "rtt: holds no numbered answers"),
        (PING + PING, "rtt: holds several recordings"),
    ],
)
def test_a_recording_that_is_none_is_refused_with_its_place(text, words):
    with pytest.raises(BadInput) as refused:
        parse_recording(text, "rtt")
    assert str(refused.value).startswith(words)


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(BadInput, match="missing.txt: No such file"):
        read_recording("missing.txt")
