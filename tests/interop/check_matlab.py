"""Reads results.mat and cellreg_footprints.mat with h5py, mat73 and hdf5storage, and compares them with results.h5. One argument: the folder."""
import sys
from pathlib import Path

try:
    import h5py
    import numpy as np
    import scipy.sparse as sparse
except ImportError as missing:
    print(f"SKIP: {missing}")
    sys.exit(0)


def truth_of(folder):
    """What results.h5 says, by the names of the MATLAB file; pixels of A column by column."""
    with h5py.File(folder / "results.h5") as file:
        height, width, cells = (int(file.attrs[name]) for name in ("height", "width", "cells"))
        columns = file["footprints"]
        parts = (columns["data"][:], columns["indices"][:], columns["indptr"][:])
        images = sparse.csc_matrix(parts, shape=columns["shape"][:]).toarray().T.reshape(cells, height, width)
        timestamps = file["movie/timestamps"][:] if "timestamps" in file["movie"] else None
        assert height != width, "the field of the test is square"
        return {
            "footprints": images,
            "A": images.transpose(0, 2, 1).reshape(cells, -1).T,
            "C": file["traces/denoised"][:],
            "C_raw": file["traces/raw"][:],
            "S": file["traces/spikes"][:],
            "b0": file["background/b0"][:],
            "Cn": file["summary/correlation"][:],
            "PNR": file["summary/pnr"][:],
            "sn": file["summary/noise"][:],
            "mn": file["summary/mean"][:],
            "dims": np.array([height, width]),
            "Fs": file.attrs["frame_rate"],
            "units": file.attrs["units"],
            "accepted": file["quality/accepted"][:].astype(bool),
            "snr": file["quality/snr"][:],
            "timestamps": timestamps,
            "ring": {name: file[f"background/ring/{name}"][:] for name in ("offsets", "weights")},
            "grid": tuple(int(file["background/ring"].attrs[name]) for name in ("height", "width")),
            "factor": int(file["background/ring"].attrs["factor"]),
        }


def ring_matrix(truth):
    """W as a full matrix, pixels column by column."""
    rows, columns = truth["grid"]
    full = np.zeros((rows * columns, rows * columns))
    for (dy, dx), plane in zip(truth["ring"]["offsets"], truth["ring"]["weights"]):
        for y in range(max(0, -dy), min(rows, rows - dy)):
            for x in range(max(0, -dx), min(columns, columns - dx)):
                full[x * rows + y, (x + dx) * rows + y + dy] = plane[y, x]
    return full


ARRAYS = ("C", "C_raw", "S", "b0", "Cn", "PNR", "sn", "mn")


def with_h5py(folder, truth):
    for name in ("results.mat", "cellreg_footprints.mat"):
        path = folder / name
        start = path.read_bytes()[:520]
        assert start.startswith(b"MATLAB 7.3 MAT-file") and start[124:128] == b"\x00\x02IM" and start[513:516] == b"HDF"
        with h5py.File(path) as file:
            assert file.userblock_size == 512
    with h5py.File(folder / "results.mat") as file:
        results = file["results"]
        assert results.attrs["MATLAB_class"] == b"struct"
        for group in (results, results["P"], results["options"]):
            fields = [b"".join(letters).decode() for letters in group.attrs["MATLAB_fields"]]
            assert sorted(fields) == sorted(group), fields
        for name in ARRAYS:
            assert np.array_equal(results[name][:].T, truth[name]), name
            assert results[name].attrs["MATLAB_class"] == b"double" and results[name].dtype == np.float64
        for name, wanted in (("A", truth["A"]), ("W", ring_matrix(truth))):
            group = results[name]
            assert group["ir"].dtype == group["jc"].dtype == np.uint64
            rows = int(group.attrs["MATLAB_sparse"])
            matrix = sparse.csc_matrix((group["data"][:], group["ir"][:], group["jc"][:]), shape=(rows, wanted.shape[1]))
            assert matrix.has_sorted_indices and np.all(matrix.data != 0)
            assert np.array_equal(matrix.toarray(), wanted), name
        assert results["options/ssub"][0, 0] == truth["factor"]
    print("ok: h5py reads results.mat: its user block, classes, arrays and sparse matrices")
    with h5py.File(folder / "cellreg_footprints.mat") as file:
        assert list(file) == ["footprints"] and file["footprints"].dtype == np.float64
        assert np.array_equal(file["footprints"][:].transpose(2, 1, 0), truth["footprints"])
        assert file["footprints"].compression == "gzip"
    print("ok: h5py reads cellreg_footprints.mat: one variable, cells × rows × columns")


def with_mat73(folder, truth):
    try:
        import mat73
    except ImportError as missing:
        return print(f"SKIP: {missing}")
    results = mat73.loadmat(folder / "results.mat")["results"]
    for name in ARRAYS:
        assert np.array_equal(results[name], truth[name]), name
    assert np.array_equal(results["A"].toarray(), truth["A"]) and np.array_equal(results["W"].toarray(), ring_matrix(truth))
    assert results["Fs"] == truth["Fs"] and results["units"] == truth["units"]
    assert np.array_equal(results["dims"], truth["dims"]) and np.array_equal(results["accepted"], truth["accepted"])
    assert results["accepted"].dtype == bool and np.array_equal(results["snr"], truth["snr"])
    if truth["timestamps"] is not None:
        assert np.array_equal(results["timestamps"], truth["timestamps"])
    assert np.array_equal(mat73.loadmat(folder / "cellreg_footprints.mat")["footprints"], truth["footprints"])
    print("ok: mat73 reads both files to the same numbers")


def with_hdf5storage(folder, truth):
    try:
        import hdf5storage
    except ImportError as missing:
        return print(f"SKIP: {missing}")
    results = hdf5storage.loadmat(str(folder / "results.mat"))["results"]
    for name in ARRAYS:
        assert np.array_equal(results[name][0], truth[name]), name
    assert results["units"][0].item() == truth["units"] and results["accepted"][0].dtype == bool
    assert np.array_equal(results["dims"][0].ravel(), truth["dims"])
    footprints = hdf5storage.loadmat(str(folder / "cellreg_footprints.mat"))["footprints"]
    assert np.array_equal(footprints, truth["footprints"])
    print("ok: hdf5storage reads both files to the same numbers")


def main(folder):
    truth = truth_of(folder)
    with_h5py(folder, truth)
    with_mat73(folder, truth)
    with_hdf5storage(folder, truth)


main(Path(sys.argv[1]))
