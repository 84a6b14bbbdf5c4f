"""Reads caiman.hdf5 by the rules of CaImAn's loader (load_CNMF), and compares it with results.h5. One argument: the folder."""
import sys
from pathlib import Path

try:
    import h5py
    import numpy as np
    import scipy.sparse as sparse
except ImportError as missing:
    print(f"SKIP: {missing}")
    sys.exit(0)

# Groups CaImAn takes for sparse matrices wherever they are; W is turned into rows.
SPARSE = ("A", "W", "Ab", "downscale_matrix", "upscale_matrix")
# Datasets that CaImAn turns into tuples.
TUPLES = ("dims", "medw", "sigma_smooth_snmf", "dxy", "max_shifts", "strides", "overlaps")
# Groups of parameters, and the names in them that CaImAn 1.8 and the newest versions share; the newest take no other.
KNOWN = {
    "data": {"dims", "fr", "dxy", "decay_time", "var_name_hdf5"},
    "init": {"gSig", "gSiz", "min_corr", "min_pnr", "ring_size_factor", "tsub", "ssub", "ssub_B", "nb", "method_init",
             "center_psf", "normalize_init"},
    "merging": {"merge_thr"},
    "motion": {"pw_rigid", "max_shifts", "strides", "overlaps", "gSig_filt", "niter_rig", "max_deviation_rigid",
               "upsample_factor_grid", "border_nan"},
    "online": set(),
    "patch": {"nb_patch"},
    "preprocess": {"p", "lags", "noise_range", "noise_method"},
    "quality": set(),
    "ring_CNN": set(),
    "spatial": set(),
    "temporal": {"p", "lags", "noise_range", "noise_method", "fudge_factor", "method_deconvolution", "s_min"},
}


def load(group):
    """The tree of a group, as CaImAn's loader builds it."""
    found = {}
    for name, item in group.items():
        if isinstance(item, h5py.Group):
            if name in SPARSE:
                parts = (item["data"][:], item["indices"][:], item["indptr"][:])
                matrix = sparse.csc_matrix(parts, shape=item["shape"][:])
                found[name] = matrix.tocsr() if name in ("W", "upscale_matrix") else matrix
            else:
                found[name] = load(item)
            continue
        value = item[()]
        if isinstance(value, np.bool_):
            value = bool(value)
        elif name in TUPLES and isinstance(value, np.ndarray):
            value = tuple(value)
        found[name] = value
    return found


def row_major(matrix, height, width):
    """Columns of pixels (column by column) as images."""
    return matrix.toarray().T.reshape(-1, width, height).transpose(0, 2, 1)


