"""tifffile, h5py and Python's csv read what `--to inscopix` wrote: check_inscopix.py FOLDER."""

import csv
import os
import sys

try:
    import h5py
    import numpy as np
    import tifffile
    from results_truth import Truth
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
truth = Truth(folder)
path = os.path.join(folder, "inscopix")


def rows(name, separator=", "):
    with open(os.path.join(path, name), encoding="utf-8") as file:
        return [line.rstrip("\n").split(separator) for line in file]


for name, values in (("traces", truth.raw), ("traces_denoised", truth.denoised), ("spikes", truth.spikes)):
    names, states, *numbers = rows(f"{name}.csv")
    assert names == [" ", *truth.names], names
    assert states == ["Time(s)/Cell Status", *(truth.status(k) for k in range(truth.cells))], states
    numbers = np.array(numbers, float)
    assert np.allclose(numbers[:, 0], truth.time, rtol=0, atol=1e-9)
    assert np.allclose(numbers[:, 1:].T, values, rtol=6e-7, atol=0)
print(f"ok: {truth.cells} traces with names, states and times, to 7 digits")

head, *events = rows("events.csv")
assert head == ["Time (s)", "Cell Name", "Value"]
assert [event[1] for event in events] == [truth.names[k] for k, _ in truth.events()]
assert np.allclose([float(event[0]) for event in events], [truth.time[t] for _, t in truth.events()], rtol=0, atol=1e-9)
assert np.allclose([float(event[2]) for event in events], [truth.spikes[k, t] for k, t in truth.events()], rtol=6e-7)
print(f"ok: {len(events)} events")

with open(os.path.join(path, "traces-props.csv"), newline="") as file:
    properties = list(csv.DictReader(file))
columns = "Name,Status,ColorR,ColorG,ColorB,CentroidX,CentroidY,NumComponents,Size,ActiveSegment0"
assert ",".join(properties[0]) == columns
for k, row in enumerate(properties):
    assert (row["Name"], row["Status"]) == (truth.names[k], truth.status(k))
    assert all(0 <= int(row[f"Color{one}"]) <= 255 for one in "RGB") and int(row["NumComponents"]) >= 1
    if row["NumComponents"] == "1":
        weight = np.where(truth.outlined(k), truth.footprints[k], 0).astype(float)
        y, x = np.mgrid[: truth.height, : truth.width]
        centre = [(weight * axis).sum() / weight.sum() for axis in (x, y)]
        assert np.allclose([float(row["CentroidX"]), float(row["CentroidY"])], centre, rtol=1e-6), (row, centre)
print(f"ok: properties of {len(properties)} cells")

pages = tifffile.imread(os.path.join(path, "footprints.tiff"))
assert pages.dtype == np.float32 and np.array_equal(pages, truth.footprints)
for k, name in enumerate(truth.names):
    assert np.array_equal(tifffile.imread(os.path.join(path, f"cells_{name}.tiff")), truth.footprints[k])
print("ok: footprints as pages and as single images")

with h5py.File(os.path.join(path, "output.h5"), "r") as file:
    assert file["footprints"].dtype == np.float32 and np.array_equal(file["footprints"][:], truth.footprints)
    assert file["traces"].dtype == np.float32 and np.array_equal(file["traces"][:], truth.raw)
    assert np.array_equal(file["denoised"][:], truth.denoised) and np.array_equal(file["spikes"][:], truth.spikes)
    assert np.allclose(file["time"][:], truth.time) and file.attrs["frame_rate"] == truth.rate
    assert np.array_equal(file["timestamps"][:], truth.timestamps)
print("ok: footprints K×H×W, traces K×T and times in HDF5")
