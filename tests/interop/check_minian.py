"""xarray and zarr-python read the minian folder of `--to minian`, as minian's open_minian does: check_minian.py FOLDER."""

import os
import sys
import warnings

try:
    import numpy as np
    import zarr
    from results_truth import Truth
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
truth = Truth(folder)
path = os.path.join(folder, "minian")
scale = np.ones(truth.cells) if truth.units == "dF" else 1 / truth.noise
traces, images = ("unit_id", "frame"), ("height", "width")
expected = {
    "A": (("unit_id", "height", "width"), truth.footprints),
    "C": (traces, truth.denoised),
    "S": (traces, truth.spikes),
    "raw": (traces, truth.raw),
    "b0": (traces, np.repeat((truth.baseline * scale).astype(np.float32)[:, None], truth.frames, axis=1)),
    "b": (images, truth.b0),
    "f": (("frame",), np.ones(truth.frames, np.float32)),
    "W": (("ring_offset", "grid_height", "grid_width"), truth.weights),
    "max_proj": (images, truth.summary["max"]),
    "mean_proj": (images, truth.summary["mean"]),
    "correlation": (images, truth.summary["correlation"]),
    "pnr": (images, truth.summary["pnr"]),
}
folders = sorted(name for name in os.listdir(path) if os.path.isdir(os.path.join(path, name)))
assert folders == sorted(f"{name}.zarr" for name in expected), folders
for name, (dimensions, values) in expected.items():
    array = zarr.open_group(os.path.join(path, f"{name}.zarr"), mode="r")[name]
    assert array.dtype == values.dtype and tuple(array.attrs["_ARRAY_DIMENSIONS"]) == dimensions
    exact = np.array_equal(array[:], values, equal_nan=True)
    assert exact or name == "b0" and np.allclose(array[:], values, rtol=1e-6, atol=0), name
print(f"ok: zarr-python reads {len(expected)} variables")

try:
    import xarray as xr
except ImportError:
    print("SKIP: xarray is not installed")
    sys.exit(0)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    data = xr.merge([xr.open_zarr(os.path.join(path, name)) for name in folders], compat="no_conflicts").load()
for name, (dimensions, values) in expected.items():
    assert data[name].dims == dimensions and data[name].dtype == values.dtype
    assert np.allclose(data[name].values, values, rtol=1e-6, atol=0, equal_nan=True), name
for dimension, size in (("unit_id", truth.cells), ("frame", truth.frames), ("height", truth.height), ("width", truth.width)):
    assert np.array_equal(data[dimension].values, np.arange(size)) and data[dimension].dims == (dimension,)
assert np.allclose(data["time"].values, truth.time, rtol=0, atol=1e-9) and data["time"].dims == ("frame",)
if truth.timestamps is not None:
    assert np.array_equal(data["timestamp"].values, truth.timestamps)
assert np.array_equal(np.stack((data["dy"].values, data["dx"].values), axis=1), truth.offsets)
assert data["name"].values.tolist() == truth.names and data["C"].attrs["units"] == truth.units
if truth.accepted is not None:
    assert np.array_equal(data["accepted"].values, truth.accepted)
assert data.attrs["frame_rate"] == truth.rate
if truth.pixel_size is not None:
    assert data.attrs["pixel_size_um"] == truth.pixel_size
print("ok: xarray merges them to one dataset, with coordinates, times and units")
