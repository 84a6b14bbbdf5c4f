"""zarr-python reads the movie that annulus wrote as movies/movie.zarr: check_zarr.py FOLDER."""

import os
import sys

try:
    import numpy as np
    import zarr
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
path = os.path.join(folder, "movies", "movie.zarr")
truth = np.load(os.path.join(folder, "movies", "movie.npy"))

for how in ("metadata of each array", "consolidated metadata"):
    group = zarr.open_group(path, mode="r", use_consolidated=how.startswith("consolidated"))
    frames = group["mov"][:]
    assert frames.dtype == truth.dtype and np.array_equal(frames, truth), "the frames differ"
    assert group["mov"].attrs["_ARRAY_DIMENSIONS"] == ["frame", "height", "width"]
    assert np.array_equal(group["mov"][7:19, 3:5], truth[7:19, 3:5])
    print(f"ok: {frames.shape} frames of {frames.dtype} through {how}")
rate = group.attrs["frame_rate"]
assert group.attrs["pixel_size_um"] == [2.5, 2.25], group.attrs["pixel_size_um"]
assert group.attrs["start_time"].startswith("2024-05-06T07:08:09"), group.attrs["start_time"]
assert group.attrs["metadata"]["device"] == "simulator"
times = group["timestamps"][:]
assert times.shape == (len(truth),) and np.isclose(np.median(np.diff(times)), 1 / rate) and group["timestamps"].attrs["units"] == "s"
print(f"ok: {rate} Hz, {len(times)} timestamps, pixel size, start and metadata")

try:
    import xarray as xr
except ImportError:
    print("SKIP: xarray is not installed")
    sys.exit(0)
data = xr.open_zarr(path)
assert data["mov"].dims == ("frame", "height", "width") and data["timestamps"].dims == ("frame",)
assert data["mov"].dtype == truth.dtype and np.array_equal(data["mov"].values, truth)
print("ok: xarray opens it as a dataset, without masking anything")
