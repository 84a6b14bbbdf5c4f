"""Python's csv and numpy read the tables of `--to csv` and `--to tsv`: check_tables.py FOLDER."""

import csv
import os
import sys

try:
    import numpy as np
    from results_truth import Truth
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
truth = Truth(folder)
unit = truth.units.replace(" ", "_")


def rows(kind, separator, name):
    with open(os.path.join(folder, f"results_{kind}", f"{name}.{kind}"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=separator))


def column(table, name, dtype=float):
    return np.array([dtype(row[name]) for row in table])


for kind, separator in (("csv", ","), ("tsv", "\t")):
    for name, values in (("traces_raw", truth.raw), ("traces_denoised", truth.denoised), ("spikes", truth.spikes)):
        table = rows(kind, separator, name)
        assert np.array_equal(column(table, "frame", int), np.arange(truth.frames))
        assert np.allclose(column(table, "time_s"), truth.time, rtol=0, atol=1e-9)
        if truth.timestamps is not None:
            assert np.array_equal(column(table, "timestamp_s"), truth.timestamps)
        read = np.array([[np.float32(row[f"{cell}_{unit}"]) for row in table] for cell in truth.names])
        assert np.array_equal(read, values), f"{name} is not exact"
    print(f"ok: {kind}: {truth.cells} traces of {truth.frames} frames, exactly, with their times")

    table = rows(kind, separator, "events")
    assert [(row["cell"], int(row["frame"])) for row in table] == [(truth.names[k], t) for k, t in truth.events()]
    amplitudes = np.array([truth.spikes[k, t] for k, t in truth.events()])
    noise = np.array([truth.noise_unit(k) for k, _ in truth.events()])
    assert np.array_equal(column(table, f"amplitude_{unit}").astype(np.float32), amplitudes)
    assert np.allclose(column(table, "amplitude_over_noise"), amplitudes / noise, rtol=1e-6)
    assert np.allclose(column(table, "time_s"), [truth.time[t] for _, t in truth.events()], rtol=0, atol=1e-9)
    print(f"ok: {kind}: {len(table)} events")

    table = rows(kind, separator, "cells")
    assert [row["name"] for row in table] == truth.names
    y, x = np.mgrid[: truth.height, : truth.width]
    for k, row in enumerate(table):
        weight = truth.footprints[k].astype(float)
        centre = [(weight * axis).sum() / weight.sum() for axis in (x, y)]
        assert np.allclose([float(row["x_px"]), float(row["y_px"])], centre)
        inside = weight > 0
        assert int(row["area_px"]) == inside.sum()
        assert (int(row["left_px"]), int(row["top_px"])) == (x[inside].min(), y[inside].min())
        assert (int(row["width_px"]), int(row["height_px"])) == (np.ptp(x[inside]) + 1, np.ptp(y[inside]) + 1)
        assert truth.footprints[k, int(row["peak_y_px"]), int(row["peak_x_px"])] == weight.max()
        assert np.isclose(float(row["peak_over_noise"]), truth.denoised[k].max() / truth.noise_unit(k))
        if truth.pixel_size is not None:
            assert np.allclose([float(row["x_um"]), float(row["y_um"])], np.array(centre) * truth.pixel_size)
            assert np.isclose(float(row["area_um2"]), inside.sum() * np.prod(truth.pixel_size))
        if truth.time_constants.shape[1] > 0 and np.isfinite(truth.time_constants[k, 0]):
            assert float(row["decay_s"]) == truth.time_constants[k, 0]
        for name, values in (("accepted", truth.accepted), ("snr", truth.snr), ("r_value", truth.r_value)):
            assert row[name] == "" if values is None else np.float32(row[name]) == np.float32(values[k])
    print(f"ok: {kind}: places, sizes, peaks and qualities of {len(table)} cells")

    facts = {row["property"]: row["value"] for row in rows(kind, separator, "recording")}
    assert float(facts["frame_rate"]) == truth.rate and facts["trace_units"] == truth.units
    assert [int(facts[name]) for name in ("width", "height", "frames")] == [truth.width, truth.height, truth.frames]
    print(f"ok: {kind}: what is known of the recording")

try:
    import pandas
except ImportError:
    print("SKIP: pandas is not installed")
    sys.exit(0)
table = pandas.read_csv(os.path.join(folder, "results_csv", "traces_raw.csv"), index_col="frame")
assert np.array_equal(table[[f"{name}_{unit}" for name in truth.names]].to_numpy().astype(np.float32).T, truth.raw)
print("ok: pandas reads the same")
