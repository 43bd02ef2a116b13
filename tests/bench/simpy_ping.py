# SPDX-License-Identifier: MIT
"""The ping loop of ping_loops.h as one writes it with SimPy (Debian's, 2.3): pings a second.

The plain network: a packet takes 50 us, and a ping has four events.
"""

import sys
import time

from SimPy.Simulation import Process, Simulation, hold

INTERVAL_S = 0.1
TIMEOUT_S = 0.05
DELAY_S = 50e-6


class Monitor(Process):
    """Pings, and judges."""

    pending = None
    misses = 0
    pings = 0

    def work(self):
        while True:
            self.pings += 1
            self.pending = self.pings
            for answer in (Ping(sim=self.sim), Timeout(sim=self.sim)):
                self.sim.activate(answer, answer.travel(self, self.pings))
            yield hold, self, INTERVAL_S


class Ping(Process):
    """There and back."""

    def travel(self, monitor, token):
        yield hold, self, DELAY_S
        yield hold, self, DELAY_S
        if monitor.pending == token:
            monitor.pending = None


class Timeout(Process):
    """The end of a monitor's patience."""

    def travel(self, monitor, token):
        yield hold, self, TIMEOUT_S
        if monitor.pending == token:
            monitor.misses += 1


def pings_per_second(pings):
    simulation = Simulation()
    simulation.initialize()
    monitor = Monitor(sim=simulation)
    simulation.activate(monitor, monitor.work())
    begin = time.process_time()
    simulation.simulate(until=(pings - 0.5) * INTERVAL_S)
    elapsed = time.process_time() - begin
    assert (monitor.pings, monitor.misses) == (pings, 0)
    return pings / elapsed


if __name__ == "__main__":
    print(pings_per_second(int(sys.argv[1])))
