"""h5py reads movie.h5 and results.h5: `check_hdf5.py FOLDER`."""

import json
import sys
from pathlib import Path

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"SKIP: {missing}")
    sys.exit(0)

folder = Path(sys.argv[1])
movie = np.load(folder / "movies/movie.npy")

with h5py.File(folder / "movies/movie.h5") as file:
    mov = file["mov"]
    assert mov.dtype == movie.dtype and mov.shape == movie.shape, (mov.dtype, mov.shape)
    assert (mov[:] == movie).all()
    assert mov.attrs["fr"] == 12.5, mov.attrs["fr"]
    print(f"ok: {mov.shape} frames of {mov.dtype}, {mov.attrs['fr']} Hz")
    assert mov.attrs["start_time"] == "2024-05-06T07:08:09.250Z", mov.attrs["start_time"]
    assert (mov.attrs["pixel_size_x"], mov.attrs["pixel_size_y"]) == (2.5, 2.25)
    assert file["timestamps"].attrs["units"] == "seconds" and json.loads(file["metadata"][()])["gain"] == 3
    stamps = file["timestamps"][:]
    assert stamps.shape == (len(movie),) and (np.diff(stamps) > 0).all()
    print(f"ok: {len(stamps)} timestamps, pixel size, start and metadata beside the frames")

with h5py.File(folder / "results.h5") as file:
    assert file.attrs["format"] == "annulus results"
    cells, frames = int(file.attrs["cells"]), int(file.attrs["frames"])
    height, width = int(file.attrs["height"]), int(file.attrs["width"])
    assert (frames, height, width) == movie.shape
    for name in ("raw", "denoised", "spikes"):
        assert file[f"traces/{name}"].shape == (cells, frames)
    indptr, pixels = file["footprints/indptr"][:], file["footprints/indices"][:]
    assert len(indptr) == cells + 1 and pixels.max() < height * width
    norms = np.sqrt(np.add.reduceat(file["footprints/data"][:].astype(float) ** 2, indptr[:-1]))
    assert np.allclose(norms, 1, atol=1e-5), norms
    times = file["movie/timestamps"][:]
    assert (times == stamps).all()
    assert len(times) == frames and (np.diff(times) > 0).all()
    assert file["movie"].attrs["start_time"] == "2024-05-06T07:08:09.250Z"
    assert file["movie"].attrs["pixel_size_x"] == 2.5 and file["movie"].attrs["pixel_size_y"] == 2.25
    assert json.loads(file["movie/metadata"][()])["gain"] == 3
    print(f"ok: {cells} cells, {frames} frames, timestamps, pixel size, start and metadata of the movie")
