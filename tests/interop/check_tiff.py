"""tifffile reads the movie and the footprints that annulus wrote as TIFF: check_tiff.py FOLDER."""

import glob
import os
import sys

try:
    import h5py
    import numpy as np
    import tifffile
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
truth = np.load(os.path.join(folder, "movies", "movie.npy"))

with tifffile.TiffFile(os.path.join(folder, "movies", "movie.tif")) as file:
    assert len(file.pages) == len(truth) and file.series[0].axes == "TYX", (len(file.pages), file.series[0].axes)
    frames = file.asarray()
    assert frames.dtype == truth.dtype and np.array_equal(frames, truth), "the frames differ"
    assert np.array_equal(file.pages[7].asarray(), truth[7])
    print(f"ok: {frames.shape} frames of {frames.dtype}")
    said, tags = file.imagej_metadata, file.pages[0].tags
    assert said["frames"] == len(truth) and said["unit"] == "micron" and said["tunit"] == "sec", said
    assert said["fps"] == 12.5 and abs(said["finterval"] - 0.08) < 1e-12, said
    sizes = [tags[name].value[1] / tags[name].value[0] for name in ("XResolution", "YResolution")]
    assert np.allclose(sizes, [2.5, 2.25]) and tags["ResolutionUnit"].value == 1, sizes
    print(f"ok: ImageJ's frame rate {said['fps']} Hz and pixels of {sizes[0]} × {sizes[1]} µm")

with h5py.File(os.path.join(folder, "results.h5")) as file:
    group = file["footprints"]
    data, indices, indptr = group["data"][:], group["indices"][:], group["indptr"][:]
    pixels, cells = group["shape"][:] if isinstance(group.get("shape"), h5py.Dataset) else group.attrs["shape"]
    height, width = truth.shape[1:]
    assert pixels == height * width and cells == len(indptr) - 1, (pixels, cells)
    dense = np.zeros((cells, pixels), dtype=data.dtype)
    for cell in range(cells):
        some = slice(indptr[cell], indptr[cell + 1])
        dense[cell, indices[some]] = data[some]
dense = dense.reshape(cells, height, width)

stacks = glob.glob(os.path.join(folder, "inscopix", "footprints.tif*"))
assert len(stacks) == 1, stacks
footprints = tifffile.imread(stacks[0]).reshape(-1, height, width)
assert footprints.dtype == np.float32 and np.array_equal(footprints, dense), "the footprints differ"
print(f"ok: {len(footprints)} footprints in one file")
singles = sorted(glob.glob(os.path.join(folder, "inscopix", "cells_C*.tif*")))
for cell, path in enumerate(singles):
    image = tifffile.imread(path)
    assert image.shape == (height, width), image.shape
    # One file per cell, whatever its scale.
    assert np.allclose(image / image.max(), dense[cell] / dense[cell].max(), atol=1e-6), path
if singles:
    assert len(singles) == cells
    print(f"ok: {len(singles)} footprints in files of their own")