def ring_background(truth, movie, activity, b0):
    """b0 + U W D (movie − activity − b0) as annulus defines it: frames × rows × columns."""
    ring = truth["background/ring"]
    factor, offsets, weights = ring.attrs["factor"], ring["offsets"][:], ring["weights"][:].astype(float)
    residual = movie - activity - b0
    frames, height, width = residual.shape
    rows, columns = -(-height // factor), -(-width // factor)
    low = np.empty((frames, rows, columns))
    for y in range(rows):
        for x in range(columns):
            block = residual[:, y * factor:(y + 1) * factor, x * factor:(x + 1) * factor]
            low[:, y, x] = block.mean(axis=(1, 2))
    background = np.zeros_like(low)
    for (dy, dx), plane in zip(offsets, weights):
        for y in range(max(0, -dy), min(rows, rows - dy)):
            for x in range(max(0, -dx), min(columns, columns - dx)):
                background[:, y, x] += plane[y, x] * low[:, y + dy, x + dx]
    return b0 + background.repeat(factor, 1).repeat(factor, 2)[:, :height, :width]


def caiman_background(estimates, dims, movie):
    """The same as CaImAn computes it: pixels column by column, W on the grid downsampled by the square root of the ratio of sizes."""
    pixels, height, width = movie.reshape(len(movie), -1), *dims
    columns = movie.transpose(2, 1, 0).reshape(height * width, -1)
    factor = int(np.round(np.sqrt(len(columns) / estimates["W"].shape[0])))
    rows_low, columns_low = (height - 1) // factor + 1, (width - 1) // factor + 1
    y, x = np.arange(height * width) % height, np.arange(height * width) // height
    block = x // factor * rows_low + y // factor
    mean = sparse.csc_matrix((np.ones(len(block)), (block, np.arange(len(block)))))
    mean = sparse.diags(1 / np.asarray(mean.sum(axis=1)).ravel()) @ mean
    residual = columns - estimates["A"] @ estimates["C"] - estimates["b0"][:, None]
    low = estimates["W"] @ (mean @ residual)
    background = estimates["b0"][:, None] + low[block]
    assert rows_low * columns_low == estimates["W"].shape[0]
    return background.T.reshape(len(pixels), width, height).transpose(0, 2, 1)


def main(folder):
    with h5py.File(folder / "caiman.hdf5") as file:
        tree = load(file)
        for name in ("A", "W"):
            for part in ("data", "indices", "indptr", "shape"):
                assert f"estimates/{name}/{part}" in file, f"estimates/{name}/{part} is missing"
    estimates, truth = tree["estimates"], h5py.File(folder / "results.h5")
    height, width = int(truth.attrs["height"]), int(truth.attrs["width"])
    cells, frames = int(truth.attrs["cells"]), int(truth.attrs["frames"])
    assert height != width, "the field of the test is square"

    for place in (tree, estimates, tree["params"]["data"]):
        assert tuple(place["dims"]) == (height, width) and isinstance(place["dims"], tuple), place["dims"]
    print(f"ok: dims are ({height}, {width}), rows first, as tuples")

    columns = truth["footprints"]
    parts = (columns["data"][:], columns["indices"][:], columns["indptr"][:])
    expected = sparse.csc_matrix(parts, shape=columns["shape"][:]).toarray().T.reshape(cells, height, width)
    assert estimates["A"].shape == (height * width, cells) and estimates["A"].has_sorted_indices
    assert np.array_equal(row_major(estimates["A"], height, width), expected)
    print(f"ok: {cells} footprints are the same, pixels column by column")

    noise = truth["traces/noise"][:].astype(float)
    scale = np.where(noise > 0, noise, 1)[:, None] if truth.attrs["units"] == "dF over noise" else 1
    assert np.array_equal(estimates["C"], truth["traces/denoised"][:] * scale)
    assert np.array_equal(estimates["S"], truth["traces/spikes"][:] * scale)
    raw = (estimates["C"] + estimates["YrA"]) / scale
    assert np.array_equal(raw.astype(np.float32), truth["traces/raw"][:]) and raw.shape == (cells, frames)
    assert np.array_equal(estimates["neurons_sn"], noise) and estimates["nr"] == cells
    assert np.array_equal(estimates["g"], truth["traces/ar"][:])
    for name in ("bl", "c1", "neurons_sn", "SNR_comp", "r_values", "g"):
        assert len(estimates[name]) == cells, name
    print("ok: C, S and C + YrA are the traces in counts, one row per cell")

    def image(values):
        return values.reshape(width, height).T

    assert np.array_equal(image(estimates["b0"]), truth["background/b0"][:])
    assert np.array_equal(image(estimates["sn"]), truth["summary/noise"][:])
    assert np.array_equal(estimates["Cn"], truth["summary/correlation"][:])
    movie = np.random.default_rng(1).normal(500, 50, (4, height, width))
    activity = np.einsum("kt,kyx->tyx", truth["traces/denoised"][:, :4] * scale, expected.astype(float))
    wanted = ring_background(truth, movie, activity, truth["background/b0"][:].astype(float))
    estimates["C"] = estimates["C"][:, :4]
    got = caiman_background(estimates, (height, width), movie)
    assert np.allclose(got, wanted, rtol=1e-9), np.abs(got - wanted).max()
    print("ok: b0, sn, Cn, and W gives the background that the ring gives")

    accepted = truth["quality/accepted"][:]
    assert np.array_equal(estimates["idx_components"], np.flatnonzero(accepted))
    assert np.array_equal(estimates["idx_components_bad"], np.flatnonzero(accepted == 0))
    assert np.allclose(estimates["SNR_comp"], truth["quality/snr"][:])
    assert np.allclose(estimates["r_values"], truth["quality/r_value"][:])
    print("ok: accepted cells and their qualities")

    parameters = tree["params"]
    assert set(parameters) == set(KNOWN), set(parameters) ^ set(KNOWN)
    for group, values in parameters.items():
        assert set(values) <= KNOWN[group], f"{group}: {set(values) - KNOWN[group]}"
    assert parameters["data"]["fr"] == truth.attrs["frame_rate"]
    assert parameters["init"]["center_psf"] is True and parameters["init"]["normalize_init"] is False
    assert parameters["init"]["method_init"] == b"corr_pnr" and parameters["init"]["nb"] == 0
    print("ok: parameters have names that every CaImAn knows, truth values are Python's")
    assert tree["dview"] == b"NoneType" and estimates["discarded_components"] == b"NoneType"
    print('ok: None is "NoneType"')


main(Path(sys.argv[1]))
