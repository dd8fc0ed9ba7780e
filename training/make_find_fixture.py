"""Writes the golden fixture of `find/tests/judge.rs`: what `sed_eval` (PyPI, 0.2.1) counts on random occurrences.

Run in an environment of its own: `pip install sed_eval "setuptools<70"`, then `python make_find_fixture.py`.
"""

import json
import random
from pathlib import Path

import dcase_util
import sed_eval

CASES = 40
OUT = Path(__file__).parent.parent / "find" / "tests" / "fixtures" / "sed_eval.json"


def occurrences(rng: random.Random, near: list[list[float]]) -> list[list[float]]:
    """Some near to others, some anywhere, in milliseconds."""
    found = []
    for onset, offset in near:
        if rng.random() < 0.7:
            moved = [round(onset + rng.gauss(0, 0.15), 3), round(offset + rng.gauss(0, 0.3), 3)]
            if 0 <= moved[0] < moved[1]:
                found.append(moved)
    for _ in range(rng.randrange(8)):
        onset = round(rng.uniform(0, 25), 3)
        found.append([onset, round(onset + rng.choice([0.15, 0.5, 2, 6]) * rng.uniform(0.5, 1.5), 3)])
    return sorted(found)


def container(times: list[list[float]]) -> dcase_util.containers.MetaDataContainer:
    rows = [{"filename": "a", "event_label": "a", "onset": on, "offset": off} for on, off in times]
    return dcase_util.containers.MetaDataContainer(rows)


def main() -> None:
    rng = random.Random(24)
    cases = []
    while len(cases) < CASES:
        truth = occurrences(rng, [])
        found = occurrences(rng, truth)
        if not truth or not found:
            continue
        events = sed_eval.sound_event.EventBasedMetrics(["a"], t_collar=0.2, percentage_of_length=0.2)
        segments = sed_eval.sound_event.SegmentBasedMetrics(["a"], time_resolution=1.0)
        for metrics in (events, segments):
            metrics.evaluate(reference_event_list=container(truth), estimated_event_list=container(found))
        cases.append(
            {
                "truth": truth,
                "found": found,
                "events": [events.overall[key] for key in ("Nref", "Nsys", "Ntp")],
                "event_f1": events.results_overall_metrics()["f_measure"]["f_measure"],
                "segments": [
                    segments.overall["Ntp"] + segments.overall["Nfn"],
                    segments.overall["Ntp"] + segments.overall["Nfp"],
                    segments.overall["Ntp"],
                ],
                "segment_f1": segments.results_overall_metrics()["f_measure"]["f_measure"],
            }
        )
    lines = ",\n".join(json.dumps(case) for case in cases)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
