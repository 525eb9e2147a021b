"""Work handed out to threads: all of it, in order, with pauses and errors."""

import threading

import pytest

from firth.learn.threads import work_through


def run(work, *, first=0, stop=50, threads=3, tick=lambda _: False):
    settled = []
    work_through(work, first=first, stop=stop, threads=threads, tick=tick, settle=settled.append)
    return settled


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_every_item_is_done_once(threads):
    done, lock = [], threading.Lock()

    def work(k):
        with lock:
            done.append(k)

    assert run(work, first=5, threads=threads) == [50]
    assert sorted(done) == list(range(5, 50))


def test_one_thread_works_in_order_and_never_on_the_caller():
    done, names = [], set()

    def work(k):
        done.append(k)
        names.add(threading.current_thread())

    run(work, threads=1)
    assert done == list(range(50))
    assert threading.current_thread() not in names


def test_a_pause_leaves_a_clean_cut():
    gate, done, lock = threading.Event(), [], threading.Lock()

    def work(k):
        gate.wait(0.001)
        with lock:
            done.append(k)

    (place,) = run(work, stop=10_000, tick=lambda _: True)
    assert place < 10_000
    assert sorted(done) == list(range(place))


def test_an_error_stops_every_thread_and_reaches_the_caller():
    def work(k):
        if k == 7:
            raise ValueError("item 7")

    settled = []
    with pytest.raises(ValueError, match="item 7"):
        work_through(work, first=0, stop=10**9, threads=2, tick=lambda _: False, settle=settled.append)
    assert settled == []


def test_ctrl_c_settles_and_goes_on():
    settled = []

    def interrupt(_):
        raise KeyboardInterrupt

    gate = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        work_through(
            lambda _: gate.wait(0.01), first=0, stop=10**6, threads=2, tick=interrupt, settle=settled.append
        )
    assert len(settled) == 1
