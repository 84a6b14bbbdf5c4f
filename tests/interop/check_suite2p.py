"""numpy reads the suite2p folder of `--to suite2p`, its two pickles included: check_suite2p.py FOLDER."""

import io
import os
import pickletools
import sys
import warnings

try:
    import numpy as np
    from results_truth import Truth
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
truth = Truth(folder)
path = os.path.join(folder, "suite2p", "plane0")

ALLOWED = {"numpy ndarray", "numpy dtype", "numpy.core.multiarray _reconstruct"}
for name in ("stat.npy", "ops.npy"):
    with open(os.path.join(path, name), "rb") as file:
        stream = io.BytesIO(file.read())
    np.lib.format.read_magic(stream)
    np.lib.format.read_array_header_1_0(stream)
    operations = list(pickletools.genops(stream))
    called = {argument for operation, argument, _ in operations if operation.name in ("GLOBAL", "INST", "STACK_GLOBAL")}
    assert called <= ALLOWED, called
    assert stream.read() == b"", "something follows the pickle"
print("ok: the pickles name numpy's arrays and types, and nothing else")

with warnings.catch_warnings():
    warnings.simplefilter("error")
    stat = np.load(os.path.join(path, "stat.npy"), allow_pickle=True)
    ops = np.load(os.path.join(path, "ops.npy"), allow_pickle=True).item()
F, Fneu, spks, iscell = (np.load(os.path.join(path, f"{name}.npy"), allow_pickle=False) for name in ("F", "Fneu", "spks", "iscell"))
assert ops["annulus"]["cells"].tolist() == list(range(truth.cells)) and len(stat) == truth.cells
assert np.array_equal(F, truth.raw) and np.array_equal(spks, truth.spikes)
assert Fneu.shape == F.shape and not Fneu.any() and ops["neucoeff"] == 0
expected = np.ones(truth.cells) if truth.accepted is None else truth.accepted
assert iscell.shape == (truth.cells, 2) and np.array_equal(iscell[:, 0], expected)
assert (ops["Ly"], ops["Lx"], ops["nframes"], ops["fs"]) == (truth.height, truth.width, truth.frames, truth.rate)
for name, image in (("meanImg", "mean"), ("max_proj", "max"), ("Vcorr", "correlation")):
    assert np.array_equal(ops[name], truth.summary[image], equal_nan=True), name
covered = (truth.footprints > 0).sum(axis=0)
for k, cell in enumerate(stat):
    image = np.zeros((ops["Ly"], ops["Lx"]), np.float32)
    image[cell["ypix"], cell["xpix"]] = cell["lam"]
    assert np.array_equal(image, truth.footprints[k])
    assert cell["npix"] == cell["xpix"].size and type(cell["npix"]) is int
    assert np.array_equal(cell["overlap"], covered[cell["ypix"], cell["xpix"]] > 1) and cell["overlap"].dtype == bool
    # suite2p's own definitions, in numpy.
    y, x, lam = cell["ypix"], cell["xpix"], cell["lam"].astype(float)
    lam = lam / lam.sum()
    yx = np.stack((y, x)).astype(float)
    yx = (yx - (lam * yx).sum(axis=1)[:, None]) * lam**0.5
    radii = np.sort(2 * np.sqrt(np.maximum(0, np.linalg.eigvalsh(yx @ yx.T))))[::-1]
    assert np.isclose(cell["radius"], radii[0]) and np.isclose(cell["aspect_ratio"], 2 * radii[0] / (0.01 + radii.sum()))
    distance = np.hypot(y - np.median(y), x - np.median(x))
    grid = np.sort(np.hypot(*np.mgrid[-60:61, -60:61]).ravel())
    assert np.isclose(cell["compact"], distance.mean() / (1e-10 + grid[: y.size].mean()))
    assert [cell["med"][0], cell["med"][1]] in np.stack((y, x), axis=1).tolist()
    assert np.isclose(cell["std"], truth.raw[k].astype(float).std())
    cell["xpix"][0] += 0  # arrays of numpy's own can be written to
print(f"ok: {len(stat)} regions, traces, labels and images; shapes by suite2p's definitions")
if truth.pixel_size is not None:
    assert ops["annulus"]["pixel_size_um"] == truth.pixel_size
if truth.timestamps is not None:
    assert np.array_equal(ops["annulus"]["timestamps_s"], truth.timestamps)
assert ops["annulus"]["units"] == truth.units
print("ok: units, pixel size and timestamps")

try:
    from scipy.stats import skew
except ImportError:
    print("SKIP: scipy is not installed")
    sys.exit(0)
assert np.allclose([cell["skew"] for cell in stat], skew(truth.raw.astype(float), axis=1))
print("ok: skewness as scipy's")
